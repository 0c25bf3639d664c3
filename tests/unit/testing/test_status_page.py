"""The emulator's status page, over HTTP and without a browser: what works without its script."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from lpfunctions.testing import Emulator, FakePlatform, FunctionInput
from tests.support.raw_http import exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sockets


HOSTILE = "<script>alert(1)</script>\"'&"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVENT = "conversational_command"


@pytest.fixture
def platform() -> FakePlatform:
    platform = FakePlatform(client_secret="the-very-secret")

    @platform.function(event_id=EVENT, skills=("7",), description=HOSTILE, sample_payload={"name": "Grace"})
    def greet(given: FunctionInput) -> dict[str, Any]:
        return {"hello": given.payload["name"], "headers": given.headers}

    return platform


@pytest.fixture
def emulator(platform: FakePlatform) -> Iterator[Emulator]:
    with Emulator(platform) as emulator:
        yield emulator


def page(emulator: Emulator, query: str = "") -> str:
    status, _, headers, content = exchange(emulator, "GET", f"/{query}")
    assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
    return unescape(content.decode())


def send(emulator: Emulator, action: str, **fields: str) -> tuple[int, str]:
    status, _, _, content = exchange(emulator, "POST", f"/_emulator/page/{action}", urlencode(fields).encode(), **FORM)
    return status, unescape(content.decode())


def invoke(emulator: Emulator, payload: str, **changes: str) -> tuple[int, str]:
    platform = emulator.platform
    fields = {"by": "function", "function": f"{platform.account_id}/{platform.functions[0].uuid}", "payload": payload}
    return send(emulator, "invoke", **(fields | changes))


def by_event(emulator: Emulator, payload: str, **changes: str) -> tuple[int, str]:
    fields = {"by": "event", "account": emulator.platform.account_id, "event": EVENT, "skill": "7"}
    return invoke(emulator, payload, **(fields | changes))


def result_of(shown: str) -> str:
    return shown[shown.index('id="result"') : shown.index('id="functions-title"')]


class Balanced(HTMLParser):
    """Notes tags, and refuses those that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: set[str | None] = set()
        self.ids: list[str | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        assert not [name for name in given if name.startswith("on")]
        assert "style" not in given
        if tag in {"script", "link", "img", "iframe"}:
            self.loaded.add(given.get("src") or given.get("href"))
        if "id" in given:
            self.ids.append(given["id"])
        if tag not in {"meta", "input", "link", "img"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestWhatItShows:
    def test_accounts_functions_and_how_a_first_client_comes_here(
        self, emulator: Emulator, platform: FakePlatform
    ) -> None:
        platform.add_account(account_id="87654321", platform_version="v1")

        shown = page(emulator)

        texts = ("12345678", "87654321", "V1", "V2", "greet", EVENT, "for skill 7", "Productive", "no runs")
        for text in (*texts, platform.functions[0].uuid, "No client has called yet", "No function is deployed"):
            assert text in shown, text
        for name, value in emulator.environment().items():
            assert f"export {name}={value}" in shown, name
        assert len(emulator.platform.requests) == 0  # the page itself is no call

    def test_the_exports_stay_within_reach_after_the_first_call(self, emulator: Emulator) -> None:
        exchange(emulator, "GET", "/nothing")

        shown = page(emulator)

        assert "No client has called yet" not in shown
        assert shown.count(f"export LPFUNCTIONS_EMULATOR={emulator.url}\n") == 2  # to read, and to copy

    def test_the_last_calls_by_name_with_request_answer_duration_and_log(self, emulator: Emulator) -> None:
        with emulator.client() as client:
            client.invoke(event_id=EVENT, skill_id="7", payload={"name": "Ada"})
            client.invoke(lambda_uuid=emulator.platform.functions[0].uuid, payload={})
            client.invoke(lambda_uuid="no-such", payload=HOSTILE)

        shown = page(emulator)

        assert f"{EVENT} → greet" in shown
        assert "unknown function no-such" in shown
        assert "skillId=7" in shown
        assert '"hello": "Ada"' in shown
        assert "com.liveperson.faas.function.not-found" in shown
        assert "KeyError: 'name'" in shown
        assert " ms" in shown
        for kind in ("discovery", "token", "invoke"):
            assert f'<span class="kind">{kind}</span>' in shown

    def test_a_call_under_way(self, emulator: Emulator) -> None:
        shown: list[str] = []

        @emulator.platform.function("looks")
        def looks(_: FunctionInput) -> None:
            shown.append(page(emulator))

        with emulator.client() as client:
            client.invoke(lambda_uuid=looks.uuid)

        assert ">running<" in shown[0]

    def test_the_addresses_serve(self, platform: FakePlatform) -> None:
        with Emulator(platform, allow_hosts=["bots.test"]) as emulator:
            port = emulator.host.rpartition(":")[2]
            shown = page(emulator)
            addresses = re.findall(r'<li><a href="http://([^"]+)">', shown)
            assert addresses == [f"127.0.0.1:{port}", f"localhost:{port}", f"bots.test:{port}"]
            for address in addresses:
                assert exchange(emulator, "GET", "/", Host=address)[0] == 200
            assert f"<dt>faasGW</dt><dd><code>127.0.0.1:{port}</code>" in shown

    def test_a_name_that_is_not_loopback_needs_leave_for_plain_http(self, platform: FakePlatform) -> None:
        with Emulator(platform, allow_hosts=["bots.test"]) as emulator:
            invoke(emulator, "{}")
            at, call = {"Host": "bots.test:8080"}, "/_emulator/page/calls/1/python"

            shown = unescape(exchange(emulator, "GET", "/", None, **at)[3].decode())
            program = exchange(emulator, "GET", call, None, **at)[3].decode()

            assert "LPFUNCTIONS_EMULATOR=http://bots.test:8080\n" in shown
            assert "LPFUNCTIONS_ALLOW_INSECURE=true" in shown
            assert "csds_domain='bots.test:8080'" in program
            assert "allow_insecure=True" in program
            assert "LPFUNCTIONS_ALLOW_INSECURE" not in page(emulator)
            assert "allow_insecure" not in exchange(emulator, "GET", call)[3].decode()

    def test_the_hosts_that_discovery_names(self, platform: FakePlatform) -> None:
        with Emulator(platform, real_hosts=True) as emulator:
            assert "<dt>faasGW</dt><dd><code>va.fninvocations.liveperson.net</code>" in page(emulator)

    def test_no_secret_of_a_request(self, emulator: Emulator) -> None:
        with emulator.client() as client:
            client.invoke(event_id=EVENT, payload=1)
        exchange(emulator, "POST", "/sentinel/api/account/12345678/app/token?v=1.0&client_secret=the-very-secret")

        shown = page(emulator)

        assert "eyJ" not in shown
        # The secret of the fake's own app stands in the exports alone: to read, and to copy.
        assert shown.count("the-very-secret") == shown.count("export LPFUNCTIONS_CLIENT_SECRET=the-very-secret\n") == 2

    def test_sound_html_that_loads_only_its_own_files_whatever_callers_send(self, emulator: Emulator) -> None:
        exchange(emulator, "GET", "/api/%3Cscript%3E?" + urlencode({"x": HOSTILE}), None, **{"X-Evil": HOSTILE})
        emulator.platform.function(HOSTILE)(lambda _: None)
        emulator.platform.fail_next(status=500, path_contains=HOSTILE, body=HOSTILE, required=False)
        with emulator.client() as client:
            client.invoke(lambda_uuid="x", payload=HOSTILE * 200, external_system="a")
        *_, content = exchange(
            emulator, "POST", "/_emulator/page/invoke", urlencode({"payload": HOSTILE, "headers": HOSTILE}).encode()
        )

        parser = Balanced()
        parser.feed(content.decode())
        assert parser.open == []
        assert len(parser.ids) == len(set(parser.ids))
        assert b"more characters" in content
        files = {f"/_emulator/page/{name}" for name in ("page.css", "page.js", "icon.svg")}
        assert parser.loaded == files
        for file in files:
            status, _, headers, _ = exchange(emulator, "GET", file)
            assert (status, headers["x-content-type-options"]) == (200, "nosniff")

    def test_the_policy_allows_no_script_but_its_own_file(self, emulator: Emulator) -> None:
        _, _, headers, _ = exchange(emulator, "GET", "/")

        policy = headers["content-security-policy"].split("; ")
        assert {"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'"} <= set(policy)

    def test_it_is_sent_again_only_when_something_has_happened(self, emulator: Emulator) -> None:
        tag = exchange(emulator, "GET", "/")[2]["etag"]
        known = {"If-None-Match": tag}

        assert exchange(emulator, "GET", "/", None, **known)[::3] == (304, b"")
        exchange(emulator, "GET", "/nothing")
        assert exchange(emulator, "GET", "/", None, **known)[0] == 200


class TestInvokingByHand:
    def test_a_function(self, emulator: Emulator, platform: FakePlatform) -> None:
        status, shown = invoke(emulator, '{"name": "Ada"}', headers="language: en\n\nregion:  eu ")

        assert status == 200
        assert "200 OK" in result_of(shown)
        assert '"hello": "Ada"' in result_of(shown)
        assert '"value": "eu"' in result_of(shown)
        platform.requests.assert_invoked(platform.functions[0], payload={"name": "Ada"})

    def test_an_event_for_a_skill(self, emulator: Emulator) -> None:
        assert f"{EVENT} → greet" in result_of(by_event(emulator, '{"name": "Ada"}')[1])
        assert "404 Not Found" in result_of(by_event(emulator, '{"name": "Ada"}', skill="8")[1])

    def test_an_event_with_characters_of_a_path(self, emulator: Emulator) -> None:
        emulator.platform.function("odd", event_id="a/b c?")(lambda _: "odd one")

        assert "odd one" in result_of(by_event(emulator, "", event="a/b c?")[1])

    def test_the_log_stands_beside_the_answer(self, emulator: Emulator) -> None:
        status, shown = invoke(emulator, "{}")

        assert status == 200
        assert "901 Function Failed" in result_of(shown)
        assert "KeyError" in result_of(shown)

    def test_a_fault_that_cuts_the_connection_is_shown_as_such(self, emulator: Emulator) -> None:
        emulator.platform.fail_next(drop_connection=True)

        status, shown = invoke(emulator, '{"name": "Ada"}')

        assert status == 200
        assert "no answer" in result_of(shown)
        assert "closed the connection" in result_of(shown)

    def test_without_a_journal(self) -> None:
        platform = FakePlatform(journal_limit=0)
        platform.function("f")(lambda _: "done")
        with Emulator(platform) as emulator:
            assert "done" in result_of(invoke(emulator, "")[1])

    @pytest.mark.parametrize("version", ["v1", "v2"])
    def test_functions_of_every_account(self, emulator: Emulator, version: str) -> None:
        other = emulator.platform.add_account(account_id="other", platform_version=version)
        function = other.function("f")(lambda _: "from the other")

        assert "from the other" in result_of(invoke(emulator, "", function=f"other/{function.uuid}")[1])

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"payload": '{"name": '}, "payload", "This is no JSON: EOF while parsing"),
            ({"payload": "NaN"}, "payload", "This is no JSON"),
            ({"headers": "language"}, "headers", "Write each header as “name: value”; “language” is none."),
            ({"function": "12345678/../.."}, "function", "Choose one of the functions."),
            ({"function": ""}, "function", "Choose one of the functions."),
            ({"by": "event", "account": "12345678", "event": " "}, "event", "Name an event"),
            ({"by": "event", "account": "nobody", "event": EVENT}, "account", "Choose one of the accounts."),
        ],
    )
    def test_a_mistake_is_told_at_its_field_and_keeps_the_input(
        self, emulator: Emulator, changes: dict[str, str], field: str, sentence: str
    ) -> None:
        emulator.platform.add_account(account_id="other")
        given = {"payload": '{"typed": "by hand"}', "headers": "typed: too", "skill": "7"} | changes

        status, shown = invoke(emulator, **given)

        assert status == 422
        assert re.search(rf'id="invoke-{field}-error" role="alert">{re.escape(sentence)}', shown)
        assert re.search(rf'name="{field}" aria-describedby="invoke-{field}-error" aria-invalid="true"', shown)
        assert f"\n{given['payload']}</textarea>" in shown
        assert f"\n{given['headers']}</textarea>" in shown
        emulator.platform.requests.assert_not_invoked()

    def test_a_function_is_chosen_by_a_link_with_its_sample(self, emulator: Emulator, platform: FakePlatform) -> None:
        other = platform.function("other", sample_payload=[1])(lambda _: None)

        assert '{\n  "name": "Grace"\n}</textarea>' in page(emulator)
        shown = page(emulator, f"?function=12345678/{other.uuid}")
        assert f'<option value="12345678/{other.uuid}" selected' in shown
        assert "[\n  1\n]</textarea>" in shown

    def test_samples_are_what_clients_have_sent_and_what_is_configured(self, emulator: Emulator) -> None:
        with emulator.client() as client:
            for name in ("Ada", "Ada", "Grace"):
                client.invoke(event_id=EVENT, skill_id="7", payload={"name": name})

        samples = re.findall(r'<option value="([^"]*?)" data-target="([^"]*)" id="sample', page_source(emulator))

        by_event = [unescape(payload) for payload, target in samples if target == f"12345678/{EVENT}"]
        assert by_event == ['{\n  "name": "Grace"\n}', '{\n  "name": "Ada"\n}']


