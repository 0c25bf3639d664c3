"""How many requests a client sends in a second. The arithmetic is in ``core/batches/schedule.py``."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lpfunctions.core.errors import FaaSConfigurationError


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most so many requests a second, of all calls of a client together.

    Attributes:
        per_second: how many, on average; may be a fraction.
        burst: how many at once after a pause.

    Raises:
        FaaSConfigurationError: a value cannot work.
    """

    per_second: float
    burst: int = 1

    @property
    def interval_seconds(self) -> float:
        """From one request to the next, were they spread evenly."""
        return 1 / self.per_second

    def __post_init__(self) -> None:
        rate, burst = self.per_second, self.burst
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 < rate < math.inf:
            raise FaaSConfigurationError(f"RateLimit: per_second must be a number of more than 0, not {rate!r}")
        if isinstance(burst, bool) or not isinstance(burst, int) or burst < 1:
            raise FaaSConfigurationError(f"RateLimit: burst must be a positive integer, not {burst!r}")
