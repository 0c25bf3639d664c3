"""Virtual time: a wait ends at once when nothing else can run, so that minutes of many callers take a moment."""

from __future__ import annotations

import asyncio
import heapq
import selectors
import threading
from itertools import count
from typing import TYPE_CHECKING, Any, Self, TypeVar

if TYPE_CHECKING:
    from collections.abc import Coroutine

T = TypeVar("T")

EPOCH = 1_700_000_000.0


class _Selector(selectors.DefaultSelector):
    """A selector that does not wait for the next timer, but moves the clock to it."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0 if timeout is not None else None)
        if not events and timeout is not None:
            self.passed += max(timeout, 0.0)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer."""

    def __init__(self) -> None:
        self._virtual = _Selector()
        super().__init__(self._virtual)

    def time(self) -> float:
        return self._virtual.passed


class LoopClock:
    """An `AsyncClock` that tells the time of the running loop."""

    def now(self) -> float:
        return EPOCH + self.monotonic()

    def monotonic(self) -> float:
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0.0))


def run(work: Coroutine[Any, Any, T]) -> T:
    """Run *work* in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(work)


class ClockStoppedError(BaseException):
    """The test that the clock belongs to has ended."""


class ThreadsClock:
    """A `Clock` for threads that do nothing but sleep and compute: when all of them sleep, the next one wakes.

    Behind the ``with`` block nobody sleeps any more: a test that failed waits for no thread.
    """

    def __init__(self) -> None:
        self._is_stopped = False
        self._awake = 1
        self._passed = 0.0
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._numbers = count()
        self._lock = threading.Lock()

    def now(self) -> float:
        return EPOCH + self._passed

    def monotonic(self) -> float:
        return self._passed

    def sleep(self, seconds: float) -> None:
        alarm = threading.Event()
        with self._lock:
            if self._is_stopped:
                raise ClockStoppedError
            heapq.heappush(self._sleepers, (self._passed + max(seconds, 0.0), next(self._numbers), alarm))
            self._one_less()
        alarm.wait()
        if self._is_stopped:
            raise ClockStoppedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        with self._lock:
            self._is_stopped = True
            for _, _, alarm in self._sleepers:
                alarm.set()

    def enter(self, threads: int) -> None:
        """Add threads that use this clock."""
        with self._lock:
            self._awake += threads

    def leave(self) -> None:
        """Remove a thread that has ended."""
        with self._lock:
            self._one_less()

    def _one_less(self) -> None:
        self._awake -= 1
        if not self._awake and self._sleepers:
            self._passed, _, alarm = heapq.heappop(self._sleepers)
            self._awake += 1
            alarm.set()
