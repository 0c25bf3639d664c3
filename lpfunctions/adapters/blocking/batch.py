"""Many invocations at once, in threads.

Whatever interrupts the consumer, at whatever line, no outcome of a job that was started is lost. So what a job came to
stands on the job, which is listed before it can start and until its outcome has been handed over; and all that is
waited for are locks of C, which an interrupt cannot leave in a wrong state, unlike those of ``threading.Condition``.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from contextlib import suppress
from contextvars import Context, copy_context
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lpfunctions.adapters.blocking.daemon_threads import start_daemon
from lpfunctions.core.batches.batch import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator

    from lpfunctions.core.batches.batch import Reporter
    from lpfunctions.core.batches.concurrency import AdaptiveConcurrency
    from lpfunctions.core.batches.outcome import Outcome
    from lpfunctions.core.batches.summary import BatchSummary
    from lpfunctions.core.requests.calls import Invocation

T = TypeVar("T")


class Outcomes(Generic[T]):
    """The outcomes of `Client.invoke_many`, to be read in a ``for`` loop.

    Use it in a ``with`` block, or call `close`, where the loop may end early: that waits for the invocations under way
    and tells of them.
    """

    def __init__(self, outcomes: Generator[Outcome[T]], reporter: Reporter) -> None:
        self._outcomes = outcomes
        self._reporter = reporter

    @property
    def summary(self) -> BatchSummary:
        """The outcomes so far, in numbers."""
        return self._reporter.summary

    def __iter__(self) -> Iterator[Outcome[T]]:
        # The generator itself: an interrupt finds no line between it and the loop where an outcome could get lost.
        return self._outcomes

    def __next__(self) -> Outcome[T]:
        return next(self._outcomes)

    def close(self) -> None:
        """End the batch: start nothing more, wait for the invocations under way, and tell of them."""
        self._outcomes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


class ThreadsBatch:
    """Run *work* on each of *calls* in daemon threads.

    Args:
        work: runs one job to its outcome; raises no ``Exception``.
        calls: read as room becomes free, never ahead of it.
        concurrency: how many run at once.
        ordered: yield in the order of *calls*; otherwise as they end.
        abandon: makes the outcome of a job that was interrupted.
        reporter: told of each outcome.
    """

    def __init__(
        self,
        work: Callable[[Job], Outcome[Any]],
        calls: Iterable[Invocation],
        *,
        concurrency: AdaptiveConcurrency,
        ordered: bool,
        abandon: Callable[[Job], Outcome[Any]],
        reporter: Reporter,
    ) -> None:
        self._work = work
        self._left: Iterator[Invocation] | None = iter(calls)
        self._concurrency = concurrency
        self._ordered = ordered
        self._abandon = abandon
        self._reporter = reporter
        self._failure: BaseException | None = None
        self._pending: deque[Job] = deque()
        self._handed_over: Job | None = None
        self._numbers = count()
        self._ranks = count()
        self._queue: SimpleQueue[tuple[Job, Context] | None] = SimpleQueue()
        self._threads = 0
        self._wake = threading.Lock()
        self._wake.acquire()
        self._process = os.getpid()

    def outcomes(self) -> Generator[Outcome[Any]]:
        """Yield what became of each; end in order whatever happens."""
        try:
            while (job := self._next()) is not None:
                assert job.outcome is not None  # noqa: S101 (`_next` waited for it)
                self._reporter.tell(job, job.outcome)
                job.is_told = True
                yield job.outcome
        finally:
            try:
                self._wait_for_started()
            finally:
                try:
                    self._tell_rest()
                finally:
                    self._tell_rest()  # of what an interrupt of the line before has left
        if self._failure is not None:
            raise self._failure

    def _next(self) -> Job | None:
        """The next job that has ended; None when none is left."""
        while True:
            self._fill()
            job = self._ended()
            if job is not None:
                # Noted before it leaves the list, so that it is in one of the two at any line.
                self._handed_over = job
                self._pending.remove(job)
                self._fill()
                return job
            if not self._pending:
                return None
            self._wake.acquire()

    def _ended(self) -> Job | None:
        if self._ordered:
            return self._pending[0] if self._pending and self._pending[0].outcome is not None else None
        ended = [job for job in self._pending if job.outcome is not None]
        return min(ended, key=lambda job: job.rank) if ended else None

    def _fill(self) -> None:
        while self._left is not None and len(self._pending) < self._concurrency.allowed:
            try:
                call = next(self._left)
            except StopIteration:
                self._left = None
            except Exception as failure:  # noqa: BLE001 (it is the user's, and goes on when those under way have ended)
                self._left, self._failure = None, failure
            else:
                job = Job(next(self._numbers), call, self._concurrency.start())
                self._pending.append(job)
                self._queue.put((job, copy_context()))
                self._see_to_threads()

    def _see_to_threads(self) -> None:
        if self._threads >= len(self._pending):
            return
        self._threads += 1
        if start_daemon(self._serve, name="lpfunctions-many"):
            return
        # The system has no thread left: those that there are serve, or the consumer's.
        self._threads -= 1
        given = None if self._threads else self._queue.get()
        if given is not None:
            self._run(*given)

    def _serve(self) -> None:
        while (given := self._queue.get()) is not None:
            try:
                self._run(*given)
            except BaseException as interrupt:  # noqa: BLE001 (it goes on in the consumer's thread)
                self._left, self._failure = None, interrupt
                self._signal()
        self._queue.put(None)  # for the next thread

    def _run(self, job: Job, context: Context) -> None:
        if not job.start():
            return
        outcome = None
        try:
            outcome = context.run(self._work, job)
        finally:
            job.rank = next(self._ranks)
            job.outcome = outcome or self._abandon(job)
            self._signal()

    def _signal(self) -> None:
        with suppress(RuntimeError):  # it was signalled, and nobody has looked yet
            self._wake.release()

    def _wait_for_started(self) -> None:
        self._left = None
        if self._is_in_child():
            return
        for job in list(self._pending):
            if job.drop():
                self._pending.remove(job)
        while any(job.outcome is None for job in self._pending):
            self._wake.acquire()

    def _is_in_child(self) -> bool:
        # Threads do not survive a fork: in a child there is nothing to wait for, and nothing to tell.
        return os.getpid() != self._process

    def _tell_rest(self) -> None:
        self._queue.put(None)  # nobody starts anything any more
        if self._is_in_child():
            return
        last = self._handed_over
        jobs = [*self._pending] if last is None or last in self._pending else [last, *self._pending]
        self._reporter.tell_rest(job for job in jobs if not job.drop())
