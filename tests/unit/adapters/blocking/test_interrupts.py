"""Whatever a signal handler raises, at whatever point, leaves no lock taken and no flight that nobody runs."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import implemented_cache as implemented
from lpfunctions.adapters.blocking import after_fork, batch, single_flight, stepping
from lpfunctions.adapters.blocking.after_fork import ForkableLock
from lpfunctions.adapters.blocking.async_shaped import AsyncShapedClock
from lpfunctions.adapters.blocking.batch import ThreadsBatch
from lpfunctions.adapters.blocking.single_flight import ThreadsSingleFlight
from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.memory import ManualClock
from lpfunctions.core.batches import batch as core_batch
from lpfunctions.core.batches.batch import Job, Reporter
from lpfunctions.core.batches.concurrency import AdaptiveConcurrency
from lpfunctions.core.batches.outcome import Outcome
from lpfunctions.core.errors import FaaSInvokeError
from lpfunctions.core.requests.calls import Invocation
from lpfunctions.core.retries import budget
from lpfunctions.core.retries.budget import RetryBudget
from lpfunctions.implemented_cache import ImplementedCache
from tests.support.interrupts import Interrupt, Interrupter, interrupt_everywhere

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AMPLE_SECONDS = 20.0
pytestmark = [
    pytest.mark.load,  # hundreds of points each; and CPython 3.13.0 leaves most opcodes out of what it traces
    # A coroutine that was made and not begun when the interrupt came.
    pytest.mark.filterwarnings("ignore:coroutine .* was never awaited:RuntimeWarning"),
]


@pytest.fixture
def others() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as threads:
        both = threading.Barrier(2)
        for started in [threads.submit(both.wait, AMPLE_SECONDS) for _ in range(2)]:
            started.result()
        yield threads


class Work:
    """Something to do once for all who want it."""

    def __init__(self) -> None:
        self.running = 0
        self.most_running = 0

    async def __call__(self) -> str:
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        self.running -= 1
        return "arrived"


@pytest.mark.parametrize("method", ["join", "launch"])
def test_a_flight_that_is_interrupted_at_its_start_is_run_for_the_others(
    method: str, others: ThreadPoolExecutor
) -> None:
    def case() -> tuple[Callable[[], object], Callable[[], object]]:
        flight, work = ThreadsSingleFlight(), Work()

        def join() -> str:
            return step(flight.join(work, timeout_seconds=AMPLE_SECONDS))

        def check() -> None:
            assert [waiting.result(AMPLE_SECONDS) for waiting in [others.submit(join), others.submit(join)]] == [
                "arrived"
            ] * 2
            assert work.most_running == 1

        return (join if method == "join" else lambda: flight.launch(work)), check

    assert interrupt_everywhere(case, single_flight, after_fork, stepping, threading) > 20


def test_a_caller_that_runs_the_flight_and_is_interrupted_leaves_it_to_the_others(
    others: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system has no thread left."""

    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    def case() -> tuple[Callable[[], object], Callable[[], object]]:
        flight, work = ThreadsSingleFlight(), Work()

        def join() -> str:
            return step(flight.join(work, timeout_seconds=AMPLE_SECONDS))

        def check() -> None:
            assert others.submit(join).result(AMPLE_SECONDS) == "arrived"

        return join, check

    monkeypatch.setattr(threading.Thread, "start", start)
    assert interrupt_everywhere(case, single_flight, after_fork, stepping) > 20