def page_source(emulator: Emulator) -> str:
    return exchange(emulator, "GET", "/")[3].decode()


class TestReplay:
    @pytest.fixture
    def number(self, emulator: Emulator) -> str:
        with emulator.client() as client:
            client.invoke(event_id=EVENT, skill_id="7", payload={"name": "Ada"}, headers={"a": "b: c"})
        return str(emulator.platform.requests[-1].number)

    def test_a_call_is_sent_again_as_it_was_with_a_new_token(self, emulator: Emulator, number: str) -> None:
        first = emulator.platform.requests[-1]
        emulator.platform.revoke_tokens()

        status, shown = send(emulator, "replay", call=number)

        assert status == 200
        assert '"hello": "Ada"' in result_of(shown)
        again = emulator.platform.requests[-1]
        assert (again.body, again.url) == (first.body, first.url)
        assert again.request_id != first.request_id

    def test_a_call_is_changed_before_it_is_sent_again(self, emulator: Emulator, number: str) -> None:
        shown = page(emulator, f"?call={number}")

        assert 'value="event" id="by-event" checked' in shown
        assert f'name="event" aria-describedby="invoke-event-error" value="{EVENT}"' in shown
        assert '{\n  "name": "Ada"\n}</textarea>' in shown
        assert "a: b: c</textarea>" in shown

    @pytest.mark.parametrize(
        "body", [b"no JSON", b"[1]", b'{"headers": 7}', b'{"headers": [{"key": 1}], "payload": 2}', b""]
    )
    def test_a_call_that_no_form_can_hold_is_sent_again_all_the_same(self, emulator: Emulator, body: bytes) -> None:
        token = emulator.platform.issue_token()
        uuid = emulator.platform.functions[0].uuid
        target = f"/api/account/12345678/lambdas/{uuid}/invoke?v=1"
        exchange(emulator, "POST", target, body, Authorization=f"Bearer {token}")
        number = str(emulator.platform.requests[-1].number)

        assert send(emulator, "replay", call=number)[0] == 200
        assert emulator.platform.requests[-1].body == body
        assert "<textarea" in page(emulator, f"?call={number}")
        for form in ("curl", "python"):
            assert exchange(emulator, "GET", f"/_emulator/page/calls/{number}/{form}")[0] == 200

    def test_a_call_that_is_not_there(self, emulator: Emulator, number: str) -> None:
        assert send(emulator, "replay", call="77")[0] == 404
        assert send(emulator, "replay", call="1")[0] == 404  # discovery
        for path in ("calls/77/curl", f"calls/{number}/ruby", f"calls/{number}", "calls/1/curl", "nothing"):
            assert exchange(emulator, "GET", f"/_emulator/page/{path}")[0] == 404


