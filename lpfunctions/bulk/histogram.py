"""Latencies of any number of calls in fixed memory."""

from __future__ import annotations

import math
from collections import Counter
from typing import Final

_GROWTH: Final = 1.1
"""Each bucket is this much wider than the one below: a percentile is exact to 5 %."""

_SMALLEST_SECONDS: Final = 1e-4


class Histogram:
    """Durations in buckets that grow by a tenth.

    Attributes:
        count: how many durations were added.
        total_seconds: their sum.
        max_seconds: the longest; 0 when there is none.
    """

    def __init__(self) -> None:
        self.count: int = 0
        self.total_seconds: float = 0.0
        self.max_seconds: float = 0.0
        self._buckets: Counter[int] = Counter()

    def add(self, seconds: float) -> None:
        """Take note of one duration."""
        self.count += 1
        self.total_seconds += seconds
        self.max_seconds = max(self.max_seconds, seconds)
        self._buckets[_bucket(seconds)] += 1

    def merge(self, other: Histogram) -> None:
        """Add what *other* has, such as that of another process."""
        self.count += other.count
        self.total_seconds += other.total_seconds
        self.max_seconds = max(self.max_seconds, other.max_seconds)
        self._buckets.update(other._buckets)

    def percentile(self, percent: float) -> float | None:
        """Return the seconds that *percent* of the durations do not exceed, to 5 %; None when there are none."""
        if not self.count:
            return None
        wanted, seen = math.ceil(self.count * percent / 100), 0
        for bucket, number in sorted(self._buckets.items()):
            seen += number
            if seen >= wanted:
                return min(_middle(bucket), self.max_seconds)
        return self.max_seconds

    def decades(self) -> list[tuple[float, int]]:
        """Return ``(seconds, count)``: how many took at most so long and more than the row before; for a picture.

        The bounds are 1, 2 and 5 times a power of ten; only rows between the first and the last that count are given.
        """
        rows = [[bound, 0] for bound in _bounds()]
        for bucket, number in self._buckets.items():
            row = next(row for row in rows if row[0] >= _middle(bucket))
            row[1] += number
        used = [place for place, row in enumerate(rows) if row[1]]
        return [(bound, int(number)) for bound, number in rows[used[0] : used[-1] + 1]] if used else []


def _bucket(seconds: float) -> int:
    return 0 if seconds <= _SMALLEST_SECONDS else math.ceil(math.log(seconds / _SMALLEST_SECONDS, _GROWTH))


def _middle(bucket: int) -> float:
    return _SMALLEST_SECONDS * float(_GROWTH ** (bucket - 0.5))


def _bounds() -> list[float]:
    return [step * 10.0**power for power in range(-4, 7) for step in (1, 2, 5)] + [math.inf]
