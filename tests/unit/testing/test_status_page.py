"""The emulator's status page, over HTTP."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest

from lpfunctions.testing import Emulator, FakePlatform, FunctionInput
from tests.support.raw_http import exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sockets


HOSTILE = "<script>alert(1)</script>\"'&"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def platform() -> FakePlatform:
    platform = FakePlatform(client_secret="the-very-secret")

    @platform.function(event_id="conversational_command", skills=("7",), description=HOSTILE)
    def greet(given: FunctionInput) -> dict[str, str]:
        return {"hello": given.payload["name"]}

    return platform


@pytest.fixture
def emulator(platform: FakePlatform) -> Iterator[Emulator]:
    with Emulator(platform) as emulator:
        yield emulator


def page(emulator: Emulator) -> str:
    status, _, headers, content = exchange(emulator, "GET", "/")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    return content.decode()


def invoke(emulator: Emulator, payload: str, **changes: str) -> tuple[int, str]:
    fields = {"account": emulator.platform.account_id, "function": emulator.platform.functions[0].uuid} | changes
    form = urlencode({**fields, "payload": payload}).encode()
    status, _, _, content = exchange(emulator, "POST", "/_emulator/invoke", form, **FORM)
    return status, content.decode()


class Balanced(HTMLParser):
    """Notes tags, and refuses those that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        assert not {name for name, _ in attrs} & {"src", "onclick", "onload"}
        if tag not in {"meta", "input"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_it_shows_accounts_functions_and_that_nobody_has_called(emulator: Emulator) -> None:
    emulator.platform.add_account(account_id="87654321", platform_version="v1")

    shown = page(emulator)

    for text in ("12345678", "87654321", "V1", "V2", "va.fninvocations.liveperson.net", "greet", emulator.url,
                 "conversational_command", emulator.platform.functions[0].uuid, "Productive", "Nobody has called yet",
                 "No function is deployed"):  # fmt: skip
        assert text in shown, text
    assert len(emulator.platform.requests) == 0  # the page itself is no call


def test_it_shows_the_last_calls_with_request_answer_and_duration(emulator: Emulator) -> None:
    with emulator.client() as client:
        client.invoke(event_id="conversational_command", skill_id="7", payload={"name": "Ada"})
        client.invoke(lambda_uuid="no-such", payload=HOSTILE)

    shown = page(emulator)

    assert "skillId=7" in shown
    assert "&quot;hello&quot;: &quot;Ada&quot;" in shown
    assert "com.liveperson.faas.function.not-found" in shown
    assert " ms" in shown
    for kind in ("discovery", "token", "invoke"):
        assert f"<td>{kind}</td>" in shown


def test_no_secret_is_on_it(emulator: Emulator) -> None:
    with emulator.client() as client:
        client.invoke(event_id="conversational_command", payload=1)
    exchange(emulator, "POST", "/sentinel/api/account/12345678/app/token?v=1.0&client_secret=the-very-secret")

    shown = page(emulator)

    assert "the-very-secret" not in shown
    assert "eyJ" not in shown


def test_it_is_sound_html_without_scripts_or_assets_whatever_callers_send(emulator: Emulator) -> None:
    exchange(emulator, "GET", "/api/%3Cscript%3E?" + urlencode({"x": HOSTILE}), None, **{"X-Evil": HOSTILE})
    with emulator.client() as client:
        client.invoke(lambda_uuid="x", payload=HOSTILE * 200, external_system="a")
    _, shown = invoke(emulator, '{"name": "<script>"}')

    parser = Balanced()
    parser.feed(shown)
    assert parser.open == []
    assert not parser.seen & {"script", "link", "img", "iframe"}
    assert "more characters" in shown


def test_a_function_can_be_invoked_by_hand(emulator: Emulator, platform: FakePlatform) -> None:
    status, shown = invoke(emulator, '{"name": "Ada"}')

    assert status == 200
    assert "Invoked greet" in shown
    assert "&quot;hello&quot;: &quot;Ada&quot;" in shown
    platform.requests.assert_invoked(platform.functions[0], payload={"name": "Ada"})


def test_a_failure_by_hand_is_shown_with_the_log(emulator: Emulator) -> None:
    status, shown = invoke(emulator, "{}")

    assert status == 200
    assert ">901<" in shown
    assert "KeyError" in shown


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_functions_of_every_account_can_be_invoked_by_hand(emulator: Emulator, version: str) -> None:
    other = emulator.platform.add_account(account_id="other", platform_version=version)
    function = other.function("f")(lambda _: "from the other")

    assert "from the other" in invoke(emulator, "", account="other", function=function.uuid)[1]


def test_a_form_that_makes_no_sense_is_refused(emulator: Emulator) -> None:
    assert invoke(emulator, "{}", account="nobody")[0] == 404
    assert invoke(emulator, "{")[0] == 400
    assert ">404<" in invoke(emulator, "{}", function="../..")[1]
    assert exchange(emulator, "GET", "/_emulator/invoke")[0] == 405
    assert exchange(emulator, "POST", "/", b"")[0] == 405
    assert exchange(emulator, "HEAD", "/")[0] == 200


def test_other_sites_cannot_invoke(emulator: Emulator, platform: FakePlatform) -> None:
    status = exchange(emulator, "POST", "/_emulator/invoke", b"", **FORM, **{"Sec-Fetch-Site": "cross-site"})[0]

    assert status == 403
    platform.requests.assert_not_invoked()
