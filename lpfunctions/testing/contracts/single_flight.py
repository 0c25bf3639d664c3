"""The contract of the port `SingleFlight`, as tests.

A subclass implements `build`; one whose flights are tasks of an event loop subclasses `AsyncSingleFlightContract`.
"""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import pytest

from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.testing.contracts.support.assertions import within
from lpfunctions.testing.contracts.support.both_modes import BothModes
from lpfunctions.testing.contracts.support.lateness import MachineLateness

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from lpfunctions.ports import SingleFlight

_CALLERS: Final = 20
_AMPLE_SECONDS: Final = 5.0
_FLIGHT_SECONDS: Final = 0.15


class SingleFlightContract(BothModes):
    """What a single flight must do for callers in threads."""

    def build(self) -> SingleFlight:
        """Return a single flight with nothing under way."""
        raise NotImplementedError

    def pause(self, seconds: float) -> Any:
        """Wait inside a flight, and longer when the machine keeps the callers from joining it meanwhile."""
        with MachineLateness() as machine:
            time.sleep(seconds)
        time.sleep(machine.seconds)

    def together(self, *joins: Coroutine[Any, Any, Any]) -> list[Any]:
        """Run *joins* at the same time; return their results or exceptions."""
        all_threads_run = threading.Barrier(len(joins))

        def outcome(join: Coroutine[Any, Any, Any]) -> Any:
            all_threads_run.wait()
            return _outcome(join)

        with ThreadPoolExecutor(len(joins)) as threads:
            return list(threads.map(outcome, joins))

    def test_all_who_join_share_one_flight(self) -> None:
        """The work starts once, and all callers get its result."""
        flight, work = self.build(), self._work("token")
        joins = [flight.join(work, timeout_seconds=_AMPLE_SECONDS) for _ in range(_CALLERS)]
        assert self.together(*joins) == ["token"] * _CALLERS
        assert work.started == 1

    def test_all_who_join_share_the_very_failure(self) -> None:
        """The work starts once, and all callers get its exception."""
        failure = RuntimeError("down")
        flight, work = self.build(), self._work(failure)
        joins = [flight.join(work, timeout_seconds=_AMPLE_SECONDS) for _ in range(_CALLERS)]
        assert self.together(*joins) == [failure] * _CALLERS
        assert work.started == 1

    @pytest.mark.parametrize("end", ["token", RuntimeError("down")], ids=["success", "failure"])
    def test_a_finished_flight_is_forgotten(self, end: object) -> None:
        """A later ``join`` starts the work again."""
        flight, work = self.build(), self._work(end)
        for starts in (1, 2, 3):
            assert self.together(flight.join(work, timeout_seconds=_AMPLE_SECONDS)) == [end]
            assert work.started == starts

    def test_a_waiter_times_out_alone_and_the_flight_goes_on(self) -> None:
        """A caller whose timeout passes gets ``TimeoutError``; the others get the result."""
        flight, work = self.build(), self._work("token")
        hasty = flight.join(work, timeout_seconds=_FLIGHT_SECONDS / 5)
        patient = flight.join(work, timeout_seconds=_AMPLE_SECONDS)
        outcomes = self.together(hasty, patient)
        assert isinstance(outcomes[0], TimeoutError)
        assert outcomes[1] == "token"
        assert work.started == 1

    def test_launching_waits_for_nothing_and_those_who_join_share_it(self) -> None:
        """``launch`` returns at once, and starts nothing while a flight is under way."""
        flight, work = self.build(), self._work("token")

        async def launch_and_join() -> object:
            with within(_FLIGHT_SECONDS / 2):
                flight.launch(work)
                flight.launch(work)
            return await flight.join(work, timeout_seconds=_AMPLE_SECONDS)

        assert self.together(launch_and_join()) == ["token"]
        assert work.started == 1

    def test_a_launched_flight_that_fails_harms_nobody(self) -> None:
        """Its exception goes to no caller; the next ``join`` starts the work again."""
        flight, failing, work = self.build(), self._work(RuntimeError("down"), seconds=0.0), self._work("token")

        async def launch_and_wait() -> object:
            flight.launch(failing)
            paused = self.pause(_FLIGHT_SECONDS)
            if inspect.isawaitable(paused):
                await paused
            return await flight.join(work, timeout_seconds=_AMPLE_SECONDS)

        assert self.together(launch_and_wait()) == ["token"]

    def _work(self, end: object, seconds: float = _FLIGHT_SECONDS) -> _Work:
        return _Work(end, lambda: self.pause(seconds))


class AsyncSingleFlightContract(SingleFlightContract):
    """What a single flight must do for callers that are tasks."""

    def pause(self, seconds: float) -> Any:
        """Wait inside a flight."""
        return asyncio.sleep(seconds)

    def together(self, *joins: Coroutine[Any, Any, Any]) -> list[Any]:
        """Run *joins* at the same time; return their results or exceptions."""

        async def gathered() -> list[Any]:
            return await asyncio.gather(*joins, return_exceptions=True)

        outcomes: list[Any] = self.settle(gathered())
        return outcomes

    @pytest.mark.parametrize("turns", range(8))
    def test_a_cancelled_waiter_disturbs_nobody(self, turns: int) -> None:
        """Cancelling the task that started the flight, at any moment, does not affect the other callers."""
        flight, work = self.build(), self._work("token")

        async def cancel_the_first() -> object:
            first = asyncio.create_task(_join(flight, work))
            second = asyncio.create_task(_join(flight, work))
            for _ in range(turns):
                await asyncio.sleep(0)
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            return await second

        assert self.together(cancel_the_first()) == ["token"]
        assert work.started == 1


class _Work:
    """The work of a flight. Counts its starts; returns *end*, or raises it if it is an exception."""

    def __init__(self, end: object, pause: Callable[[], Any]) -> None:
        self.started = 0
        self._end = end
        self._pause = pause

    async def __call__(self) -> object:
        self.started += 1
        paused = self._pause()
        if inspect.isawaitable(paused):
            await paused
        if isinstance(self._end, Exception):
            raise self._end
        return self._end


async def _join(flight: SingleFlight, work: _Work) -> object:
    return await flight.join(work, timeout_seconds=_AMPLE_SECONDS)


def _outcome(join: Coroutine[Any, Any, Any]) -> Any:
    try:
        return step(join)
    except Exception as failure:  # noqa: BLE001 (it is the outcome)
        return failure
