"""invoke_many and typed handles, from one body on four rigs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import BaseModel

from lpfunctions import EventResult, FaaSConfigurationError, FaaSInvokeError, FaaSLambdaError, Invocation, Outcome
from lpfunctions.adapters.memory import MemoryTransport
from lpfunctions.testing import FakePlatform
from tests.support.functions import greeter, thrower

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions import HttpRequest, HttpResponse
    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Rig


class Query(BaseModel):
    name: str


@dataclass
class Greeting:
    hello: str


def test_outcomes_come_in_the_order_of_the_invocations(rig: Rig) -> None:
    uuid = greeter(rig).uuid
    calls = [Invocation(lambda_uuid=uuid, payload={"name": str(n)}) for n in range(25)]

    outcomes = rig.client().many(calls, concurrency=4)

    assert [outcome.unwrap().body["hello"] for outcome in outcomes] == [str(n) for n in range(25)]
    assert [outcome.invocation for outcome in outcomes] == calls


def test_outcomes_come_as_they_end_when_order_does_not_matter(rig: Rig) -> None:
    uuid = greeter(rig).uuid
    calls = [Invocation(lambda_uuid=uuid, payload={"name": str(n)}) for n in range(25)]

    outcomes = rig.client().many(calls, concurrency=4, ordered=False)

    assert sorted(int(outcome.unwrap().body["hello"]) for outcome in outcomes) == list(range(25))


def test_one_failure_never_stops_the_rest(rig: Rig) -> None:
    good, bad = greeter(rig).uuid, thrower(rig).uuid
    rig.platform.fail_next(drop_connection=True, where=lambda request: request.path.endswith("/lost/invoke"))
    calls = [
        Invocation(lambda_uuid=bad),
        Invocation(lambda_uuid="lost"),
        Invocation(lambda_uuid=""),
        Invocation(lambda_uuid=good, payload={"name": "A"}),
    ]
    seen: list[tuple[int, Outcome]] = []

    def note(done: int, outcome: Outcome) -> None:
        seen.append((done, outcome))

    failed, lost, wrong, fine = rig.client().many(calls, on_progress=note)

    assert fine.ok
    assert not failed.ok
    with pytest.raises(FaaSLambdaError):
        failed.unwrap()
    with pytest.raises(FaaSInvokeError):
        lost.unwrap()
    with pytest.raises(FaaSConfigurationError):
        wrong.unwrap()
    assert seen == list(enumerate([failed, lost, wrong, fine], 1))


def test_invocations_are_read_as_room_becomes_free(rig: Rig) -> None:
    uuid = greeter(rig).uuid
    read: list[int] = []

    def calls() -> Iterator[Invocation]:
        for number in range(1000):
            read.append(number)
            yield Invocation(lambda_uuid=uuid, payload={"name": "A"})

    assert len(rig.client().many(calls(), concurrency=3, stop_after=2)) == 2
    assert len(read) <= 6


def test_what_is_no_invocation_is_an_outcome_that_says_so(rig: Rig) -> None:
    calls: Any = [{"lambda_uuid": "x"}]

    (outcome,) = rig.client().many(calls)

    assert isinstance(outcome.failure, FaaSConfigurationError)
    assert "must hold Invocation objects, not dict" in str(outcome.failure)


def test_an_outcome_tells_why_it_is_not_ok(rig: Rig) -> None:
    good, bad = greeter(rig).uuid, thrower(rig).uuid
    calls = [Invocation(lambda_uuid=good, payload={"name": "A"}), Invocation(lambda_uuid=bad)]

    fine, failed = rig.client().many(calls)

    assert fine.failure is None
    assert isinstance(failed.failure, FaaSLambdaError)


@pytest.mark.parametrize("concurrency", [0, -1, 1.5, True])
def test_a_concurrency_that_cannot_work_is_refused_at_once(rig: Rig, concurrency: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="concurrency must be a whole number from 1"):
        rig.client().client.invoke_many([], concurrency=concurrency)


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


def test_a_handle_takes_and_returns_types(rig: Rig) -> None:
    handle = rig.client().function(lambda_uuid=greeter(rig).uuid, request=Query, response=Greeting)

    assert handle(Query(name="Ada")) == Greeting("Ada")
    assert handle({"name": "Bob"}) == Greeting("Bob")


def test_a_handle_of_an_event_types_the_list_of_results(rig: Rig) -> None:
    greeter(rig, event_id="e")
    handle = rig.client().function(event_id="e", response=list[EventResult[Greeting]])

    (result,) = handle({"name": "Ada"})

    assert result.result == Greeting("Ada")


def test_a_handle_refuses_a_payload_that_does_not_fit_before_anything_is_sent(rig: Rig) -> None:
    handle = rig.client().function(lambda_uuid="x", request=Query)

    with pytest.raises(FaaSConfigurationError, match="payload does not fit Query: at name: Field required"):
        handle({"nam": "canary"})
    assert len(rig.journal) == 0


def test_a_handle_always_raises_on_an_error_status(rig: Rig) -> None:
    with pytest.raises(FaaSLambdaError):
        rig.client().function(lambda_uuid=thrower(rig).uuid)({})


def test_a_handle_needs_exactly_one_target(rig: Rig) -> None:
    client: Any = rig.client().client
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
