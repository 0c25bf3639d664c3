"""The outcomes of a batch, in numbers."""

from __future__ import annotations

import math

import pytest

from lpfunctions.core.batches.outcome import Outcome
from lpfunctions.core.batches.summary import Tally
from lpfunctions.core.errors import FaaSInvokeError
from lpfunctions.core.requests.calls import Invocation
from tests.support.responses import response_of

CALL = Invocation(lambda_uuid="a1b2")


def answered(status: int) -> Outcome:
    return Outcome(CALL, response_of(status), None)


def test_nothing_counted_is_no_time_at_all() -> None:
    summary = Tally().summary()
    assert (summary.ok, summary.failed, summary.total) == (0, {}, 0)
    assert math.isnan(summary.latency_seconds.p50)
    assert math.isnan(summary.latency_seconds.longest)


def test_failures_are_counted_by_kind() -> None:
    tally = Tally()
    for outcome in (
        answered(200),
        answered(901),
        answered(901),
        answered(500),
        Outcome(CALL, None, FaaSInvokeError("m")),
    ):
        tally.add(outcome, 0.1)
    assert tally.summary().ok == 1
    assert tally.summary().failed == {"FaaSLambdaError": 2, "FaaSInvokeError": 2}
    assert tally.summary().total == 5


def test_percentiles_are_right_to_one_percent() -> None:
    tally = Tally()
    for millisecond in range(1, 1001):
        tally.add(answered(200), millisecond / 1000)
    latency = tally.summary().latency_seconds
    assert latency.p50 == pytest.approx(0.5, rel=0.011)
    assert latency.p90 == pytest.approx(0.9, rel=0.011)
    assert latency.p99 == pytest.approx(0.99, rel=0.011)
    assert latency.longest == 1.0


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 3600.0])
def test_no_duration_is_too_short_or_too_long_to_be_counted(seconds: float) -> None:
    tally = Tally()
    tally.add(answered(200), seconds)
    assert tally.summary().latency_seconds.p50 <= seconds
    assert tally.summary().latency_seconds.longest == seconds


def test_every_success_is_counted_and_the_longest_is_kept() -> None:
    tally = Tally()
    for seconds in (0.1, 4.0, 0.2):
        tally.add(answered(200), seconds)
    assert (tally.ok, tally.total) == (3, 3)
    assert tally.summary().latency_seconds.longest == 4.0


def test_a_percentile_is_that_of_the_smallest_share_that_reaches_it() -> None:
    tally = Tally()
    for seconds in (1.0, 1.0, 1.0, 10.0):
        tally.add(answered(200), seconds)
    latencies = tally.summary().latency_seconds
    assert latencies.p50 == pytest.approx(1.0, rel=0.1)
    assert latencies.p90 == pytest.approx(10.0, rel=0.1)
