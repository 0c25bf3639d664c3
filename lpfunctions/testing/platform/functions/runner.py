"""Run a function under a time limit, in the way of the frontend: blocking or async.

Plain functions run in a thread of their own. One that outlives its limit cannot be stopped: it goes on in a
daemon thread.
"""

from __future__ import annotations

import asyncio
import contextvars
import inspect
import math
import time
from abc import ABC, abstractmethod
from concurrent.futures import Future
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Final, Protocol

from lpfunctions.adapters.aio.deadlines import Deadlines
from lpfunctions.testing.platform.functions.outcomes import OutOfTime, Returned, Threw
from lpfunctions.testing.platform.functions.output import Output
from lpfunctions.testing.platform.functions.workers import run_in_thread

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lpfunctions.testing.platform.functions.deployed import DeployedFunction, FunctionInput, LogEntry, SelfTimed
    from lpfunctions.testing.platform.functions.outcomes import Outcome


_MOST_HELD_SECONDS: Final = 0.0002
"""How long a loop is held for a plain function: most return within it, and to be woken for one costs more than that."""


@dataclass(frozen=True, slots=True)
class Run:
    """One call of one function.

    Attributes:
        function: the function to call.
        given: its input.
        limit_seconds: how long it may take.
        logs: the log of the request that the call is part of.
        now: tells the time of what is logged, in seconds since the epoch.
        request_id: the ``X-Request-ID`` of the call; empty if it had none.
        is_test: whether the caller sees the log, and the function's own error.
    """

    function: DeployedFunction
    given: FunctionInput
    limit_seconds: float
    logs: list[LogEntry]
    now: Callable[[], float]
    request_id: str = ""
    is_test: bool = False

    def log(self, entries: Sequence[LogEntry]) -> None:
        """Add *entries* to the log of the function and of the request."""
        named = [replace(entry, request_id=self.request_id) for entry in entries]
        self.function.logs.extend(named)
        self.logs.extend(named)


class WallClock(Protocol):
    """A clock that tells the time of day."""

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        ...


class SystemWallClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Return the time in seconds since the epoch."""
        return time.time()


class FunctionRunner(ABC):
    """Runs functions and waits, for one frontend of the platform.

    Attributes:
        is_every_host: whether one host serves all services; discovery then names the host that the request was sent to.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None] | None], *, is_every_host: bool = False) -> None:
        self._sleep = sleep
        self.is_every_host = is_every_host

    async def run(self, run: Run) -> Outcome:
        """Call the function and return how it ended; what it prints and logs meanwhile goes to its log."""
        if run.function.elsewhere is not None:
            return await self._run_elsewhere(run, run.function.elsewhere)
        with Output(run.log, run.now):
            return await self._run_here(run)

    @abstractmethod
    async def _run_here(self, run: Run) -> Outcome:
        """Call a function in this process."""

    @abstractmethod
    async def _run_elsewhere(self, run: Run, code: SelfTimed) -> Outcome:
        """Call a function that runs elsewhere, and logs there."""

    @abstractmethod
    async def work(self, work: Callable[[], Outcome]) -> Outcome:
        """Do *work*, which may take long, without holding up anybody else."""

    async def sleep(self, seconds: float) -> None:
        """Wait *seconds* by the platform's clock, which may be virtual."""
        waiting = self._sleep(seconds)
        if waiting is not None:
            await waiting


class BlockingFunctionRunner(FunctionRunner):
    """Runs functions in threads; its coroutines never suspend."""

    async def work(self, work: Callable[[], Outcome]) -> Outcome:
        """Do *work* at once: nobody else is served here."""
        return work()

    async def _run_elsewhere(self, run: Run, code: SelfTimed) -> Outcome:
        return _begun(run, code).result()

    async def _run_here(self, run: Run) -> Outcome:
        """Call the function; an ``async`` one in an event loop of its own."""
        outcomes: SimpleQueue[Outcome] = SimpleQueue()
        if run.function.is_async:
            _start(lambda: asyncio.run(_within(run.limit_seconds, _await_code(run))), outcomes.put)
        else:
            _start(lambda: _call(run), outcomes.put)
        try:
            return outcomes.get(timeout=_timer(run.limit_seconds))
        except Empty:
            return OutOfTime()


class AsyncFunctionRunner(FunctionRunner):
    """Runs ``async`` functions on the running loop, and plain ones in threads, so that they do not block it."""

    _deadlines: Deadlines | None = None

    async def work(self, work: Callable[[], Outcome]) -> Outcome:
        """Do *work* in a thread."""
        return await _await_thread(work)

    async def _run_elsewhere(self, run: Run, code: SelfTimed) -> Outcome:
        return await asyncio.wrap_future(_begun(run, code))

    async def _run_here(self, run: Run) -> Outcome:
        try:
            with self._deadlines_here().after(run.limit_seconds):
                if run.function.is_async:
                    return await _await_code(run)
                return await _await_thread(lambda: _call(run))
        except TimeoutError:
            # Only the limit's own: what the function raises is already an outcome.
            return OutOfTime()

    def _deadlines_here(self) -> Deadlines:
        """Return the deadlines of the running loop; tests make a loop each."""
        loop, deadlines = asyncio.get_running_loop(), self._deadlines
        if deadlines is None or deadlines.loop is not loop:
            deadlines = self._deadlines = Deadlines()
        return deadlines


def _begun(run: Run, code: SelfTimed) -> Future[Outcome]:
    """Start *code* with the input and limit of *run*."""
    return code.begin(run.given, run.limit_seconds, run.log)


def _timer(limit_seconds: float) -> float | None:
    return None if limit_seconds == math.inf else max(limit_seconds, 0.0)


async def _within(limit_seconds: float, ending: Awaitable[Outcome]) -> Outcome:
    try:
        async with asyncio.timeout(_timer(limit_seconds)):
            return await ending
    except TimeoutError:
        # Only the limit's own: what the function raises is already an outcome.
        return OutOfTime()


async def _await_code(run: Run) -> Outcome:
    try:
        return Returned(await run.function.code(run.given))
    except asyncio.CancelledError as cancelled:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        return Threw(cancelled)  # by the function itself
    except (Exception, SystemExit) as error:  # noqa: BLE001 (whatever customer code throws is an outcome)
        return Threw(error)


async def _await_thread(work: Callable[[], Outcome]) -> Outcome:
    ended: Future[Outcome] = Future()

    def deliver(outcome: Outcome) -> None:
        if ended.set_running_or_notify_cancel():
            ended.set_result(outcome)

    _start(work, deliver)
    try:
        return ended.result(timeout=_MOST_HELD_SECONDS)
    except TimeoutError:
        return await asyncio.wrap_future(ended)


def _start(work: Callable[[], Outcome], deliver: Callable[[Outcome], None]) -> None:
    context = contextvars.copy_context()
    run_in_thread(lambda: deliver(context.run(work)))


async def _awaited(result: Awaitable[object]) -> object:
    return await result


def _call(run: Run) -> Outcome:
    try:
        result = run.function.code(run.given)
        # What tells only when it is called that it is to be awaited: an AsyncMock, a lambda around an async function.
        return Returned(asyncio.run(_awaited(result)) if inspect.isawaitable(result) else result)
    except BaseException as error:  # noqa: BLE001 (whatever customer code throws is an outcome)
        return Threw(error)
