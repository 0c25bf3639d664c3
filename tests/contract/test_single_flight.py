"""Both single flights are held to the contract of the port; and what only one of them has to bear."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.adapters.aio.single_flight import TasksSingleFlight
from lpfunctions.adapters.blocking.single_flight import ThreadsSingleFlight
from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.testing.contracts.single_flight import AsyncSingleFlightContract, SingleFlightContract

if TYPE_CHECKING:
    from lpfunctions.ports import SingleFlight


class TestThreadsSingleFlight(SingleFlightContract):
    def build(self) -> SingleFlight:
        return ThreadsSingleFlight()


class TestTasksSingleFlight(AsyncSingleFlightContract):
    def build(self) -> SingleFlight:
        return TasksSingleFlight()


async def arrive() -> str:
    return "arrived"


def test_without_a_thread_to_be_had_the_caller_flies_himself(monkeypatch: pytest.MonkeyPatch) -> None:
    """The system is out of threads, or the interpreter is about to exit."""

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    flight = ThreadsSingleFlight()
    monkeypatch.setattr(threading.Thread, "start", start)
    assert step(flight.join(arrive, timeout_seconds=1)) == "arrived"
    assert step(flight.join(arrive, timeout_seconds=1)) == "arrived"


def test_an_interrupted_take_off_leaves_nobody_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    def start(_thread: threading.Thread) -> None:
        raise KeyboardInterrupt

    flight = ThreadsSingleFlight()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(KeyboardInterrupt):
            step(flight.join(arrive, timeout_seconds=1))
    assert step(flight.join(arrive, timeout_seconds=1)) == "arrived"


def test_a_wait_without_end_ends_with_the_flight() -> None:
    assert step(ThreadsSingleFlight().join(arrive, timeout_seconds=float("inf"))) == "arrived"
    assert asyncio.run(TasksSingleFlight().join(arrive, timeout_seconds=float("inf"))) == "arrived"


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_child_does_not_wait_for_a_flight_of_its_parent() -> None:
    flight, over = ThreadsSingleFlight(), threading.Event()

    async def fly_long() -> None:
        over.wait(10)

    flight.launch(fly_long)
    child = os.fork()
    if child == 0:
        os._exit(0 if step(flight.join(arrive, timeout_seconds=2)) == "arrived" else 1)
    over.set()
    assert os.waitpid(child, 0)[1] == 0


def test_one_flight_serves_several_event_loops_in_a_row() -> None:
    flight = TasksSingleFlight()

    async def leave_one_in_the_air() -> str:
        answer = await flight.join(arrive, timeout_seconds=1)
        flight.launch(lambda: asyncio.sleep(10))
        return answer

    assert [asyncio.run(leave_one_in_the_air()) for _ in range(3)] == ["arrived"] * 3


async def test_who_waits_when_somebody_cancels_the_flight_flies_again() -> None:
    flight = TasksSingleFlight()
    flown: list[asyncio.Task[Any] | None] = []

    async def fly() -> int:
        flown.append(asyncio.current_task())
        await asyncio.sleep(0.05)
        return len(flown)

    waiting = asyncio.create_task(flight.join(fly, timeout_seconds=1))
    await asyncio.sleep(0.01)
    assert flown[0] is not None
    flown[0].cancel()
    assert await waiting == 2


async def test_who_waits_when_it_is_closed_gets_the_outcome_all_the_same() -> None:
    flight, may_arrive = TasksSingleFlight(), asyncio.Event()

    async def arrive_late() -> str:
        await may_arrive.wait()
        return "arrived late"

    waiting = asyncio.create_task(flight.join(arrive_late, timeout_seconds=5))
    await asyncio.sleep(0)
    await flight.aclose()
    may_arrive.set()
    assert await waiting == "arrived late"
    await flight.aclose()
    assert await flight.join(arrive, timeout_seconds=1) == "arrived"


async def test_closing_ends_a_flight_for_which_nobody_waits() -> None:
    flight, is_over = TasksSingleFlight(), asyncio.Event()

    async def stay_away() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            is_over.set()

    flight.launch(stay_away)
    await asyncio.sleep(0)
    await flight.aclose()
    assert is_over.is_set()
    assert await flight.join(arrive, timeout_seconds=1) == "arrived"
