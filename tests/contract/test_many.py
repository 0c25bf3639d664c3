"""invoke_many and typed handles, from one body on four environments."""

from __future__ import annotations

import asyncio
import copy
import math
import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from lpfunctions import (
    EventResult,
    FaaSConfigurationError,
    FaaSInvokeError,
    FaaSLambdaError,
    Invocation,
    Outcome,
    RetryPolicy,
)
from lpfunctions.adapters.memory import MemoryTransport
from lpfunctions.testing import FakePlatform
from tests.support.functions import echo, greeter, thrower

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from lpfunctions import HttpRequest, HttpResponse
    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Environment


class Query(BaseModel):
    name: str


@dataclass
class Greeting:
    hello: str


@pytest.mark.over_http
def test_outcomes_come_in_the_order_of_the_invocations(environment: Environment) -> None:
    uuid = greeter(environment).uuid
    calls = [Invocation(lambda_uuid=uuid, payload={"name": str(n)}) for n in range(25)]

    outcomes = environment.client().many(calls, concurrency=4)

    assert [outcome.unwrap().body["hello"] for outcome in outcomes] == [str(n) for n in range(25)]
    assert [outcome.invocation for outcome in outcomes] == calls


def test_outcomes_come_as_they_end_when_order_does_not_matter(environment: Environment) -> None:
    uuid = greeter(environment).uuid
    calls = [Invocation(lambda_uuid=uuid, payload={"name": str(n)}) for n in range(25)]

    outcomes = environment.client().many(calls, concurrency=4, ordered=False)

    assert sorted(int(outcome.unwrap().body["hello"]) for outcome in outcomes) == list(range(25))


def test_one_failure_never_stops_the_rest(environment: Environment) -> None:
    good, bad = greeter(environment).uuid, thrower(environment).uuid
    environment.platform.fail_next(drop_connection=True, where=lambda request: request.path.endswith("/lost/invoke"))
    calls = [
        Invocation(lambda_uuid=bad),
        Invocation(lambda_uuid="lost"),
        Invocation(lambda_uuid=""),
        Invocation(lambda_uuid=good, payload={"name": "A"}),
    ]
    seen: list[tuple[int, Outcome]] = []

    def note(done: int, outcome: Outcome) -> None:
        seen.append((done, outcome))

    failed, lost, wrong, fine = environment.client().many(calls, on_progress=note)

    assert fine.ok
    assert not failed.ok
    with pytest.raises(FaaSLambdaError):
        failed.unwrap()
    with pytest.raises(FaaSInvokeError):
        lost.unwrap()
    with pytest.raises(FaaSConfigurationError):
        wrong.unwrap()
    assert seen == list(enumerate([failed, lost, wrong, fine], 1))


def test_invocations_are_read_as_room_becomes_free(environment: Environment) -> None:
    uuid = greeter(environment).uuid
    read: list[int] = []

    def calls() -> Iterator[Invocation]:
        for number in range(1000):
            read.append(number)
            yield Invocation(lambda_uuid=uuid, payload={"name": "A"})

    assert len(environment.client().many(calls(), concurrency=3, stop_after=2)) == 2
    assert len(read) <= 6


def test_what_is_no_invocation_is_an_outcome_that_says_so(environment: Environment) -> None:
    calls: Any = [{"lambda_uuid": "x"}]

    (outcome,) = environment.client().many(calls)

    assert isinstance(outcome.failure, FaaSConfigurationError)
    assert "must hold Invocation objects, not dict" in str(outcome.failure)


def test_an_outcome_tells_why_it_is_not_ok(environment: Environment) -> None:
    good, bad = greeter(environment).uuid, thrower(environment).uuid
    calls = [Invocation(lambda_uuid=good, payload={"name": "A"}), Invocation(lambda_uuid=bad)]

    fine, failed = environment.client().many(calls)

    assert fine.failure is None
    assert isinstance(failed.failure, FaaSLambdaError)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True])
def test_a_concurrency_that_cannot_work_is_refused_at_once(environment: Environment, concurrency: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="concurrency must be a whole number from 1"):
        environment.client().client.invoke_many([], concurrency=concurrency)


def test_no_more_than_the_given_number_run_at_once() -> None:
    platform = FakePlatform()
    running, most = 0, 0

    @platform.function(name="f")
    async def f(_given: object) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.005)
        running -= 1

    async def main() -> int:
        async with platform.async_client() as client:
            calls = (Invocation(lambda_uuid=f.uuid) for _ in range(40))
            return sum([outcome.ok async for outcome in client.invoke_many(calls, concurrency=7)])

    assert asyncio.run(main()) == 40
    assert most == 7


