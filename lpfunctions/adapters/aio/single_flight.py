"""Single flight for tasks: the work runs in a task of its own; callers wait for it and cannot cancel it."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class TasksSingleFlight:
    """Run the work of one flight in a detached task of the running loop."""

    def __init__(self) -> None:
        self._flight: asyncio.Task[Any] | None = None
        self._waiting = 0

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]], *, timeout_seconds: float) -> T:
        """Return the outcome of the flight under way; start one with *work* if there is none."""
        self._waiting += 1
        try:
            return await self._outcome(work, timeout_seconds)
        finally:
            self._waiting -= 1

    async def _outcome(self, work: Callable[[], Coroutine[Any, Any, T]], timeout_seconds: float) -> T:
        now = asyncio.get_running_loop().time
        end = now() + timeout_seconds
        while True:
            flight: asyncio.Task[T] = self._under_way(work)
            left = None if end == math.inf else max(end - now(), 0.0)
            # Unlike wait_for, wait neither cancels the flight when the time is up nor when the waiter is cancelled.
            await asyncio.wait((flight,), timeout=left)
            if not flight.done():
                raise TimeoutError
            if not flight.cancelled():
                return flight.result()
            # The task was cancelled from elsewhere, which must not fail the callers that wait for it: start again.

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a flight unless one is under way; wait for nothing."""
        _ = self._under_way(work)

    async def aclose(self) -> None:
        """Cancel the flight under way, if it belongs to the running loop and no caller waits for it."""
        flight = self._flight
        if flight is not None and not self._waiting and flight.get_loop() is asyncio.get_running_loop():
            flight.cancel()
            await asyncio.wait((flight,))

    def _under_way(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> asyncio.Task[Any]:
        flight = self._flight
        # A flight of a loop that has ended will never complete.
        if flight is None or flight.done() or flight.get_loop() is not asyncio.get_running_loop():
            flight = self._flight = asyncio.create_task(work(), name="lpfunctions-flight")
            flight.add_done_callback(_note_failure)
        return flight


def _note_failure(flight: asyncio.Task[Any]) -> None:
    """Mark a failure as retrieved: asyncio would warn about one of a background flight, for which no caller waits."""
    if not flight.cancelled():
        flight.exception()
