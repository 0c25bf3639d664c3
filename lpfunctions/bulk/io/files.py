"""What a run writes: journal, output, failures; and what it tells of its progress."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal, Self

from lpfunctions.bulk.io.output import AsTheyCome, InOrder
from lpfunctions.bulk.outcomes import outcome_fields
from lpfunctions.bulk.summary import BulkProgress, BulkSummary

if TYPE_CHECKING:
    from types import TracebackType

    from lpfunctions import Outcome
    from lpfunctions.bulk.io.output import Output
    from lpfunctions.bulk.io.records import Record, Records
    from lpfunctions.bulk.journal import Journal

Order = Literal["input", "completion"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Where the outcomes of a run go; the attributes are described at `BulkRun`."""

    output_path: Path
    failures_path: Path | None
    order: Order
    repeat_unknown: bool
    on_progress: Callable[[BulkProgress], None] | None


class RunFiles:
    """The `Sink` of a run: journal, output, failures, progress. Used as a context: its end writes what is left."""

    def __init__(self, reporting: Reporting, journal: Journal) -> None:
        self._journal = journal
        self._repeat_unknown, self._on_progress = reporting.repeat_unknown, reporting.on_progress
        if self._repeat_unknown:
            journal.states.reset_unknown()
        self._started, self._sent = time.monotonic(), 0
        self._elapsed_seconds: float | None = None
        self._done = len(journal.states) - journal.states.pending_count
        self._failed = self._done - journal.states.counts()["ok"]
        with ExitStack() as opened:
            file = opened.enter_context(reporting.output_path.open("wb"))
            self._output: Output = InOrder(file, journal) if reporting.order == "input" else AsTheyCome(file, journal)
            self._failures: BinaryIO | None = None
            if reporting.failures_path is not None:
                self._failures = opened.enter_context(reporting.failures_path.open("wb"))
            self._opened = opened.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        with self._opened:
            self._output.end()
        self._elapsed_seconds = time.monotonic() - self._started

    def left_to_send(self, records: Records) -> Iterator[Record]:
        """Return the records that are still to be sent; pass by the others."""
        for record in records:
            if self._journal.states.is_pending(record.index):
                yield record
            else:
                self._keep_if_failed(record)

    async def start(self, record: Record) -> None:
        """Note it in the journal."""
        await self._journal.start(record.index)

    def finish(self, record: Record, outcome: Outcome, seconds: float) -> None:
        """Note it in the journal, and then everywhere else."""
        fields = outcome_fields(record.index, outcome, seconds)
        line = self._journal.finish(fields)
        self._output.add(record.index, line)
        self._keep_if_failed(record)
        self._sent += 1
        self._done += 1
        self._failed += fields["kind"] != "ok"
        if self._on_progress is not None:
            self._on_progress(self._progress())

    def summary(self) -> BulkSummary:
        """Return what has come of the run."""
        states = self._journal.states
        return BulkSummary(
            total=len(states),
            counts=states.counts(),
            not_sent=states.pending_count,
            may_have_run=states.may_have_run_count,
            sent=self._sent,
            elapsed_seconds=self._elapsed(),
            latencies=self._journal.latencies,
        )

    def _keep_if_failed(self, record: Record) -> None:
        is_failed = self._journal.states.is_failed(record.index, or_may_have_run=self._repeat_unknown)
        if self._failures is not None and is_failed:
            self._failures.write(record.line())

    def _progress(self) -> BulkProgress:
        return BulkProgress(len(self._journal.states), self._done, self._failed, self._sent, self._elapsed())

    def _elapsed(self) -> float:
        return time.monotonic() - self._started if self._elapsed_seconds is None else self._elapsed_seconds