class TestFaults:
    def test_a_fault_is_added_and_listed(self, emulator: Emulator, platform: FakePlatform) -> None:
        status, shown = send(
            emulator, "faults/save", kind="invoke", path="/lambdas/", ending="status", status="503",
            headers="Retry-After: 2", body="busy", latency="0.5", times="2",
        )  # fmt: skip

        assert status == 200
        (fault,) = platform.faults.waiting()
        assert (fault.kind, fault.path_contains, fault.status, fault.times) == ("invoke", "/lambdas/", 503, 2)
        assert (fault.headers, fault.body, fault.latency_seconds) == ({"Retry-After": "2"}, "busy", 0.5)
        assert "is answered 503 after 0.5 s" in shown
        assert "2 times, not met yet" in shown
        platform.assert_faults_met()  # one that was made by hand fails no test

    def test_it_is_met_by_a_client(self, emulator: Emulator, platform: FakePlatform) -> None:
        send(emulator, "faults/save", kind="invoke", ending="status", status="418", times="2")

        with emulator.client() as client:
            assert client.invoke(lambda_uuid=platform.functions[0].uuid).status == 418

        assert "once more, met once" in page(emulator)

    @pytest.mark.parametrize(
        ("ending", "sentence"),
        [
            ("drop", "is cut off before it is served"),
            ("lose", "is served, and cut off before its answer"),
            ("late", "is answered late after 2 s"),
        ],
    )
    def test_each_ending_can_be_chosen_and_edited(self, emulator: Emulator, ending: str, sentence: str) -> None:
        status, shown = send(emulator, "faults/save", kind="", ending=ending, latency="2" if ending == "late" else "")

        assert status == 200
        assert sentence in shown
        number = emulator.platform.faults.waiting()[0].number
        assert f'<option value="{ending}" selected' in page(emulator, f"?fault={number}")

    def test_a_fault_is_edited_in_its_place(self, emulator: Emulator, platform: FakePlatform) -> None:
        platform.fail_next(status=500, body={"a": 1}, headers={"X": "y"}, times=None, required=False)
        platform.fail_next(status=501, required=False)
        number = platform.faults.waiting()[0].number

        shown = page(emulator, f"?fault={number}")
        assert "Edit the fault" in shown
        assert '{"a":1}</textarea>' in shown
        assert "X: y</textarea>" in shown
        send(emulator, "faults/save", number=str(number), kind="", ending="status", status="502", times="")

        assert [fault.status for fault in platform.faults.waiting()] == [502, 501]

    def test_faults_are_removed(self, emulator: Emulator, platform: FakePlatform) -> None:
        for status in (500, 501, 502):
            platform.fail_next(status=status, required=False)
        first = platform.faults.waiting()[0]

        send(emulator, "faults/remove", fault=str(first.number))
        assert [fault.status for fault in platform.faults.waiting()] == [501, 502]
        send(emulator, "faults/remove", fault="gone already")
        assert "Requests are answered without faults." in send(emulator, "faults/clear")[1]

    @pytest.mark.parametrize(
        ("changes", "field", "sentence"),
        [
            ({"status": "42"}, "status", "Write a number from 100 to 999."),
            ({"status": ""}, "status", "Write a number from 100 to 999."),
            ({"times": "0"}, "times", "Write a number from 1."),
            ({"times": "often"}, "times", "Write a number from 1."),
            ({"latency": "soon"}, "latency", "Write a number of seconds, such as 2.5."),
            ({"latency": "nan"}, "latency", "Write a number of seconds, such as 2.5."),
            ({"ending": "late"}, "latency", "Write a number of seconds, such as 2.5."),
            ({"headers": "x"}, "headers", "Write each header as “name: value”; “x” is none."),
            ({"kind": "no such"}, "ending", "there is no kind 'no such' of requests"),
        ],
    )
    def test_a_mistake_is_told_at_its_field_and_keeps_the_input(
        self, emulator: Emulator, platform: FakePlatform, changes: dict[str, str], field: str, sentence: str
    ) -> None:
        given = {"kind": "token", "ending": "status", "status": "503", "times": "3", "body": "typed by hand"} | changes

        status, shown = send(emulator, "faults/save", **given)

        assert status == 422
        assert re.search(rf'id="fault-{field}-error" role="alert">{re.escape(sentence)}', shown)
        assert "\ntyped by hand</textarea>" in shown
        assert platform.faults.waiting() == []

    def test_one_that_a_function_chooses_is_listed_and_can_be_removed_alone(self, emulator: Emulator) -> None:
        emulator.platform.fail_next(status=500, where=lambda record: record.method == "PUT", required=False)

        shown = page(emulator)

        assert "any request that a function chooses" in shown
        assert "?fault=" not in shown