@pytest.mark.over_http
def test_a_handle_takes_and_returns_types(environment: Environment) -> None:
    handle = environment.client().function(lambda_uuid=greeter(environment).uuid, request=Query, response=Greeting)

    assert handle(Query(name="Ada")) == Greeting("Ada")
    assert handle({"name": "Bob"}) == Greeting("Bob")


def test_a_handle_of_an_event_types_the_list_of_results(environment: Environment) -> None:
    greeter(environment, event_id="e")
    handle = environment.client().function(event_id="e", response=list[EventResult[Greeting]])

    (result,) = handle({"name": "Ada"})

    assert result.result == Greeting("Ada")


def test_a_handle_refuses_a_payload_that_does_not_fit_before_anything_is_sent(environment: Environment) -> None:
    handle = environment.client().function(lambda_uuid="x", request=Query)

    with pytest.raises(FaaSConfigurationError, match="payload does not fit Query: at name: Field required"):
        handle({"nam": "canary"})
    assert len(environment.journal) == 0


def test_a_handle_always_raises_on_an_error_status(environment: Environment) -> None:
    with pytest.raises(FaaSLambdaError):
        environment.client().function(lambda_uuid=thrower(environment).uuid)({})


def test_a_handle_needs_exactly_one_target(environment: Environment) -> None:
    client: Any = environment.client().client
    assert repr(client.function(event_id="e")).endswith("event_id='e'>")
    for target in ({}, {"lambda_uuid": "a", "event_id": "b"}):
        with pytest.raises(FaaSConfigurationError, match="exactly one"):
            client.function(**target)


def test_a_transport_that_breaks_its_contract_fails_one_call_and_not_the_rest() -> None:
    platform = FakePlatform()
    answers = iter([platform.handle, _raise, platform.handle, _return_nothing, platform.handle])

    @platform.function(name="f")
    def f(_given: FunctionInput) -> str:
        return "ran"

    def handle(request: HttpRequest) -> HttpResponse:
        return (next(answers) if f.uuid in request.url else platform.handle)(request)

    with platform.client(transport=MemoryTransport(handle)) as client:
        calls = [Invocation(lambda_uuid=f.uuid)] * 5
        outcomes = list(client.invoke_many(calls, concurrency=1))

    assert [outcome.ok for outcome in outcomes] == [True, False, True, False, True]
    for failure in (outcomes[1].failure, outcomes[3].failure):
        assert isinstance(failure, FaaSInvokeError)
        assert (failure.delivered, failure.retryable) == ("unknown", False)
        assert "the transport broke its contract" in str(failure)


def _raise(_request: HttpRequest) -> HttpResponse:
    raise ValueError("a bug in a transport of the user's")


def _return_nothing(_request: HttpRequest) -> Any:
    return None


def test_an_outcome_carries_the_place_the_tag_and_the_value_of_its_invocation(environment: Environment) -> None:
    good, bad = greeter(environment).uuid, thrower(environment).uuid
    row = object()
    calls = [Invocation(lambda_uuid=good, payload={"name": "A"}, tag=row), Invocation(lambda_uuid=bad)]

    fine, failed = environment.client().many(calls)
    invocation, response, error = fine

    assert (invocation, error) == (calls[0], None)
    assert response is not None
    assert (fine.index, fine.tag, fine.value) == (0, row, {"hello": "A"})
    assert fine.tag is row
    assert (failed.index, failed.tag, failed.value) == (1, None, None)


def test_an_answer_is_read_as_the_type_that_is_asked_for(environment: Environment) -> None:
    calls = [
        Invocation(lambda_uuid=greeter(environment).uuid, payload={"name": "A"}),
        Invocation(lambda_uuid=echo(environment).uuid, payload={}),
        Invocation(lambda_uuid=thrower(environment).uuid),
    ]

    fine, mismatch, failed = environment.client().many(calls, response=Greeting)

    assert fine.ok
    assert fine.value == Greeting("A")
    assert not mismatch.ok
    assert mismatch.value is None
    assert isinstance(mismatch.failure, FaaSInvokeError)
    assert "does not fit Greeting" in str(mismatch.failure)
    assert mismatch.failure.delivered == "yes"
    assert mismatch.failure.response is not None
    assert isinstance(failed.failure, FaaSLambdaError)


def test_a_type_that_cannot_work_is_refused_before_anything_runs(environment: Environment) -> None:
    with pytest.raises(FaaSConfigurationError, match="pydantic cannot validate"):
        environment.client().client.invoke_many([], response=NoType())


class NoType:
    pass


