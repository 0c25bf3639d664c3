"""Invocation by uuid and by event, on both versions, through both frontends."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import FakePlatform, FunctionInput
from tests.support.platform_requests import ACCOUNT, Frontend, answer_of, body_of, by, deploy, error_of, invocation

RESULTS: list[Any] = ["success", "", 7, 1.5, True, None, [], [1, {"a": None}], {"hello": "Ädä"}, {"deep": [[[[]]]]}]


@pytest.mark.parametrize("result", RESULTS, ids=repr)
def test_the_result_itself_is_the_body(platform: FakePlatform, frontend: Frontend, result: object) -> None:
    function = deploy(platform, lambda _: result, name="f")
    response = frontend(platform, invocation(platform, f"lambdas/{function.uuid}"))
    assert (response.status, response.reason) == (200, "OK")
    assert answer_of(response) == result


def test_the_function_sees_headers_payload_and_timestamp_of_the_body(
    platform: FakePlatform, frontend: Frontend
) -> None:
    seen: list[FunctionInput] = []
    function = deploy(platform, seen.append, name="f")
    headers = [{"key": "lang", "value": "en"}, {"key": "lang", "value": "de"}]
    frontend(
        platform, invocation(platform, f"lambdas/{function.uuid}", body_of({"a": 1}, headers=headers, timestamp=5))
    )
    assert (seen[0].headers, seen[0].payload, seen[0].timestamp) == (headers, {"a": 1}, 5)
    assert (seen[0].header("lang"), seen[0].header("Lang"), seen[0].header("x", "y")) == ("en", None, "y")


def test_a_coroutine_function_is_awaited(platform: FakePlatform, frontend: Frontend) -> None:
    @platform.function(event_id="e")
    async def greet(given: FunctionInput) -> str:
        await asyncio.sleep(0.001)
        return f"hello {given.payload}"

    response = frontend(platform, invocation(platform, f"lambdas/{greet.uuid}", body_of("Ada")))
    assert answer_of(response) == "hello Ada"


def test_an_object_whose_call_is_a_coroutine_is_awaited(platform: FakePlatform, frontend: Frontend) -> None:
    class Greeter:
        async def __call__(self, given: FunctionInput) -> str:
            return f"hello {given.payload}"

    function = deploy(platform, Greeter())
    assert function.name == "Greeter"
    assert answer_of(frontend(platform, invocation(platform, f"lambdas/{function.uuid}", body_of(1)))) == "hello 1"


def test_headers_may_be_left_out(platform: FakePlatform, frontend: Frontend) -> None:
    function = deploy(platform)
    response = frontend(platform, invocation(platform, f"lambdas/{function.uuid}", b'{"payload":null,"timestamp":0}'))
    assert answer_of(response) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff",
        b"{}",
        b'{"payload":1}',
        b'{"timestamp":1}',
        b'{"payload":NaN,"timestamp":1}',
        b'{"payload":1,"timestamp":"now"}',
        b'{"payload":1,"timestamp":true}',
        b'{"payload":1,"timestamp":1,"headers":{"a":"b"}}',
        b'{"payload":1,"timestamp":1,"headers":[{"key":"a"}]}',
        b'{"payload":1,"timestamp":1,"headers":[{"key":"a","value":1}]}',
        b'{"payload":1,"timestamp":1,"headers":["a"]}',
        b'{"payload":' + b"[" * 100_000 + b"]" * 100_000 + b',"timestamp":1}',
    ],
    ids=lambda content: content[:60].decode(errors="replace") or "empty",
)
def test_a_malformed_body_is_bad_input_and_runs_nothing(platform: FakePlatform, content: bytes) -> None:
    function = deploy(platform, event_id="e")
    code = by(platform, "com.liveperson.faas.es.badinput", "com.liveperson.faas.evg.invalid")
    for target in (f"lambdas/{function.uuid}", "events/e"):
        status, found, _ = error_of(platform.handle(invocation(platform, target, content)))
        assert (status, found) == (400, code)
    assert function.invocation_count == 0


@pytest.mark.parametrize("state", ["Draft", "Marked Undeployed", "Build Error", "Deploy Error"])
def test_a_function_that_is_not_deployed_is_not_found(platform: FakePlatform, frontend: Frontend, state: str) -> None:
    function = deploy(platform, state=state)
    assert error_of(frontend(platform, invocation(platform, f"lambdas/{function.uuid}"))) == (
        404,
        by(platform, "com.liveperson.faas.es.notdeployed", "com.liveperson.faas.function.not-found"),
        f"There is no {function.uuid} deployed on {ACCOUNT}",
    )


def test_an_unknown_uuid_is_not_found(platform: FakePlatform, frontend: Frontend) -> None:
    assert error_of(frontend(platform, invocation(platform, "lambdas/no-such-uuid"))) == (
        404,
        by(platform, "com.liveperson.faas.es.missinglambda", "com.liveperson.faas.function.not-found"),
        f"There is no no-such-uuid deployed on {ACCOUNT}",
    )


def test_a_modified_function_is_still_deployed(platform: FakePlatform) -> None:
    function = deploy(platform, state="Modified")
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}")).status == 200


def test_a_state_may_change_while_the_platform_runs(platform: FakePlatform) -> None:
    function = deploy(platform, event_id="e")
    function.state = "Draft"
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}")).status == 404
    function.state = "Productive"
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}")).status == 200


def test_an_event_runs_every_listener_and_answers_one_entry_each(platform: FakePlatform, frontend: Frontend) -> None:
    first = deploy(platform, lambda given: given.payload + 1, name="a", event_id="conversational_command")
    second = deploy(platform, lambda given: given.payload + 2, name="b", event_id="conversational_command")
    deploy(platform, lambda _: 0, name="c", event_id="another")
    deploy(platform, lambda _: 0, name="d", event_id="conversational_command", state="Draft")
    entries = answer_of(frontend(platform, invocation(platform, "events/conversational_command", body_of(40))))
    assert [(entry["uuid"], entry["result"]) for entry in entries] == [(first.uuid, 41), (second.uuid, 42)]
    assert [sorted(entry) for entry in entries] == [["result", "timestamp", "uuid"]] * 2
    assert all(entry["timestamp"].endswith("Z") for entry in entries)


def test_one_listener_does_not_see_what_another_did_to_the_payload(platform: FakePlatform) -> None:
    deploy(platform, lambda given: given.payload.clear(), name="a", event_id="e")
    deploy(platform, name="b", event_id="e")
    entries = answer_of(platform.handle(invocation(platform, "events/e", body_of({"kept": 1}))))
    assert entries[1]["result"] == {"kept": 1}


def test_an_event_that_nobody_listens_to(platform: FakePlatform, frontend: Frontend) -> None:
    deploy(platform, event_id="e", state="Draft")
    for event in ("e", "never-heard-of"):
        response = frontend(platform, invocation(platform, f"events/{event}"))
        if platform.platform_version == "v1":
            assert (response.status, answer_of(response)) == (200, [])
        else:
            assert error_of(response)[:2] == (404, "com.liveperson.faas.function.not-found")


def test_the_first_failing_listener_ends_the_chain(platform: FakePlatform, frontend: Frontend) -> None:
    def fail(given: FunctionInput) -> None:
        raise ValueError(given.payload)

    before = deploy(platform, name="a", event_id="e")
    deploy(platform, fail, name="b", event_id="e")
    after = deploy(platform, name="c", event_id="e")
    assert frontend(platform, invocation(platform, "events/e")).status == 901
    assert (before.invocation_count, after.invocation_count) == (1, 0)


@pytest.mark.parametrize(
    ("query", "answering"),
    [("", ["any"]), ("skillId=", ["any"]), ("skillId=7", ["any", "seven"]), ("skillId=8", ["any"])],
)
def test_a_function_bound_to_skills_answers_only_for_them(
    platform: FakePlatform, query: str, answering: list[str]
) -> None:
    names = {
        deploy(platform, name="any", event_id="e").uuid: "any",
        deploy(platform, name="seven", event_id="e", skills=("6", "7")).uuid: "seven",
    }
    entries = answer_of(platform.handle(invocation(platform, "events/e", query=query)))
    assert [names[entry["uuid"]] for entry in entries] == answering


@pytest.mark.parametrize(
    ("event", "query", "implemented"),
    [
        ("e", "", True),
        ("e", "externalSystem=x&skillId=&userId=4", True),
        ("draft", "", False),
        ("skilled", "", False),
        ("skilled", "skillId=7", True),
        ("skilled", "skillId=8", False),
        ("never-heard-of", "", False),
    ],
)
def test_is_implemented_counts_productive_functions_for_the_skill(
    platform: FakePlatform, frontend: Frontend, event: str, query: str, implemented: bool
) -> None:
    deploy(platform, name="a", event_id="e")
    deploy(platform, name="b", event_id="draft", state="Draft")
    deploy(platform, name="c", event_id="skilled", skills=("7",))
    asked = invocation(platform, f"events/{event}", query=query)
    url = asked.url.replace("/invoke?", "/isImplemented?")
    response = frontend(platform, HttpRequest("GET", url, asked.headers))
    assert (response.status, answer_of(response)) == (200, {"implemented": implemented})


async def test_a_slow_plain_function_does_not_hold_up_the_loop() -> None:
    platform = FakePlatform(account_id=ACCOUNT)
    released = threading.Event()
    blocked = deploy(platform, lambda _: released.wait(10), name="blocked")
    quick = deploy(platform, name="quick")
    waiting = asyncio.create_task(platform.handle_async(invocation(platform, f"lambdas/{blocked.uuid}")))
    await asyncio.sleep(0)
    assert (await platform.handle_async(invocation(platform, f"lambdas/{quick.uuid}"))).status == 200
    assert not waiting.done()
    released.set()
    assert answer_of(await waiting) is True


async def test_a_cancelled_call_cancels_the_coroutine_function() -> None:
    platform = FakePlatform(account_id=ACCOUNT)
    ended: list[str] = []

    @platform.function()
    async def wait(_: FunctionInput) -> None:
        try:
            await asyncio.sleep(10)
        finally:
            ended.append("cancelled")

    task = asyncio.create_task(platform.handle_async(invocation(platform, f"lambdas/{wait.uuid}")))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended == ["cancelled"]


def test_the_blocking_frontend_works_inside_a_running_loop() -> None:
    platform = FakePlatform(account_id=ACCOUNT)

    async def main() -> HttpResponse:
        return platform.handle(invocation(platform, f"lambdas/{plain.uuid}", body_of(3)))

    plain = deploy(platform, name="plain")
    assert answer_of(asyncio.run(main())) == 3


def test_many_threads_share_a_platform() -> None:
    platform = FakePlatform(account_id=ACCOUNT)
    function = deploy(platform)
    request = invocation(platform, f"lambdas/{function.uuid}")
    threads = [threading.Thread(target=lambda: [platform.handle(request) for _ in range(20)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert function.invocation_count == 160
    assert [record.status for record in platform.requests.invocations] == [200] * 160


def test_uuids_depend_on_account_and_name_only() -> None:
    def uuid(account: str, name: str) -> str:
        return deploy(FakePlatform(account_id=account), name=name).uuid

    assert uuid("1", "a") == uuid("1", "a")
    assert len({uuid("1", "a"), uuid("1", "b"), uuid("2", "a")}) == 3


def test_a_second_function_of_a_name_replaces_the_first(platform: FakePlatform) -> None:
    deploy(platform, lambda _: 1, name="f", event_id="e")
    deploy(platform, lambda _: 2, name="f", event_id="e")
    entries = answer_of(platform.handle(invocation(platform, "events/e")))
    assert [entry["result"] for entry in entries] == [2]


def test_a_deployed_function_can_be_called_directly(platform: FakePlatform) -> None:
    @platform.function(name="other", description="d")
    def greet(given: FunctionInput) -> Any:
        """Say hello."""
        return given.payload

    assert greet(FunctionInput([], "x", 0)) == "x"
    assert (greet.name, greet.__doc__, greet.invocation_count) == ("other", "Say hello.", 0)
    assert repr(greet) == f"<DeployedFunction 'other' {greet.uuid} Productive>"


def test_an_unknown_state_is_refused() -> None:
    with pytest.raises(ValueError, match="'Live' is none of Build Error, Deploy Error, Draft, Marked Undeployed, "):
        deploy(FakePlatform(), state="Live")


def test_v1_wants_its_version_parameter() -> None:
    platform = FakePlatform(account_id=ACCOUNT, platform_version="v1")
    function = deploy(platform)
    request = invocation(platform, f"lambdas/{function.uuid}")
    for query in ("", "?v=", "?externalSystem=x"):
        bare = HttpRequest("POST", request.url.partition("?")[0] + query, request.headers, request.content)
        assert error_of(platform.handle(bare))[:2] == (400, "com.liveperson.faas.es.badinput")


def test_v2_tolerates_the_parameters_of_v1() -> None:
    platform = FakePlatform(account_id=ACCOUNT)
    function = deploy(platform)
    query = "v=1&externalSystem=x&unknown=y"
    assert platform.handle(invocation(platform, f"lambdas/{function.uuid}", query=query)).status == 200