def test_who_waits_is_not_ended_by_the_interrupt_of_who_runs_the_flight(
    others: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    flight, runs = ThreadsSingleFlight(), iter(range(2))

    async def work() -> str:
        if next(runs):
            return "arrived"
        begun.set()
        go_on.wait(AMPLE_SECONDS)
        raise Interrupt

    def join() -> str:
        return step(flight.join(work, timeout_seconds=AMPLE_SECONDS))

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", _no_thread)
        runner = others.submit(join)
        assert begun.wait(AMPLE_SECONDS)
        waiter = others.submit(join)
        go_on.set()
        with pytest.raises(Interrupt):
            runner.result(AMPLE_SECONDS)
        assert waiter.result(AMPLE_SECONDS) == "arrived"


def test_an_interrupt_that_makes_the_start_of_a_thread_fail_passes_unchanged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """CPython's own condition may fail on the way out of an interrupt."""

    def start(_thread: threading.Thread) -> None:
        try:
            raise Interrupt
        finally:
            threading.Lock().release()

    flight, work = ThreadsSingleFlight(), Work()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", start)
        with pytest.raises(Interrupt):
            step(flight.join(work, timeout_seconds=AMPLE_SECONDS))
    assert step(flight.join(work, timeout_seconds=AMPLE_SECONDS)) == "arrived"


def test_a_call_that_is_interrupted_at_its_start_leaves_no_coroutine_behind() -> None:
    """Python would warn of one that was never awaited, and warnings are errors here."""

    async def work(number: int) -> int:
        return number

    def case() -> tuple[Callable[[], object], Callable[[], object]]:
        return (lambda: stepping.step_into(work, 7)), lambda: None

    assert stepping.step_into(work, 7) == 7
    assert interrupt_everywhere(case, stepping) > 0


def test_a_call_that_waits_for_an_event_loop_says_so() -> None:
    async def work(seconds: float) -> None:
        await asyncio.sleep(seconds)

    with pytest.raises(stepping.SuspendedError, match="awaits an event loop"):
        stepping.step_into(work, 0.0)


def _no_thread(_thread: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_the_retry_budget_stays_usable(others: ThreadPoolExecutor) -> None:
    def case() -> tuple[Callable[[], object], Callable[[], object]]:
        buckets = RetryBudget(ForkableLock())

        def use() -> None:
            buckets.acquire("host", 5)
            buckets.acquire("host", 5)
            buckets.release("host", 10)

        def check() -> None:
            assert others.submit(buckets.acquire, "host", 5).result(AMPLE_SECONDS)
            assert buckets.level("host") in {485, 490, 495}

        return use, check

    assert interrupt_everywhere(case, budget, after_fork) > 10


def test_the_remembered_answers_stay_usable(others: ThreadPoolExecutor) -> None:
    key = ("event", None, None)

    async def ask(_seconds: float) -> bool:
        return True

    def case() -> tuple[Callable[[], object], Callable[[], object]]:
        cache = ImplementedCache(
            60.0,
            fetch_timeout_seconds=AMPLE_SECONDS,
            clock=AsyncShapedClock(ManualClock()),
            new_flight=ThreadsSingleFlight,
            lock=ForkableLock(),
        )

        def find_out() -> bool:
            return step(cache.get_or_fetch(key, ask, timeout_seconds=AMPLE_SECONDS))

        def check() -> None:
            assert others.submit(find_out).result(AMPLE_SECONDS) is True

        return find_out, check

    assert interrupt_everywhere(case, implemented, single_flight, after_fork, stepping, threading) > 20


class Consumer:
    """Reads a batch of eight invocations, three at once, and notes what ran and what was heard of it."""

    def __init__(self, *, ordered: bool, stop_after: int | None = None, with_hook: bool = True) -> None:
        self.ran: list[int] = []
        self.read: list[int] = []
        self.told: list[int] = []
        self.warnings: list[list[str]] = []
        self._stop_after = stop_after
        self._reporter = Reporter(self._note if with_hook else None, _abandon, self._warn)
        calls = [Invocation(lambda_uuid="f") for _ in range(8)]
        self._batch = ThreadsBatch(
            self._run,
            calls,
            concurrency=AdaptiveConcurrency(3),
            ordered=ordered,
            abandon=_abandon,
            reporter=self._reporter,
        )

    def _run(self, job: Job) -> Outcome[Any]:
        self.ran.append(job.index)
        job.request_id = str(job.index)
        return Outcome(job.call, None, FaaSInvokeError("m"), index=job.index)

    def _note(self, _done: int, outcome: Outcome) -> None:
        self.told.append(outcome.index)

    def _warn(self, _event: str, *, request_ids: list[str]) -> None:
        self.warnings.append(request_ids)

    def consume(self) -> None:
        with contextlib.closing(self._batch.outcomes()) as outcomes:
            for outcome in outcomes:
                self.read.append(outcome.index)
                if len(self.read) == self._stop_after:
                    break

    def check(self) -> None:
        warned = [int(request_id) for ids in self.warnings for request_id in ids]
        # One that was interrupted at its last line is said again, in the same words.
        assert len({tuple(ids) for ids in self.warnings}) <= 1
        assert len(self.ran) == len(set(self.ran)), "no function runs twice"
        assert set(self.ran) == set(self.read) | set(self.told) | set(warned), "no outcome is lost"
        assert len(self.told) - len(set(self.told)) <= 1


def _abandon(job: Job) -> Outcome[Any]:
    return Outcome(job.call, None, FaaSInvokeError("interrupted"), index=job.index)


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("stop_after", [None, 2])
@pytest.mark.parametrize("with_hook", [True, False])
def test_an_interrupted_batch_loses_no_outcome(ordered: bool, stop_after: int | None, with_hook: bool) -> None:
    def case() -> tuple[Callable[[], object], Callable[[], object]]:
        consumer = Consumer(ordered=ordered, stop_after=stop_after, with_hook=with_hook)
        return consumer.consume, consumer.check

    assert interrupt_everywhere(case, batch, core_batch) > 100


@pytest.mark.parametrize("gap", [0, 1, 2, 3, 5, 8, 13, 21])
def test_a_batch_that_is_interrupted_twice_loses_no_outcome(gap: int) -> None:
    """The second interrupt comes *gap* points after the first, while the batch is being ended."""
    for at in range(0, 200, 3):
        consumer = Consumer(ordered=True)
        Interrupter(at, batch, core_batch, again_after=gap).run(consumer.consume)
        consumer.check()
