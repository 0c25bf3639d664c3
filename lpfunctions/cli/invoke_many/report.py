"""What a bulk run has come to, for people: counts by kind, and latencies as a picture."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.bulk import BulkSummary

_MEANINGS: Final = {
    "ok": "ok",
    "function": "the function failed",
    "usage": "cannot be sent",
    "platform": "the platform failed or refused",
    "authentication": "no token, or it was refused",
    "network": "no response, or not in time",
    "unknown": "under way when a run ended",
}

_BAR: Final = 30


def lines(summary: BulkSummary) -> Iterator[str]:
    """Return the report."""
    rate = summary.sent / summary.elapsed_seconds if summary.elapsed_seconds else 0.0
    yield f"{summary.total} records, {summary.sent} sent in {_duration(summary.elapsed_seconds)} ({rate:,.0f} a second)"
    for kind, count in summary.counts.items():
        if count:
            yield f"{count:>9}  {kind:<14}  {_MEANINGS[kind]}"
    if summary.not_sent:
        yield f"{summary.not_sent:>9}  not sent        go on with --resume"
    if summary.may_have_run:
        yield f"{summary.may_have_run} may have run; --resume --repeat-unknown sends them again"
    yield from _latencies(summary)


def _latencies(summary: BulkSummary) -> Iterator[str]:
    latencies = summary.latencies
    shown = {percent: latencies.percentile(percent) for percent in (50, 90, 99)}
    if latencies.count:
        parts = [f"p{percent} {_duration(seconds)}" for percent, seconds in shown.items() if seconds is not None]
        yield f"latency: {', '.join(parts)}, longest {_duration(latencies.max_seconds)}"
    rows = latencies.decades()
    most = max((count for _, count in rows), default=1)
    for bound, count in rows:
        bar = "█" * math.ceil(count / most * _BAR)
        yield f"  up to {_duration(bound):>7}  {bar:<{_BAR}}  {count}"


def _duration(seconds: float) -> str:
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    return f"{seconds:.3g} s" if seconds < 100 else f"{seconds:.0f} s"
