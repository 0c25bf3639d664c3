"""Latencies in fixed memory: percentiles to five percent."""

from __future__ import annotations

import random

import pytest

from lpfunctions.bulk import Histogram


def of(*seconds: float) -> Histogram:
    histogram = Histogram()
    for each in seconds:
        histogram.add(each)
    return histogram


@pytest.mark.parametrize("percent", [50, 90, 99])
def test_a_percentile_is_exact_to_five_percent(percent: int) -> None:
    drawn = random.Random(7)
    seconds = sorted(drawn.lognormvariate(-3, 1) for _ in range(10_000))
    measured = of(*seconds).percentile(percent)
    assert measured == pytest.approx(seconds[percent * 100 - 1], rel=0.051)


def test_without_a_call_there_is_no_percentile_and_no_picture() -> None:
    assert Histogram().percentile(50) is None
    assert Histogram().decades() == []


@pytest.mark.parametrize("seconds", [0.2, 0.19, 0.181, 1e-5, 40.0])
def test_no_percentile_exceeds_the_longest(seconds: float) -> None:
    percentile = of(seconds).percentile(99)
    assert percentile is not None
    assert percentile <= seconds == of(seconds).max_seconds


def test_the_picture_has_the_rows_from_the_first_to_the_last_that_count() -> None:
    assert of(0.003, 0.004, 0.03).decades() == [(0.005, 2), (0.01, 0), (0.02, 0), (0.05, 1)]


def test_two_add_up_to_the_one_of_all() -> None:
    merged, other = of(0.1, 0.2), of(0.4, 3.0)
    merged.merge(other)
    together = of(0.1, 0.2, 0.4, 3.0)
    assert merged.decades() == together.decades()
    assert (merged.count, merged.max_seconds) == (4, 3.0)
    assert merged.total_seconds == pytest.approx(together.total_seconds)
