"""`invoke_many` loses no outcome of an invocation that was started, however it ends."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSConfigurationError, FaaSInvokeError, Invocation, Outcome
from lpfunctions.testing import FakePlatform
from tests.support.functions import greeter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Environment


class Told:
    """An ``on_progress`` that remembers."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.outcomes: list[Outcome] = []

    def __call__(self, done: int, outcome: Outcome) -> None:
        self.numbers.append(done)
        self.outcomes.append(outcome)

    @property
    def indexes(self) -> set[int]:
        return {outcome.index for outcome in self.outcomes}


def calls_of(uuid: str, number: int) -> list[Invocation]:
    return [Invocation(lambda_uuid=uuid, payload={"name": str(n)}) for n in range(number)]


def breaking(calls: list[Invocation]) -> Iterator[Invocation]:
    yield from calls
    raise LookupError("the rows have ended in a mess")


@pytest.mark.parametrize("ordered", [True, False])
def test_an_iterable_that_raises_does_so_after_the_outcomes_of_what_it_gave(
    environment: Environment, ordered: bool
) -> None:
    calls, told = calls_of(greeter(environment).uuid, 25), Told()
    seen: list[Outcome] = []

    with pytest.raises(LookupError, match="in a mess"):
        environment.client().many(breaking(calls), ordered=ordered, into=seen, on_progress=told)

    assert len(environment.journal.invocations) == 25
    assert sorted(outcome.index for outcome in seen) == list(range(25))
    assert told.outcomes == seen


def test_whoever_stops_early_is_told_of_what_was_under_way(environment: Environment) -> None:
    told = Told()

    read = environment.client().many(
        calls_of(greeter(environment).uuid, 100), concurrency=8, stop_after=3, on_progress=told
    )

    assert told.outcomes[:3] == read
    assert told.numbers == list(range(1, len(told.numbers) + 1))
    assert len(environment.journal.invocations) == len(told.outcomes) == len(told.indexes)


