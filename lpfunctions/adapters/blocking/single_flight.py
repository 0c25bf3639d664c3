"""Single flight for threads: the work runs in a daemon thread of its own; callers wait for it.

Whatever interrupts a caller, at whatever line, the others get their outcome. A flight is run by whichever thread claims
it first; one that nobody claims in time, because whoever was to start its thread was interrupted, gets another thread
from those who wait or come later. All that is waited for are locks of C: an interrupt can leave the locks of
``threading.Condition``, on which ``concurrent.futures`` is built, taken for ever.
"""

from __future__ import annotations

import contextvars
import threading
import time
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lpfunctions.adapters.blocking.after_fork import forget_in_child
from lpfunctions.adapters.blocking.daemon_threads import start_daemon
from lpfunctions.adapters.blocking.stepping import step

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")

_FIRST_PATIENCE_SECONDS: Final = 0.05
"""How long a thread may take to start before another one is started; doubled each time."""

_LOOK_SECONDS: Final = 1.0
"""Who waits looks again after so long, should whoever was to wake them have been interrupted."""


class _Flight:
    """One piece of work that several wait for.

    Attributes:
        work: what is done.
        is_over: are ``outcome`` or ``failure`` there?
        is_void: did it end without either? Those who wait start another.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> None:
        self.work = work
        self.is_over = False
        self.is_void = False
        self.outcome: Any = None
        self.failure: BaseException | None = None
        self.patience_seconds = _FIRST_PATIENCE_SECONDS
        self._start_again_at = float("-inf")
        self._runner: list[object] = []
        self._gates: list[threading.Lock] = []

    @property
    def is_claimed(self) -> bool:
        """Does a thread run it, or did one?"""
        return bool(self._runner)

    def claim(self, runner: object) -> bool:
        """True for the first *runner*, however many claim it at once."""
        # Appending is atomic, and takes no lock that an interrupt could leave behind.
        self._runner.append(runner)
        return self._runner[0] is runner

    def is_run_by(self, runner: object) -> bool:
        """Is *runner* the one that claimed it first?"""
        return bool(self._runner) and self._runner[0] is runner

    def wants_thread(self) -> bool:
        """Is it time to start a thread for it? To be asked under the lock of the single flight."""
        now = time.monotonic()
        if self.is_claimed or now < self._start_again_at:
            return False
        self._start_again_at = now + self.patience_seconds
        self.patience_seconds *= 2
        return True

    def new_gate(self) -> threading.Lock:
        """Return a lock that can be acquired when the flight has ended."""
        gate = threading.Lock()
        gate.acquire()
        self._gates.append(gate)
        return gate

    def open_gates(self) -> None:
        """Wake all who wait."""
        while self._gates:
            self._gates.pop().release()

    def result(self) -> Any:
        """Return what it came to, or raise it."""
        if self.failure is not None:
            raise self.failure
        return self.outcome


class ThreadsSingleFlight:
    """Run the work of one flight in a daemon thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        forget_in_child(self)

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]], *, timeout_seconds: float) -> T:
        """Return the outcome of the flight under way; start one with *work* if there is none."""
        end = time.monotonic() + timeout_seconds
        while True:
            flight = self._under_way(work)
            self._wait(flight, end)
            if flight.is_over:
                result: T = flight.result()
                return result

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a flight unless one is under way; wait for nothing."""
        self._under_way(work)

    def _under_way(self, work: Callable[[], Coroutine[Any, Any, Any]]) -> _Flight:
        with self._lock:
            flight = self._flight
            if flight is None:
                flight = self._flight = _Flight(work)
        self._see_to_thread(flight)
        return flight

    def _wait(self, flight: _Flight, end: float) -> None:
        """Return when *flight* is over or void.

        Raises:
            TimeoutError: it was neither at *end*.
        """
        gate = flight.new_gate()
        while not flight.is_over and not flight.is_void:
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError
            most = _LOOK_SECONDS if flight.is_claimed else flight.patience_seconds
            if not gate.acquire(timeout=min(left, most)):
                self._see_to_thread(flight)

    def _see_to_thread(self, flight: _Flight) -> None:
        if flight.is_claimed:
            return
        with self._lock:
            wants_thread = flight.wants_thread()
        if not wants_thread:
            return
        run = contextvars.copy_context().run
        # Without a thread to be had the caller runs it.
        if not start_daemon(run, self._run, flight, BaseException, name="lpfunctions-flight"):
            self._run(flight, Exception)

    def _run(self, flight: _Flight, outcomes: type[BaseException]) -> None:
        """Run *flight* unless another thread does. Of what it raises, *outcomes* are told to those who wait."""
        runner = object()
        try:
            if flight.claim(runner):
                self._end(flight, *_outcome_of(flight.work, outcomes))
        finally:
            if flight.is_run_by(runner):
                self._forget(flight)
                flight.is_void = not flight.is_over
                flight.open_gates()

    def _end(self, flight: _Flight, outcome: object, failure: BaseException | None) -> None:
        # Forgotten before anybody is told, so that whoever hears of a failure can start anew.
        self._forget(flight)
        flight.outcome, flight.failure = outcome, failure
        flight.is_over = True

    def _forget(self, flight: _Flight) -> None:
        with self._lock:
            if self._flight is flight:
                self._flight = None

    def forget_parent(self) -> None:
        """Drop the flight under way, in a forked child: threads do not survive a fork, only the parent runs it."""
        self._lock, self._flight = threading.Lock(), None


def _outcome_of(
    work: Callable[[], Coroutine[Any, Any, Any]], outcomes: type[BaseException]
) -> tuple[Any, BaseException | None]:
    try:
        return step(work()), None
    except outcomes as failure:
        return None, failure
