"""What a run has come to: while it is under way, and at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpfunctions.bulk.histogram import Histogram
    from lpfunctions.bulk.kinds import Kind


@dataclass(frozen=True, slots=True)
class BulkProgress:
    """How far a run is.

    Attributes:
        total: records of the input.
        done: records with an outcome, those of earlier runs included.
        failed: how many of these are not ok.
        sent: calls that ended in this run.
        elapsed_seconds: since this run began.
    """

    total: int
    done: int
    failed: int
    sent: int
    elapsed_seconds: float

    @property
    def per_second(self) -> float:
        """Calls a second in this run."""
        return self.sent / self.elapsed_seconds if self.elapsed_seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """How long the rest takes at this rate; None while no call has ended."""
        return (self.total - self.done) / self.per_second if self.sent else None


@dataclass(frozen=True, slots=True)
class BulkSummary:
    """What a run has come to.

    Attributes:
        total: records of the input.
        counts: records by kind; the started ones without an outcome are ``unknown``.
        not_sent: records that were not sent, because the run was stopped.
        may_have_run: records of which it is not known whether their function ran.
        sent: calls of this run.
        elapsed_seconds: of this run.
        latencies: of all calls, earlier runs included.
    """

    total: int
    counts: dict[Kind, int]
    not_sent: int
    may_have_run: int
    sent: int
    elapsed_seconds: float
    latencies: Histogram

    @property
    def ok(self) -> bool:
        """Is every record ok?"""
        return self.counts["ok"] == self.total

    def as_json(self) -> dict[str, Any]:
        """Return plain values; latencies in seconds."""
        return {
            "total": self.total,
            "counts": self.counts,
            "not_sent": self.not_sent,
            "may_have_run": self.may_have_run,
            "sent": self.sent,
            "elapsed_seconds": round(self.elapsed_seconds, 3),
            "latency_seconds": {
                **{f"p{percent}": _rounded(self.latencies.percentile(percent)) for percent in (50, 90, 99)},
                "max": _rounded(self.latencies.max_seconds),
            },
            "histogram": [{"up_to_seconds": bound, "count": count} for bound, count in self.latencies.decades()],
        }


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 6)
