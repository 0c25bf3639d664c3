"""Requests as older clients send them, recorded as data, are answered as those clients can read."""

from __future__ import annotations

import json
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

import pytest
from oauthlib.oauth1 import Client as Signer

from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput

pytestmark = pytest.mark.external

ACCOUNT = "12345678"
CLIENTS: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(Path(__file__).parent.glob("*.json"))]
REQUESTS = [
    pytest.param(client, request, id=f"{client['client'].split(',')[0]}: {request['name']}")
    for client in CLIENTS
    for request in client["requests"]
]


def greet(given: FunctionInput) -> str:
    return f"Hello {given.payload.get('name', 'you')}"


def fails(_given: FunctionInput) -> None:
    raise RuntimeError("50% off")


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    platform = FakePlatform(account_id=ACCOUNT, platform_version="v1", client_id="the app&id", client_secret="s+/ %=&")
    platform.function("greet", event_id="conversational_command", environment={"A": "1"})(greet)
    platform.function("fails")(fails)
    platform.function("draft", state="Draft")(greet)
    platform.function("unbuilt", state="Build Error")(greet)
    platform.add_oauth1_keys(consumer_key="consumer", consumer_secret="secret")
    with Emulator(platform, real_hosts=True) as emulator:
        yield emulator


def filled(text: str, platform: FakePlatform) -> str:
    values = {
        "account": ACCOUNT,
        "token": platform.issue_token(),
        "client_id": quote(platform.credentials().client_id, safe=""),
        "client_secret": quote(platform.account.client_secret, safe=""),
        "greet": platform.account.functions.uuid_of("greet"),
        "fails": platform.account.functions.uuid_of("fails"),
    }
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text


def sent(emulator: Emulator, client: dict[str, Any], request: dict[str, Any]) -> tuple[int, Any]:
    """Send *request* exactly as it is recorded, and return status and decoded body."""
    target = filled(request["target"], emulator.platform)
    headers: dict[str, str] = {**client["headers"], **request.get("headers", {})}
    if request.get("oauth1"):
        url = f"http://{request['host']}{target}"
        signer: Any = Signer("consumer", "secret")
        headers |= signer.sign(url, http_method=request["method"])[1]
    body = None if "body" not in request else filled(request["body"], emulator.platform).encode()
    connection = HTTPConnection(emulator.host, timeout=30)
    connection.putrequest(request["method"], target, skip_host=True, skip_accept_encoding=True)
    for name, value in {"Host": request["host"], **headers}.items():
        connection.putheader(name, filled(value, emulator.platform))
    if body is not None:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    return response.status, json.loads(content) if content else None


def unknown_fields(knows: dict[str, list[str]], kind: str, answer: object) -> list[str]:
    """Return the fields of *answer* that the client's class for it does not have."""
    if isinstance(answer, list):
        return [field for item in cast("list[object]", answer) for field in unknown_fields(knows, kind, item)]
    if not isinstance(answer, dict):
        return []
    fields = cast("dict[str, object]", answer)
    unknown = [f"{kind}.{name}" for name in fields if kind in knows and name not in knows[kind]]
    for name, value in fields.items():
        unknown += unknown_fields(knows, f"{kind}.{name}", value)
    return unknown


@pytest.mark.parametrize(("client", "request_"), REQUESTS)
def test_a_recorded_request_is_answered_as_its_client_reads_it(
    client: dict[str, Any], request_: dict[str, Any], emulator: Emulator
) -> None:
    status, answer = sent(emulator, client, request_)

    assert status == request_["status"]
    if "answer" in request_:
        assert answer == json.loads(filled(json.dumps(request_["answer"]), emulator.platform))
    assert unknown_fields(client["knows"], request_.get("kind", ""), answer) == []


def test_every_recording_names_its_source() -> None:
    assert [bool(client["source"]) for client in CLIENTS] == [True, True]


def test_a_field_that_a_client_does_not_know_would_be_noticed() -> None:
    assert unknown_fields({"token": ["access_token"]}, "token", {"access_token": "a", "new": 1}) == ["token.new"]
    assert unknown_fields({"list.runtime": ["uuid"]}, "list", [{"runtime": {"name": "n"}}]) == ["list.runtime.name"]
