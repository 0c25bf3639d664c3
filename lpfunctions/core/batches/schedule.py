"""A rate limit as a schedule: places at even distances, some of which may be taken at once.

The generic cell rate algorithm: all that is kept is one moment, `next_at`, at which the schedule would be exhausted but
for what has been reserved. Source: ITU-T I.371; the arithmetic is the "virtual scheduling" form.
"""

from __future__ import annotations


def reserved(next_at: float, now: float, *, interval_seconds: float, burst: int) -> tuple[float, float]:
    """Return the seconds until the next place, and *next_at* once it is reserved."""
    then = max(next_at, now)
    wait_seconds = max(0.0, then - (burst - 1) * interval_seconds - now)
    return wait_seconds, then + interval_seconds


def postponed(next_at: float, now: float, *, interval_seconds: float, burst: int, seconds: float) -> float:
    """Return *next_at* when no place may come within *seconds*."""
    return max(next_at, now + seconds + (burst - 1) * interval_seconds)