def test_without_on_progress_one_warning_names_what_was_not_read(
    environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    read = environment.client().many(calls_of(greeter(environment).uuid, 100), concurrency=8, stop_after=3)

    warnings = [record for record in caplog.records if record.levelno == logging.WARNING]
    unread = [request.request_id for request in environment.journal.invocations]
    unread = [request_id for request_id in unread if request_id not in {o.unwrap().request_id for o in read}]
    if not unread:
        assert warnings == []
        return
    (warning,) = warnings
    assert f"{len(unread)} outcomes were not read" in warning.getMessage()
    assert all(f"{request_id} ok" in warning.getMessage() for request_id in unread)


def test_what_is_read_to_the_end_warns_of_nothing(environment: Environment, caplog: pytest.LogCaptureFixture) -> None:
    assert len(environment.client().many(calls_of(greeter(environment).uuid, 20))) == 20
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_a_factory_of_request_ids_that_raises_fails_its_invocation_and_not_the_rest(environment: Environment) -> None:
    made = iter(["a", None, "c"])

    def make() -> str:
        request_id = next(made)
        if request_id is None:
            raise ZeroDivisionError
        return request_id

    first, second, third = environment.client(request_id_factory=make).many(
        calls_of(greeter(environment).uuid, 3), concurrency=1
    )

    assert first.ok
    assert third.ok
    assert isinstance(second.failure, FaaSConfigurationError)
    assert "request_id_factory raised ZeroDivisionError" in str(second.failure)
    assert isinstance(second.failure.__cause__, ZeroDivisionError)


def test_an_exception_of_an_argument_s_own_code_fails_its_invocation_and_not_the_rest(environment: Environment) -> None:
    class Headers(dict[str, str]):
        def items(self) -> Any:
            raise LookupError("no headers today")

    calls = calls_of(greeter(environment).uuid, 2)
    calls[0].headers = Headers(a="b")

    first, second = environment.client().many(calls)

    assert second.ok
    assert isinstance(first.failure, (FaaSInvokeError, FaaSConfigurationError))
    assert isinstance(first.failure.__cause__, LookupError)


def test_an_on_progress_that_raises_is_logged_once_and_ends_nothing(
    environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    def break_down(_done: int, _outcome: Outcome) -> None:
        raise ZeroDivisionError

    assert len(environment.client().many(calls_of(greeter(environment).uuid, 20), on_progress=break_down)) == 20

    (warning,) = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert "on_progress raised ZeroDivisionError" in warning.getMessage()


def test_the_trace_and_other_context_of_the_caller_reach_the_work(environment: Environment) -> None:
    variable: ContextVar[str] = ContextVar("variable", default="nothing")
    seen: list[str] = []

    def make() -> str:
        seen.append(variable.get())
        return f"id-{len(seen)}"

    reset = variable.set("the caller's")
    try:
        environment.client(request_id_factory=make).many(calls_of(greeter(environment).uuid, 3))
    finally:
        variable.reset(reset)
    assert seen == ["the caller's"] * 3


class Gate:
    """A function on a platform that holds every call until the test opens it."""

    def __init__(self, callers: int) -> None:
        self.platform = FakePlatform()
        self.open = asyncio.Event()
        self.crowded = asyncio.Event()
        self.ran: list[int] = []

        @self.platform.function(name="held")
        async def held(given: FunctionInput) -> int:
            number: int = given.payload["n"]
            self.ran.append(number)
            if len(self.ran) == callers:
                self.crowded.set()
            await self.open.wait()
            return number

        self.uuid = held.uuid

    def calls(self) -> list[Invocation]:
        return [Invocation(lambda_uuid=self.uuid, payload={"n": n}) for n in range(100)]


async def test_a_cancelled_consumer_waits_for_what_is_under_way() -> None:
    gate, told = Gate(callers=8), Told()
    async with gate.platform.async_client() as client:

        async def consume() -> None:
            async for _outcome in client.invoke_many(gate.calls(), concurrency=8, on_progress=told):
                raise AssertionError("nothing has ended yet")

        consumer = asyncio.create_task(consume())
        await gate.crowded.wait()
        consumer.cancel()
        await asyncio.sleep(0)
        assert not consumer.done()
        gate.open.set()
        with pytest.raises(asyncio.CancelledError):
            await consumer

    assert sorted(gate.ran) == sorted(told.indexes) == list(range(8))
    assert all(outcome.ok for outcome in told.outcomes)


async def test_a_consumer_that_is_cancelled_twice_ends_at_once_and_what_is_under_way_is_unknown() -> None:
    gate, told = Gate(callers=8), Told()
    async with gate.platform.async_client() as client:

        async def consume() -> None:
            async for _outcome in client.invoke_many(gate.calls(), concurrency=8, on_progress=told):
                raise AssertionError("nothing has ended yet")

        consumer = asyncio.create_task(consume())
        await gate.crowded.wait()
        for _ in range(2):
            consumer.cancel()
            await asyncio.sleep(0.001)
        with pytest.raises(asyncio.CancelledError):
            await consumer

    assert sorted(told.indexes) == list(range(8))
    for outcome in told.outcomes:
        assert isinstance(outcome.failure, FaaSInvokeError)
        assert outcome.failure.delivered == "unknown"
        assert outcome.failure.request_id


async def test_a_task_of_the_batch_that_somebody_cancels_is_an_outcome_that_says_so() -> None:
    gate = Gate(callers=3)
    async with gate.platform.async_client() as client:
        reading = asyncio.create_task(_all(client.invoke_many(gate.calls()[:3], concurrency=3)))
        await gate.crowded.wait()
        victim = next(task for task in asyncio.all_tasks() if task.get_name() == "lpfunctions-many")
        victim.cancel()
        gate.open.set()
        outcomes = await reading

    assert [outcome.ok for outcome in outcomes].count(False) == 1
    (lost,) = (outcome.failure for outcome in outcomes if not outcome.ok)
    assert lost is not None
    assert lost.delivered == "unknown"


async def _all(outcomes: Any) -> list[Outcome]:
    return [outcome async for outcome in outcomes]


def test_an_interrupted_worker_ends_the_batch_with_that_interrupt_and_loses_nothing() -> None:
    class Interrupt(BaseException):
        pass

    platform, told = FakePlatform(), Told()

    @platform.function(name="f")
    def f(given: FunctionInput) -> int:
        number: int = given.payload["n"]
        return number

    made = iter(range(1000))

    def make() -> str:
        number = next(made)
        if number == 5:
            raise Interrupt
        return f"id-{number}"

    calls = [Invocation(lambda_uuid=f.uuid, payload={"n": n}) for n in range(100)]
    with platform.client(request_id_factory=make) as client, pytest.raises(Interrupt):
        for _outcome in client.invoke_many(calls, concurrency=3, on_progress=told):
            pass

    assert len(told.outcomes) == len(platform.requests.invocations) + 1
    assert [outcome.ok for outcome in told.outcomes].count(False) == 1
    for thread in threading.enumerate():
        if thread.name == "lpfunctions-many":
            thread.join(15)
            assert not thread.is_alive()