class TestWhoMay:
    ACTIONS = ("invoke", "replay", "faults/save", "faults/remove", "faults/clear")

    @pytest.mark.parametrize("action", ACTIONS)
    @pytest.mark.parametrize(
        "headers",
        [
            {"Origin": "http://localhost:3000"},
            {"Origin": "null"},
            {"Origin": "http://attacker.test"},
            {"Host": "attacker.test"},
            {"Host": "attacker.test", "Origin": "http://attacker.test"},
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
        ],
        ids=lambda headers: " ".join(f"{name}={value}" for name, value in headers.items()),
    )
    def test_no_other_page_of_a_browser(self, emulator: Emulator, action: str, headers: dict[str, str]) -> None:
        platform = emulator.platform
        platform.fail_next(status=500, kind="token", required=False)
        content = urlencode({
            "by": "function", "function": f"12345678/{platform.functions[0].uuid}", "ending": "status", "status": "500",
            "fault": str(platform.faults.waiting()[0].number),
        }).encode()  # fmt: skip

        assert exchange(emulator, "POST", f"/_emulator/page/{action}", content, **FORM, **headers)[0] == 403

        platform.requests.assert_not_invoked()
        assert len(platform.faults.waiting()) == 1

    def test_the_page_itself_and_programs(self, emulator: Emulator) -> None:
        for headers in ({"Origin": emulator.url, "Sec-Fetch-Site": "same-origin"}, {}):
            assert exchange(emulator, "POST", "/_emulator/page/faults/clear", b"", **FORM, **headers)[0] == 200

    @pytest.mark.parametrize("action", ACTIONS)
    def test_nothing_happens_by_following_a_link(self, emulator: Emulator, action: str) -> None:
        assert exchange(emulator, "GET", f"/_emulator/page/{action}")[0] == 405

    def test_methods(self, emulator: Emulator) -> None:
        assert exchange(emulator, "POST", "/", b"")[0] == 405
        assert exchange(emulator, "HEAD", "/")[0] == 200
