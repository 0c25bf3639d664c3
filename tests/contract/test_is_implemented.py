"""is_implemented and its cache, from one body on four environments."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import (
    AsyncClient,
    Event,
    FaaSConfigurationError,
    FaaSIsImplementedError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
    RetryPolicy,
)
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from tests.support.functions import greeter

if TYPE_CHECKING:
    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Environment

EVENT = Event.MESSAGING_NEW_CONVERSATION


def ask(environment: Environment, **arguments: Any) -> bool:
    answer: bool = environment.client().call("is_implemented", **{"event_id": EVENT, **arguments})
    return answer


def test_an_event_with_a_productive_function_is_implemented(environment: Environment) -> None:
    assert ask(environment) is False
    greeter(environment, event_id=EVENT)
    assert ask(environment) is True


def test_a_draft_does_not_count(environment: Environment) -> None:
    greeter(environment, event_id=EVENT, state="Draft")
    assert ask(environment) is False


@pytest.mark.over_http
def test_the_v1_question_is_the_documented_one(v1_environment: Environment) -> None:
    ask(v1_environment, skill_id="7", lp_event_source="bot", user_id="u")

    (request,) = v1_environment.journal.is_implemented_requests
    assert request.method == "GET"
    assert request.url.endswith(f"/events/{EVENT}/isImplemented?v=1&skillId=7&externalSystem=bot")
    assert request.body == b""


@pytest.mark.over_http
def test_the_v2_question_is_the_documented_one(v2_environment: Environment) -> None:
    ask(v2_environment, skill_id="7", external_system="crm", user_id="u")

    (request,) = v2_environment.journal.is_implemented_requests
    assert request.url.endswith(f"/events/{EVENT}/isImplemented?userId=u&skillId=7")
    assert request.headers["lp-eventsource"] == "crm"


def test_the_source_is_unknown_when_there_is_none(environment: Environment) -> None:
    ask(environment)

    (request,) = environment.journal.is_implemented_requests
    told = request.headers.get("lp-eventsource") or request.query["externalSystem"][0]
    assert told == "Unknown"


@pytest.mark.parametrize("implemented", [True, False])
def test_answers_of_either_kind_are_kept_for_their_time(environment: Environment, implemented: bool) -> None:
    if implemented:
        greeter(environment, event_id=EVENT)
    client = environment.client()

    def still_asks() -> int:
        assert client.call("is_implemented", event_id=EVENT) is implemented
        return len(environment.journal.is_implemented_requests)

    assert still_asks() == 1
    environment.clock.advance(59.9)
    assert still_asks() == 1
    environment.clock.advance(0.1)
    assert still_asks() == 2


def test_an_answer_is_kept_for_its_skill_and_user_alone(environment: Environment) -> None:
    greeter(environment, event_id=EVENT, skills=("7",))
    client = environment.client()

    answers = [client.call("is_implemented", event_id=EVENT, skill_id=skill) for skill in ("8", "7", None, "8", "7")]
    client.call("is_implemented", event_id=EVENT, user_id="u")

    assert answers[:2] == answers[3:] == [False, True]
    assert len(environment.journal.is_implemented_requests) == 4


def test_zero_seconds_switch_the_cache_off(environment: Environment) -> None:
    client = environment.client(is_implemented_cache_duration_in_seconds=0)

    for _ in range(3):
        client.call("is_implemented", event_id=EVENT)

    assert len(environment.journal.is_implemented_requests) == 3


def test_a_failure_is_not_kept(environment: Environment) -> None:
    greeter(environment, event_id=EVENT)
    client = environment.client(retry=RetryPolicy.none())
    environment.platform.fail_next(status=500, kind="is_implemented")

    with pytest.raises(FaaSIsImplementedError, match="500") as failed:
        client.call("is_implemented", event_id=EVENT)

    assert failed.value.status == 500
    assert failed.value.retryable
    assert client.call("is_implemented", event_id=EVENT) is True


def test_an_error_status_raises_whatever_its_body_says(environment: Environment) -> None:
    environment.platform.fail_next(status=404, body={"implemented": True}, kind="is_implemented")

    with pytest.raises(FaaSIsImplementedError, match="404"):
        ask(environment)


def test_a_question_changes_nothing_and_is_repeated(environment: Environment) -> None:
    greeter(environment, event_id=EVENT)
    environment.platform.fail_next(status=502, kind="is_implemented")
    environment.platform.fail_next(lose_answer=True, kind="is_implemented")

    assert ask(environment) is True
    assert len(environment.journal.is_implemented_requests) == 3
    assert len(environment.clock.slept) == 2


NO_ANSWERS = [
    b"",
    b"null",
    b"[]",
    b"{}",
    b'{"implemented": "false"}',
    b'{"implemented": null}',
    b'{"implemented": 1}',
    b"<",
]


@pytest.mark.parametrize("body", NO_ANSWERS)
def test_an_answer_that_is_neither_true_nor_false_is_an_error(v2_environment: Environment, body: bytes) -> None:
    v2_environment.platform.fail_next(status=200, body=body, kind="is_implemented")

    with pytest.raises(FaaSIsImplementedError, match="true or false") as failed:
        ask(v2_environment)
    assert isinstance(failed.value.__cause__, FaaSResponseFormatError)


NO_SENSE: list[dict[str, Any]] = [
    {"timeout": -1},
    {"retry": 5},
    {"fail_on_error_status_code": "no"},
    {"event_id": ["x"]},
    {"user_id": ["x"]},
]


@pytest.mark.parametrize("argument", NO_SENSE, ids=str)
def test_a_wrong_argument_is_refused_though_the_answer_is_remembered(
    v2_environment: Environment, argument: dict[str, Any]
) -> None:
    client = v2_environment.client()
    client.call("is_implemented", event_id=EVENT)
    with pytest.raises(FaaSConfigurationError, match=f"^{next(iter(argument))} must be"):
        client.call("is_implemented", **{"event_id": EVENT, **argument})


def test_a_wrong_argument_is_refused_before_anything_is_sent(environment: Environment) -> None:
    also: list[dict[str, Any]] = [{"event_id": ""}, {"event_id": ".."}, {"skill_id": 7}, {"user_id": "a\nb"}]
    for arguments in NO_SENSE + also:
        with pytest.raises(FaaSConfigurationError):
            ask(environment, **arguments)
    assert len(environment.journal) == 0


def test_a_thousand_tasks_ask_once() -> None:
    from lpfunctions.testing import FakePlatform

    platform = FakePlatform()

    @platform.function(name="f", event_id=EVENT)
    async def f(_given: FunctionInput) -> None: ...

    async def main() -> list[bool]:
        async with platform.async_client() as client:
            return await asyncio.gather(*(client.is_implemented(event_id=EVENT) for _ in range(1000)))

    assert asyncio.run(main()) == [True] * 1000
    assert [request.kind for request in platform.requests] == ["discovery", "token", "is_implemented"]


def test_two_hundred_threads_ask_once() -> None:
    from lpfunctions.testing import FakePlatform

    platform = FakePlatform()
    together = threading.Barrier(200)

    def one(_index: int) -> bool:
        together.wait()
        return client.is_implemented(event_id=EVENT)

    with platform.client() as client, ThreadPoolExecutor(200) as pool:
        answers = list(pool.map(one, range(200)))

    assert answers == [False] * 200
    assert [request.kind for request in platform.requests] == ["discovery", "token", "is_implemented"]


def test_one_who_asks_impatiently_does_not_fail_those_who_wait_longer() -> None:
    from lpfunctions.testing import FakePlatform

    platform = FakePlatform()
    released = asyncio.Event()

    async def handle(request: Any) -> Any:
        if "isImplemented" in request.url:
            await released.wait()
        return await platform.handle_async(request)

    async def main() -> tuple[Any, Any]:
        async with AsyncClient(
            account_id=platform.account_id,
            auth_strategy=platform.credentials(),
            transport=AsyncMemoryTransport(handle),
        ) as client:
            impatient = asyncio.create_task(client.is_implemented(event_id=EVENT, timeout=0.05))
            patient = asyncio.create_task(client.is_implemented(event_id=EVENT))
            (failure,) = await asyncio.gather(impatient, return_exceptions=True)
            released.set()
            return failure, await patient

    failure, answer = asyncio.run(main())
    assert isinstance(failure, FaaSIsImplementedError)
    assert isinstance(failure.__cause__, FaaSTimeoutError)
    assert failure.__cause__.phase == "response"
    assert answer is False


@pytest.mark.load
def test_the_oldest_answers_make_room() -> None:
    from lpfunctions import Client
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.implemented_cache import MAX_ENTRIES
    from lpfunctions.testing import FakePlatform

    platform = FakePlatform()
    asked: list[str] = []

    def handle(request: Any) -> Any:
        if "isImplemented" not in request.url:
            return platform.handle(request)
        asked.append(request.url.rpartition("/events/")[2].partition("/")[0])
        return HttpResponse(200, content=b'{"implemented":true}')

    with Client(
        account_id=platform.account_id, auth_strategy=platform.credentials(), transport=MemoryTransport(handle)
    ) as client:
        for number in range(MAX_ENTRIES + 1):
            client.is_implemented(event_id=f"e{number}")
        asked.clear()
        client.is_implemented(event_id=f"e{MAX_ENTRIES}")
        client.is_implemented(event_id="e1")
        client.is_implemented(event_id="e0")

    assert asked == ["e0"]