def test_an_outcome_survives_a_pickle_and_a_copy(environment: Environment) -> None:
    (outcome,) = environment.client().many(
        [Invocation(lambda_uuid=greeter(environment).uuid, payload={"name": "A"}, tag=7)], response=Greeting
    )
    for copied in (pickle.loads(pickle.dumps(outcome)), copy.deepcopy(outcome)):
        assert (copied.index, copied.tag, copied.value, copied.ok) == (0, 7, Greeting("A"), True)


def test_the_summary_counts_what_was_read(environment: Environment) -> None:
    good, bad = greeter(environment).uuid, thrower(environment).uuid
    calls = [Invocation(lambda_uuid=good, payload={"name": "A"}) for _ in range(8)]
    calls += [Invocation(lambda_uuid=bad), Invocation(lambda_uuid="")]

    driver = environment.client()
    outcomes: Any = driver.client.invoke_many(calls)
    before = outcomes.summary
    driver.read(outcomes)
    summary = outcomes.summary

    assert (before.ok, before.failed, before.total) == (0, {}, 0)
    assert math.isnan(before.latency_seconds.p50)
    assert (summary.ok, summary.total) == (8, 10)
    assert summary.failed == {"FaaSLambdaError": 1, "FaaSConfigurationError": 1}
    assert 0 <= summary.latency_seconds.p50 <= summary.latency_seconds.p99 <= summary.latency_seconds.longest


async def test_invocations_may_come_from_an_async_iterable() -> None:
    platform = FakePlatform()
    uuid = platform.function(name="f")(lambda given: given.payload).uuid

    async def rows() -> AsyncIterator[Invocation]:
        for number in range(25):
            await asyncio.sleep(0)
            yield Invocation(lambda_uuid=uuid, payload=number)

    async with platform.async_client() as client:
        assert [outcome.value async for outcome in client.invoke_many(rows(), concurrency=4)] == list(range(25))
        unordered = client.invoke_many(rows(), concurrency=4, ordered=False)
        assert sorted([outcome.value async for outcome in unordered]) == list(range(25))


async def test_an_outcome_does_not_wait_for_the_next_invocation_of_an_async_iterable() -> None:
    platform = FakePlatform()
    uuid = platform.function(name="f")(lambda given: given.payload).uuid
    queue: asyncio.Queue[Invocation] = asyncio.Queue()

    async def arriving() -> AsyncIterator[Invocation]:
        while True:
            yield await queue.get()

    async with platform.async_client() as client, client.invoke_many(arriving()) as outcomes:
        for number in range(3):
            queue.put_nowait(Invocation(lambda_uuid=uuid, payload=number))
            assert (await anext(outcomes)).value == number


async def test_an_async_iterable_that_raises_does_so_after_the_outcomes_of_what_it_gave() -> None:
    platform = FakePlatform()
    uuid = platform.function(name="f")(lambda given: given.payload).uuid

    async def rows() -> AsyncIterator[Invocation]:
        for number in range(25):
            yield Invocation(lambda_uuid=uuid, payload=number)
        raise LookupError("in a mess")

    async with platform.async_client() as client:
        outcomes = client.invoke_many(rows(), concurrency=4)
        seen = [(await anext(outcomes)).value for _ in range(25)]
        with pytest.raises(LookupError, match="in a mess"):
            await anext(outcomes)
    assert seen == list(range(25))


def test_what_cannot_be_read_is_refused_at_once(environment: Environment) -> None:
    async def rows() -> AsyncIterator[Invocation]:
        yield Invocation(lambda_uuid="x")

    client: Any = environment.client().client
    with pytest.raises(FaaSConfigurationError, match="invocations must be an iterable, not Invocation"):
        client.invoke_many(Invocation(lambda_uuid="x"))
    if not environment.is_async:
        with pytest.raises(FaaSConfigurationError, match="async iterable: use AsyncClient"):
            client.invoke_many(rows())


def test_fewer_run_at_once_while_the_platform_answers_429() -> None:
    platform = FakePlatform()
    running = 0
    seen: list[int] = []

    @platform.function(name="f")
    async def f(_given: FunctionInput) -> None:
        nonlocal running
        running += 1
        seen.append(running)
        await asyncio.sleep(0.002)
        running -= 1

    platform.fail_next(status=429, times=16, kind="invoke")

    async def main() -> list[bool]:
        async with platform.async_client(retry=RetryPolicy.none()) as client:
            calls = (Invocation(lambda_uuid=f.uuid) for _ in range(600))
            return [outcome.ok async for outcome in client.invoke_many(calls, concurrency=16)]

    ok = asyncio.run(main())

    assert ok.count(False) == 16
    assert max(seen[:10]) <= 8, "it backs off"
    assert max(seen) == 16, "and recovers"
