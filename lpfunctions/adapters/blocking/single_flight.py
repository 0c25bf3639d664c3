"""Single flight for threads: the work runs in a daemon thread of its own; callers wait on its future."""

from __future__ import annotations

import contextvars
import os
import threading
import weakref
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from lpfunctions.adapters.blocking.stepping import step

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

# Threads do not survive fork: a child must not wait for a flight that only its parent flies.
_live: weakref.WeakSet[ThreadsSingleFlight] = weakref.WeakSet()


class ThreadsSingleFlight:
    """Run the work of one flight in a daemon thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flight: Future[Any] | None = None
        _live.add(self)

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]], *, timeout_seconds: float) -> T:
        """Return the outcome of the flight under way; start one with *work* if there is none."""
        flight: Future[T] = self._under_way(work)
        return flight.result(None if timeout_seconds > threading.TIMEOUT_MAX else timeout_seconds)

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a flight unless one is under way; wait for nothing."""
        self._under_way(work)

    def _under_way(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> Future[Any]:
        with self._lock:
            if self._flight is None:
                self._flight = flight = Future[Any]()
                run = contextvars.copy_context().run
                threading.Thread(
                    target=run, args=(self._fly, flight, work), name="lpfunctions-flight", daemon=True
                ).start()
            return self._flight

    def _fly(self, flight: Future[Any], work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        try:
            outcome, failure = step(work()), None
        except BaseException as raised:  # noqa: BLE001 (whatever it was, those who wait must hear of it)
            outcome, failure = None, raised
        with self._lock:
            # Forgotten before it is told, so that whoever hears of a failure can start anew.
            self._flight = None
        if failure is None:
            flight.set_result(outcome)
        else:
            flight.set_exception(failure)

    def forget(self) -> None:
        """Drop the flight under way, in a forked child."""
        self._lock, self._flight = threading.Lock(), None


def _forget_flights_of_the_parent() -> None:
    for single_flight in list(_live):
        single_flight.forget()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_flights_of_the_parent)
