"""The control API of the emulator, as a test in another language uses it: HTTP and JSON alone."""

from __future__ import annotations

import importlib
import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import RetryPolicy
from lpfunctions.testing import Emulator, FakePlatform
from lpfunctions.testing.control import api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions import Client, Response

pytestmark = pytest.mark.sockets

yaml: Any = importlib.import_module("yaml")  # comes without types
DESCRIPTION = yaml.safe_load(Path(api.__file__).with_name("control.yaml").read_text(encoding="utf-8"))
JSON = {"Content-Type": "application/json"}


class Control:
    """A program that controls an emulator."""

    def __init__(self, emulator: Emulator) -> None:
        self.url = emulator.url

    def ask(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[int, Any]:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self.url}/_emulator/{path}", content, JSON if headers is None else headers, method=method
        )
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, json.loads(refused.read() or b"null")

    def done(self, method: str, path: str, body: object = None) -> Any:
        status, answer = self.ask(method, path, body)
        assert status in {200, 201, 204}, answer
        return answer


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with FakePlatform() as platform, Emulator(platform) as emulator:
        yield emulator


@pytest.fixture
def control(emulator: Emulator) -> Control:
    return Control(emulator)


@pytest.fixture
def client(emulator: Emulator) -> Iterator[Client]:
    with emulator.client(retry=RetryPolicy.none()) as client:
        yield client


def called(client: Client, function: dict[str, Any], payload: object = None) -> Response:
    return client.invoke(lambda_uuid=function["uuid"], payload=payload)


def test_a_function_that_returns_the_same_each_time_is_deployed_and_removed(control: Control, client: Client) -> None:
    uuid = "8a3f2a0e-6d0c-4bb8-9a55-3f6f0c3d8a11"
    greet = control.done(
        "POST", "api/functions", {"name": "greet", "event_id": "greeting", "uuid": uuid, "returns": {"hello": ["Ada"]}}
    )
    assert (greet["uuid"], greet["state"]) == (uuid, "Productive")
    assert called(client, greet).body == {"hello": ["Ada"]}
    assert client.invoke(event_id="greeting").body[0]["result"] == {"hello": ["Ada"]}
    (listed,) = control.done("GET", "api/functions")
    assert (listed["name"], listed["invocation_count"]) == ("greet", 2)

    control.done("DELETE", f"api/functions/{uuid}")
    assert called(client, greet).status == 404
    assert control.ask("DELETE", f"api/functions/{uuid}")[0] == 404


def test_a_function_that_throws_is_deployed(control: Control, client: Client) -> None:
    broken = control.done("POST", "api/functions", {"name": "broken", "throws": "no such order"})
    assert called(client, broken).status == 901
    (listed,) = control.done("GET", "api/functions")
    assert listed["logs"][-1] == {"level": "error", "message": "no such order"}


def test_a_function_may_return_null(control: Control, client: Client) -> None:
    assert called(client, control.done("POST", "api/functions", {"name": "f", "returns": None})).body is None


@pytest.mark.skipif(shutil.which("node") is None, reason="runs functions in JavaScript")
def test_javascript_is_deployed(control: Control, client: Client) -> None:
    code = "async function lambda(input) { return `${process.env.WORD} ${input.payload}`; }"
    greet = control.done("POST", "api/functions", {"name": "greet", "code": code, "environment": {"WORD": "Hello"}})
    assert called(client, greet, "Ada").body == "Hello Ada"
    status, answer = control.ask("POST", "api/functions", {"name": "g", "code": "async function ("})
    assert status == 400
    assert "SyntaxError" in answer["error"]


def test_faults_are_scripted_listed_and_cleared(control: Control, client: Client) -> None:
    function = control.done("POST", "api/functions", {"name": "f", "returns": 1})
    control.done("POST", "api/faults", {"status": 503, "kind": "invoke", "times": 2, "body": {"a": 1}})
    assert called(client, function).status == 503
    (waiting,) = control.done("GET", "api/faults")
    assert (waiting["status"], waiting["times"], waiting["met"]) == (503, 1, 1)
    control.done("DELETE", "api/faults")
    assert called(client, function).status == 200


def test_the_journal_shows_what_was_asked_without_secrets(emulator: Emulator, control: Control, client: Client) -> None:
    function = control.done("POST", "api/functions", {"name": "f", "returns": 1})
    called(client, function, {"name": "Ada"})
    (record,) = control.done("GET", "api/journal?kind=invoke")
    assert record["request"]["json"]["payload"] == {"name": "Ada"}
    assert record["functions"] == [function["uuid"]]
    assert (record["response"]["status"], record["response"]["json"]) == (200, 1)
    everything = json.dumps(control.done("GET", "api/journal"))
    assert emulator.platform.account.client_secret not in everything
    assert "eyJ" not in everything
    control.done("DELETE", "api/journal")
    assert control.done("GET", "api/journal") == []


