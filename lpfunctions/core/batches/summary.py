"""What became of a batch, in numbers."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.batches.outcome import Outcome

_STEP: Final[float] = 1.02
"""Each bucket of durations ends at so many times its beginning: a percentile is right to 1 %."""

_SHORTEST_SECONDS: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Latencies:
    """How long the invocations of a batch took, seconds; nan when there was none.

    Attributes:
        p50: half of them took no longer.
        p90: nine of ten.
        p99: 99 of 100.
        longest: all of them.
    """

    p50: float
    p90: float
    p99: float
    longest: float


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """The outcomes of ``invoke_many`` so far.

    Attributes:
        ok: how many went well.
        failed: how many did not, by the name of the error's class, such as ``FaaSLambdaError``.
        latency_seconds: how long each took, from the start of its call; waiting for room is not part of it.
    """

    ok: int
    failed: Mapping[str, int]
    latency_seconds: Latencies

    @property
    def total(self) -> int:
        """How many outcomes there are."""
        return self.ok + sum(self.failed.values())


def _no_failures() -> Counter[str]:
    return Counter()


def _no_durations() -> Counter[int]:
    return Counter()


@dataclass(slots=True)
class Tally:
    """Counts outcomes, in memory that does not grow with their number."""

    ok: int = 0
    failed: Counter[str] = field(default_factory=_no_failures)
    longest: float = math.nan
    _durations: Counter[int] = field(default_factory=_no_durations)

    @property
    def total(self) -> int:
        """How many were counted."""
        return self.ok + self.failed.total()

    def add(self, outcome: Outcome[object], seconds: float) -> None:
        """Count *outcome*, which took *seconds*."""
        failure = outcome.failure
        if failure is None:
            self.ok += 1
        else:
            self.failed[type(failure).__name__] += 1
        self._durations[math.ceil(math.log(max(seconds, _SHORTEST_SECONDS), _STEP))] += 1
        self.longest = seconds if math.isnan(self.longest) else max(self.longest, seconds)

    def summary(self) -> BatchSummary:
        """The counts so far, frozen."""
        latencies = Latencies(self._percentile(0.5), self._percentile(0.9), self._percentile(0.99), self.longest)
        return BatchSummary(self.ok, MappingProxyType(dict(self.failed)), latencies)

    def _percentile(self, share: float) -> float:
        left = math.ceil(share * self._durations.total())
        for bucket in sorted(self._durations):
            left -= self._durations[bucket]
            if left <= 0:
                return min(math.pow(_STEP, bucket - 0.5), self.longest)
        return math.nan
