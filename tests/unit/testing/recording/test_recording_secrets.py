"""No secret reaches a cassette."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import BearerToken, FaaSConfigurationError, FaaSConnectionError, HttpRequest, HttpResponse
from lpfunctions.adapters.memory import MemoryTransport
from lpfunctions.testing import RecordingTransport, ReplayTransport
from tests.support.cassettes import SECRET, URL, greeting, recorded, replaying

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing import FakePlatform


def test_no_secret_is_in_a_cassette(platform: FakePlatform, cassette: Path) -> None:
    text = recorded(platform, cassette)
    token = json.loads(platform.requests.of_kind("token")[0].answer)["access_token"]
    assert len(token) > 100
    assert SECRET not in text
    assert not [part for part in token.split(".") if part in text]
    assert '"Authorization": "[redacted]"' in text
    assert "client_secret=[redacted]" in text


@pytest.mark.parametrize(
    ("request_", "response"),
    [
        pytest.param(HttpRequest("GET", f"{URL}&client_secret={SECRET}"), HttpResponse(200), id="in a query"),
        pytest.param(
            HttpRequest("POST", URL, {}, b'{"payload":{"Password":"' + SECRET.encode() + b'"}}'),
            HttpResponse(200),
            id="in a payload",
        ),
        pytest.param(
            HttpRequest("GET", URL),
            HttpResponse(200, content=b'{ "deep": [{"secret" : "' + SECRET.encode() + b'"}] }'),
            id="deep in an answer",
        ),
        pytest.param(
            HttpRequest("GET", URL),
            HttpResponse(200, content=b'{"a":{"secret":"' + SECRET.encode() + b'"},"a":1}'),
            id="in a field that is repeated",
        ),
        pytest.param(
            HttpRequest("GET", URL), HttpResponse(200, headers={"set-cookie": f"s={SECRET}"}), id="in a cookie"
        ),
        pytest.param(
            HttpRequest("GET", URL, {"Authorization": f"Bearer {SECRET}"}),
            HttpResponse(200, headers={"x-echo": SECRET}, content=f"You are {SECRET}".encode()),
            id="sent back",
        ),
        pytest.param(
            HttpRequest("POST", URL, {}, f"client_secret={SECRET}&x=1".encode()),
            HttpResponse(400, content=b"no client has " + SECRET.encode()),
            id="complained about",
        ),
    ],
)
def test_secrets_are_found_where_they_hide(cassette: Path, request_: HttpRequest, response: HttpResponse) -> None:
    assert RecordingTransport(cassette, MemoryTransport(lambda _: response)).send(request_) == response
    assert SECRET not in cassette.read_text()
    assert "[redacted]" in cassette.read_text()
    json.loads(cassette.read_text())


def test_an_encoded_secret_is_found_too(cassette: Path) -> None:
    answer = HttpResponse(400, content=b"a%2Fb%20c%2B%C3%A4 is wrong, so is a%2Fb+c%2B%C3%A4")
    RecordingTransport(cassette, MemoryTransport(lambda _: answer), secrets=["a/b c+ä"]).send(HttpRequest("GET", URL))
    assert json.loads(cassette.read_text())["exchanges"][0]["response"]["text"] == (
        "[redacted] is wrong, so is [redacted]"
    )


def test_texts_of_the_users_are_replaced_and_replayed(platform: FakePlatform, cassette: Path) -> None:
    text = recorded(platform, cassette, secrets=["12345678", "Ada"])
    assert "12345678" not in text
    assert "Ada" not in text
    with ReplayTransport(cassette, secrets=["12345678", "Ada"]) as transport, replaying(transport) as client:
        assert greeting(client) == "Hello [redacted]"


@pytest.mark.parametrize("secrets", [[""], [1]])
def test_what_is_no_text_is_no_secret(cassette: Path, secrets: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="secrets must be texts"):
        RecordingTransport(cassette, MemoryTransport(lambda _: HttpResponse(200)), secrets=secrets)


def test_an_error_is_recorded_without_secrets(cassette: Path) -> None:
    def handle(request: HttpRequest) -> HttpResponse:
        raise FaaSConnectionError(f"the proxy of {SECRET} closed the connection", delivered="no")

    request = HttpRequest("GET", URL, {"Authorization": f"Bearer {SECRET}"})
    with pytest.raises(FaaSConnectionError, match=SECRET):
        RecordingTransport(cassette, MemoryTransport(handle)).send(request)
    assert SECRET not in cassette.read_text()
    with pytest.raises(FaaSConnectionError, match="closed the connection") as caught:
        ReplayTransport(cassette).send(request)
    assert caught.value.delivered == "no"


def test_a_bearer_is_not_written(platform: FakePlatform, cassette: Path) -> None:
    platform.add_bearer("b-of-a-user")

    transport = RecordingTransport(cassette, platform.transport())
    with platform.client(transport=transport).with_options(auth_strategy=BearerToken("b-of-a-user")) as client:
        assert greeting(client) == "Hello Ada"
    assert "b-of-a-user" not in cassette.read_text()