def test_tokens_are_issued_and_revoked(emulator: Emulator, control: Control) -> None:
    def listing(token: str) -> int:
        path = f"{emulator.url}/api/account/12345678/functions"
        request = urllib.request.Request(path, headers={"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    token = control.done("POST", "api/tokens", {"lifetime_seconds": 60})["access_token"]
    assert listing(token) == 200
    control.done("DELETE", "api/tokens")
    assert listing(token) == 401
    assert listing(control.done("POST", "api/tokens", {"lifetime_seconds": -1})["access_token"]) == 401


def test_an_account_is_added_and_has_functions_of_its_own(emulator: Emulator, control: Control) -> None:
    other = control.done("POST", "api/accounts", {"account_id": "99", "platform_version": "v1"})
    assert other["hosts"]["faasGW"] == "va.faasgw.liveperson.net"
    control.done("POST", "api/functions", {"account_id": "99", "name": "f", "returns": "there"})
    assert control.done("GET", "api/functions") == []
    (function,) = control.done("GET", "api/functions?account_id=99")
    with emulator.client(emulator.platform.accounts["99"]) as client:
        assert called(client, function).body == "there"
    assert [account["account_id"] for account in control.done("GET", "api/accounts")] == ["12345678", "99"]
    control.done("DELETE", f"api/functions/{function['uuid']}?account_id=99")


def test_reset_returns_to_the_state_at_the_start() -> None:
    platform = FakePlatform()
    platform.function("from the start")(lambda _: 1)
    with Emulator(platform) as emulator, emulator.client() as client:
        control = Control(emulator)
        function = control.done("POST", "api/functions", {"name": "f", "returns": 1})
        control.done("POST", "api/faults", {"status": 500, "times": None, "kind": "list"})
        assert called(client, function).ok
        control.done("POST", "api/reset")
        assert [function["name"] for function in control.done("GET", "api/functions")] == ["from the start"]
        assert control.done("GET", "api/faults") == control.done("GET", "api/journal") == []
        assert called(client, function).status == 404


def test_reset_does_what_the_emulator_was_told() -> None:
    told: list[str] = []
    with Emulator(FakePlatform(), reset=lambda: told.append("reset")) as emulator:
        Control(emulator).done("POST", "api/reset")
    assert told == ["reset"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "said"),
    [
        ("POST", "api/functions", {"name": "f"}, 400, "one of returns (JSON), throws (text) and code (JavaScript)"),
        ("POST", "api/functions", {"name": "f", "returns": 1, "throws": "x"}, 400, "one of returns"),
        ("POST", "api/functions", {"name": "f", "return": 1}, 400, "return: Extra inputs are not permitted"),
        ("POST", "api/functions", {"returns": 1}, 400, "name: Field required"),
        ("POST", "api/functions", {"name": "f", "returns": 1, "uuid": "x"}, 400, "uuid: "),
        ("POST", "api/functions", {"name": "f", "returns": 1, "account_id": "9"}, 404, "there is no account '9'"),
        ("POST", "api/faults", {}, 400, "a fault needs a status"),
        ("POST", "api/faults", {"status": 42}, 400, "status must be a number from 100 to 999"),
        ("POST", "api/faults", {"status": 500, "kind": "x"}, 400, "there is no kind 'x' of requests"),
        ("POST", "api/accounts", {"account_id": "12345678"}, 400, "there is an account '12345678' already"),
        ("GET", "api/functions?account_id=9", None, 404, "there is no account '9'"),
        ("PUT", "api/functions", {}, 405, "takes GET and POST"),
        (
            "GET",
            "api/elsewhere",
            None,
            404,
            "there is nothing at /_emulator/api/elsewhere; see /_emulator/openapi.yaml",
        ),
    ],
)
def test_a_mistake_is_answered_with_a_sentence(
    control: Control, method: str, path: str, body: object, status: int, said: str
) -> None:
    answered, answer = control.ask(method, path, body)
    assert (answered, said in answer["error"]) == (status, True), answer


def test_a_body_must_be_json_so_that_no_form_of_a_web_page_sends_it(control: Control) -> None:
    body = {"name": "f", "returns": 1}
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        assert control.ask("POST", "api/functions", body, {"Content-Type": kind})[0] == 415


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://localhost:1"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}]
)
@pytest.mark.parametrize("path", ["api/reset", "api/tokens"])
def test_the_page_of_another_origin_controls_nothing(control: Control, path: str, headers: dict[str, str]) -> None:
    assert control.ask("POST", path, {}, JSON | headers)[0] == 403


def test_the_description_is_served_and_names_what_there_is(control: Control, emulator: Emulator) -> None:
    with urllib.request.urlopen(f"{control.url}/_emulator/openapi.yaml") as answer:
        assert yaml.safe_load(answer.read()) == DESCRIPTION
    described = {
        (method.upper(), path.removeprefix("/_emulator/api/"))
        for path, methods in DESCRIPTION["paths"].items()
        for method in methods
        if path.startswith("/_emulator/api/")
    }
    assert described == api.ControlApi(emulator.platform, lambda: None).handlers.keys()


@pytest.mark.parametrize("body", ["NewAccount", "NewFunction", "NewFault", "NewToken"])
def test_the_description_has_the_fields_that_are_read(body: str) -> None:
    model: Any = getattr(api, body)
    described = DESCRIPTION["components"]["schemas"][body]
    assert described["properties"].keys() == model.model_fields.keys()
    required = {name for name, field in model.model_fields.items() if field.is_required()}
    assert set(described.get("required", ())) == required
