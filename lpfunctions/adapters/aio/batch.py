"""Many invocations at once, in tasks. The counterpart of ``adapters/blocking/batch.py``."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable
from itertools import count
from typing import TYPE_CHECKING, Any, Generic, Self, TypeVar

from lpfunctions.core.batches.batch import Job

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine, Iterable, Iterator

    from lpfunctions.core.batches.batch import Reporter
    from lpfunctions.core.batches.concurrency import AdaptiveConcurrency
    from lpfunctions.core.batches.outcome import Outcome
    from lpfunctions.core.batches.summary import BatchSummary
    from lpfunctions.core.requests.calls import Invocation

T = TypeVar("T")


class AsyncOutcomes(Generic[T]):
    """The outcomes of `AsyncClient.invoke_many`, to be read in an ``async for`` loop.

    Use it in an ``async with`` block, or call `aclose`, where the loop may end early: that waits for the invocations
    under way and reports them.
    """

    def __init__(self, outcomes: AsyncGenerator[Outcome[T]], reporter: Reporter) -> None:
        self._outcomes = outcomes
        self._reporter = reporter

    @property
    def summary(self) -> BatchSummary:
        """The outcomes so far, in numbers."""
        return self._reporter.summary

    def __aiter__(self) -> AsyncIterator[Outcome[T]]:
        return self._outcomes

    async def __anext__(self) -> Outcome[T]:
        return await anext(self._outcomes)

    async def aclose(self) -> None:
        """End the batch: start nothing more, wait for the invocations under way, and report them."""
        await self._outcomes.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()


class TasksBatch:
    """Run *work* on each of *calls* in tasks of the running loop.

    Args:
        work: runs one job to its outcome; raises no ``Exception``.
        calls: read when a call may be started, never ahead of that; a plain or async iterable.
        concurrency: how many run at once.
        ordered: yield in the order of *calls*; otherwise as they end.
        abandon: makes the outcome of a job whose task was cancelled.
        reporter: receives each outcome.
    """

    def __init__(
        self,
        work: Callable[[Job], Coroutine[Any, Any, Outcome[Any]]],
        calls: Iterable[Invocation] | AsyncIterable[Invocation],
        *,
        concurrency: AdaptiveConcurrency,
        ordered: bool,
        abandon: Callable[[Job], Outcome[Any]],
        reporter: Reporter,
    ) -> None:
        self._work = work
        self._left: Iterator[Invocation] | None = None
        self._left_async: AsyncIterator[Invocation] | None = None
        if isinstance(calls, AsyncIterable):
            self._left_async = aiter(calls)
        else:
            self._left = iter(calls)
        self._concurrency = concurrency
        self._ordered = ordered
        self._abandon = abandon
        self._reporter = reporter
        self._failure: BaseException | None = None
        self._pending: deque[Job] = deque()
        self._tasks: dict[Job, asyncio.Task[None]] = {}
        self._reader: asyncio.Task[None] | None = None
        self._handed_over: Job | None = None
        self._numbers = count()
        self._ranks = count()
        self._wake = asyncio.Event()

    async def outcomes(self) -> AsyncGenerator[Outcome[Any]]:
        """Yield the outcome of each; wait for what was started, and report it, however the iteration ends."""
        try:
            while (job := await self._next()) is not None:
                assert job.outcome is not None  # noqa: S101 (`_next` waited for it)
                self._reporter.tell(job, job.outcome)
                job.is_told = True
                yield job.outcome
        finally:
            try:
                await self._wait_for_started()
            finally:
                try:
                    self._tell_rest()
                finally:
                    self._end()
        if self._failure is not None:
            raise self._failure

    async def _next(self) -> Job | None:
        """The next job that has ended; None when none is left."""
        while True:
            self._wake.clear()
            self._fill()
            job = self._ended()
            if job is not None:
                self._handed_over = job
                self._pending.remove(job)
                self._fill()
                return job
            if not self._pending and self._reader is None:
                return None
            await self._wake.wait()

    def _ended(self) -> Job | None:
        if self._ordered:
            return self._pending[0] if self._pending and self._pending[0].outcome is not None else None
        ended = [job for job in self._pending if job.outcome is not None]
        return min(ended, key=lambda job: job.rank) if ended else None

    def _fill(self) -> None:
        while self._left is not None and self._has_room():
            try:
                call = next(self._left)
            except StopIteration:
                self._left = None
            except Exception as failure:  # noqa: BLE001 (it is the user's, and is raised when the calls under way have ended)
                self._left, self._failure = None, failure
            else:
                self._start(call)
        if self._left_async is not None and self._reader is None and self._has_room():
            # In a task, because an outcome may come while the next invocation is waited for.
            self._reader = asyncio.create_task(self._read(self._left_async), name="lpfunctions-many")
            self._reader.add_done_callback(self._reader_ended)

    def _has_room(self) -> bool:
        return len(self._pending) < self._concurrency.allowed

    async def _read(self, left: AsyncIterator[Invocation]) -> None:
        try:
            while self._has_room():
                self._start(await anext(left))
        except StopAsyncIteration:
            self._left_async = None
        except Exception as failure:  # noqa: BLE001 (it is the user's, and is raised when the calls under way have ended)
            self._left_async, self._failure = None, failure

    def _reader_ended(self, reader: asyncio.Task[None]) -> None:
        self._reader = None
        self._note_interrupt(reader)
        self._wake.set()

    def _start(self, call: Invocation) -> None:
        job = Job(next(self._numbers), call, self._concurrency.start())
        self._pending.append(job)
        task = self._tasks[job] = asyncio.create_task(self._run(job), name="lpfunctions-many")
        task.add_done_callback(lambda task: self._task_ended(job, task))

    async def _run(self, job: Job) -> None:
        if job.start():
            job.outcome = await self._work(job)

    def _task_ended(self, job: Job, task: asyncio.Task[None]) -> None:
        self._tasks.pop(job, None)
        self._note_interrupt(task)
        if job.outcome is None:
            job.outcome = self._abandon(job)
        job.rank = next(self._ranks)
        self._wake.set()

    def _note_interrupt(self, task: asyncio.Task[None]) -> None:
        interrupt = None if task.cancelled() else task.exception()
        if interrupt is not None:
            self._left, self._left_async, self._failure = None, None, interrupt

    async def _wait_for_started(self) -> None:
        self._left = self._left_async = None
        if self._reader is not None:
            self._reader.cancel()
        for job in list(self._pending):
            if job.drop():
                self._pending.remove(job)
        while self._reader is not None or any(job.outcome is None for job in self._pending):
            self._wake.clear()
            await self._wake.wait()

    def _tell_rest(self) -> None:
        last = self._handed_over
        jobs = [*self._pending] if last is None or last in self._pending else [last, *self._pending]
        self._reporter.tell_rest(job for job in jobs if not job.drop())

    def _end(self) -> None:
        for task in list(self._tasks.values()):
            task.cancel()
        self._tell_rest()  # what an interrupt of the line before has left unreported
