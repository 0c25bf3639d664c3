"""What developers see of a function that users do not: test invocations and logs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.platform.functions.deployed import LogEntry
from tests.support.platform_requests import ACCOUNT, GATEWAYS, Hands, body_of, by, deploy, error_of, manage

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing import FunctionInput

NOON = 1_700_000_000_000


@pytest.fixture(params=["v1", "v2"])
def platform(request: pytest.FixtureRequest) -> FakePlatform:
    platform = FakePlatform(platform_version=request.param, clock=Hands())
    platform.add_bearer("user")
    return platform


def run_as_test(platform: FakePlatform, uuid: str, content: bytes | None = None) -> HttpResponse:
    host, path = by(
        platform, f"{GATEWAYS['v1']} lambdas/{uuid}/invoke", f"va.functions.liveperson.net functions/{uuid}/test"
    ).split()
    url = f"https://{host}/api/account/{ACCOUNT}/{path}?userId=1000&v=1"
    headers = {"Authorization": "Bearer user", "X-Request-ID": "r-1"}
    return platform.handle(HttpRequest("POST", url, headers, body_of("Ada") if content is None else content))


def noisy(given: FunctionInput) -> str:
    print("hello", given.payload)  # noqa: T201 (goes to the log of the function)
    return f"Hello {given.payload}"


def failing(_given: FunctionInput) -> None:
    raise RuntimeError("no such customer")


def exported(platform: FakePlatform, uuid: str, query: str = "") -> HttpResponse:
    target = by(platform, "logs/export", f"functions/{uuid}/logs/export")
    of = by(platform, f"lambdaUUID={uuid}&", "")
    return manage(platform, "GET", target, query=f"{of}{query or f'startTimestamp=0&endTimestamp={NOON}'}")


def test_a_test_invocation_answers_with_result_and_log(platform: FakePlatform) -> None:
    response = run_as_test(platform, deploy(platform, noisy).uuid)
    assert (response.status, json.loads(response.content)) == (
        200,
        {
            "result": "Hello Ada",
            "logs": [{"level": "Info", "message": "hello Ada", "extras": [], "timestamp": NOON}],
        },
    )


def test_a_test_invocation_shows_the_functions_own_error_and_its_log(platform: FakePlatform) -> None:
    response = run_as_test(platform, deploy(platform, failing).uuid)
    body: dict[str, Any] = json.loads(response.content)
    code, message = by(platform, "errorCode errorMsg", "code message").split()
    threw = by(platform, "com.liveperson.faas.handler.custom-failure", "com.customer.faas.function.threw-error")
    assert (response.status, body[code], body[message]) == (901, threw, "no such customer")
    assert [(entry["level"], entry["message"]) for entry in body["errorLogs"]] == [("Error", "no such customer")]


def test_what_is_not_deployed_or_cannot_be_read_is_not_tested(platform: FakePlatform) -> None:
    assert error_of(run_as_test(platform, "u"))[0] == 404
    assert error_of(run_as_test(platform, deploy(platform, name="draft", state="Draft").uuid))[0] == 404
    assert error_of(run_as_test(platform, deploy(platform, name="f").uuid, b"no json"))[0] == 400


@pytest.mark.parametrize("query", ["v=1", "v=1&userId=1&externalSystem=crm", "v=1&userId=&externalSystem="])
def test_v1_answers_a_client_with_the_bare_result(query: str) -> None:
    platform = FakePlatform(platform_version="v1")
    platform.add_bearer("user")
    url = f"https://{GATEWAYS['v1']}/api/account/{ACCOUNT}/lambdas/{deploy(platform, noisy).uuid}/invoke?{query}"
    response = platform.handle(HttpRequest("POST", url, {"Authorization": "Bearer user"}, body_of("Ada")))
    assert response.content == b'"Hello Ada"'


def test_logs_are_exported_as_lines_of_values(platform: FakePlatform) -> None:
    function = deploy(platform, noisy, name="f")
    run_as_test(platform, function.uuid)
    function.logs.append(LogEntry("error", 'a "quoted"; text\nof two lines', ("x", "ü"), NOON))

    response = exported(platform, function.uuid)

    assert response.headers["content-type"] == "text/csv;charset=utf-8"
    assert response.content.decode() == (
        "lambdaUUID;requestID;timestamp;level;message;extras\n"
        f"{function.uuid};r-1;{NOON};Info;hello Ada;[]\n"
        f'{function.uuid};;{NOON};Error;"a ""quoted""; text\nof two lines";"[""x"",""ü""]"\n'
    )


def test_an_export_is_of_a_time_of_levels_and_of_at_most_500_entries(platform: FakePlatform) -> None:
    function = deploy(platform, name="f")
    function.logs.extend(LogEntry(level, level, (), number) for number, level in enumerate(["info", "warn", "error"]))

    def messages(query: str) -> list[str]:
        lines = exported(platform, function.uuid, query).content.decode().splitlines()[1:]
        return [line.split(";")[4] for line in lines]

    assert messages("startTimestamp=1&endTimestamp=2") == ["warn", "error"]
    assert messages("startTimestamp=0&endTimestamp=1") == ["info", "warn"]
    assert messages("startTimestamp=0&endTimestamp=2&filterLevels=Info&filterLevels=Error") == ["info", "error"]
    function.logs.extend(LogEntry("info", "more", (), 3) for _ in range(600))
    assert len(messages("startTimestamp=0&endTimestamp=3")) == 500


def test_an_export_without_a_time_or_of_no_function_is_refused(platform: FakePlatform) -> None:
    function = deploy(platform, name="f")
    assert error_of(exported(platform, function.uuid, "startTimestamp=0"))[0] == 400
    assert error_of(exported(platform, function.uuid, "startTimestamp=now&endTimestamp=1"))[0] == 400
    assert error_of(exported(platform, "u"))[0] == 404
