"""One deadline over everything a call does."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.retries.deadline import RUNNING_TIME_SECONDS, Deadline, in_words


def test_time_runs_out_and_never_below_zero() -> None:
    deadline = Deadline.after(35.0, 100.0)
    assert deadline == (135.0, 35.0)
    assert [deadline.remaining(now) for now in (100.0, 120.0, 135.0, 1000.0)] == [35.0, 15.0, 0.0, 0.0]


def test_an_unlimited_deadline_never_comes() -> None:
    deadline = Deadline.after(math.inf, 100.0)
    assert deadline.remaining(1e12) == math.inf
    assert deadline.leaves_time_to_run_again(1e12)


@pytest.mark.parametrize(
    ("timeout", "passed", "enough"),
    [
        pytest.param(35.0, 0.0, True, id="at-the-start"),
        pytest.param(35.0, 17.5, True, id="exactly-half"),
        pytest.param(35.0, 17.6, False, id="less-than-half"),
        pytest.param(100.0, 70.0, True, id="exactly-thirty-seconds"),
        pytest.param(100.0, 70.1, False, id="less-than-thirty-seconds"),
        pytest.param(1.0, 0.5, True, id="half-of-a-second"),
        pytest.param(35.0, 40.0, False, id="over"),
    ],
)
def test_a_function_runs_again_only_with_time_to_finish(timeout: float, passed: float, enough: bool) -> None:
    assert RUNNING_TIME_SECONDS == 30.0
    assert Deadline.after(timeout, 100.0).leaves_time_to_run_again(100.0 + passed) is enough


@settings(max_examples=100, deadline=None)
@given(st.floats(0.001, 3600), st.floats(0, 1e6), st.floats(0, 1e6))
def test_what_remains_is_bounded_by_what_was_given(timeout: float, now: float, passed: float) -> None:
    assert 0 <= Deadline.after(timeout, now).remaining(now + passed) <= timeout + 1e-6


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (35, "35 s"),
        (34.99998, "35 s"),
        (0.0987134, "0.1 s"),
        (0.004, "0.004 s"),
        (120.5, "120.5 s"),
        (math.inf, "inf s"),
    ],
)
def test_a_message_shows_the_number_that_was_given(seconds: float, text: str) -> None:
    assert in_words(seconds) == text
