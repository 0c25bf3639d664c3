"""How many requests a client sends in a second: which limits can work."""

from __future__ import annotations

import math
from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError, RateLimit


@pytest.mark.parametrize(("per_second", "interval_seconds"), [(4, 0.25), (0.5, 2.0), (1e6, 1e-6)])
def test_a_limit_spreads_requests_evenly(per_second: float, interval_seconds: float) -> None:
    limit = RateLimit(per_second=per_second)
    assert (limit.interval_seconds, limit.burst) == (interval_seconds, 1)


def test_a_burst_of_one_or_more_is_kept() -> None:
    assert [RateLimit(1.0, burst=burst).burst for burst in (1, 2, 100)] == [1, 2, 100]


@pytest.mark.parametrize("rate", [0, 0.0, -1, math.inf, math.nan, True, "5", None], ids=repr)
def test_a_rate_that_cannot_work_is_refused(rate: Any) -> None:
    with pytest.raises(FaaSConfigurationError) as refused:
        RateLimit(per_second=rate)
    assert str(refused.value) == f"RateLimit: per_second must be a number of more than 0, not {rate!r}"


@pytest.mark.parametrize("burst", [0, -1, 1.0, True, "2", None], ids=repr)
def test_a_burst_that_cannot_work_is_refused(burst: Any) -> None:
    with pytest.raises(FaaSConfigurationError) as refused:
        RateLimit(per_second=1, burst=burst)
    assert str(refused.value) == f"RateLimit: burst must be a positive integer, not {burst!r}"
