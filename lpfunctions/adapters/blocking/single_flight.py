"""Single flight for threads: the work runs in a daemon thread of its own; callers wait on its future."""

from __future__ import annotations

import contextvars
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from lpfunctions.adapters.blocking.after_fork import forget_in_child
from lpfunctions.adapters.blocking.stepping import step

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class ThreadsSingleFlight:
    """Run the work of one flight in a daemon thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flight: Future[Any] | None = None
        forget_in_child(self)

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]], *, timeout_seconds: float) -> T:
        """Return the outcome of the flight under way; start one with *work* if there is none."""
        flight: Future[T] = self._under_way(work)
        return flight.result(None if timeout_seconds > threading.TIMEOUT_MAX else timeout_seconds)

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a flight unless one is under way; wait for nothing."""
        self._under_way(work)

    def _under_way(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Future[Any]:
        with self._lock:
            if self._flight is not None:
                return self._flight
            flight = self._flight = Future[Any]()
        try:
            self._take_off(flight, work)
        except BaseException as interrupted:
            self._land(flight, None, interrupted)
            raise
        return flight

    def _take_off(self, flight: Future[Any], work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        run = contextvars.copy_context().run
        thread = threading.Thread(target=run, args=(self._fly, flight, work), name="lpfunctions-flight", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            # The system has no thread left, or the interpreter is about to exit: the caller flies himself.
            self._fly(flight, work)

    def _fly(self, flight: Future[Any], work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        try:
            outcome = step(work())
        except BaseException as raised:  # noqa: BLE001 (whatever it was, those who wait must hear of it)
            self._land(flight, None, raised)
        else:
            self._land(flight, outcome, None)

    def _land(self, flight: Future[Any], outcome: object, failure: BaseException | None) -> None:
        with self._lock:
            # Forgotten before it is told, so that whoever hears of a failure can start anew.
            if self._flight is flight:
                self._flight = None
        if flight.done():
            return
        if failure is None:
            flight.set_result(outcome)
        else:
            flight.set_exception(failure)

    def forget_parent(self) -> None:
        """Drop the flight under way, in a forked child: threads do not survive a fork, only the parent flies it."""
        self._lock, self._flight = threading.Lock(), None
