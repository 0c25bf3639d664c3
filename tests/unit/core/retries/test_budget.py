"""The arithmetic of the retry budget."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lpfunctions.core.retries.budget import CAPACITY, after_retry, after_success, cost_after


@pytest.mark.parametrize(
    ("status", "cost"),
    [
        pytest.param(None, 5, id="no-answer"),
        pytest.param(429, 5, id="429"),
        pytest.param(503, 5, id="503"),
        pytest.param(500, 5, id="500"),
        pytest.param(408, 10, id="408"),
        pytest.param(504, 10, id="504"),
    ],
)
def test_a_retry_takes_five_and_ten_after_a_timeout(status: int | None, cost: int) -> None:
    assert cost_after(status) == cost


def test_a_full_bucket_is_worth_a_hundred_retries() -> None:
    level: int | None = CAPACITY
    retries = 0
    while level is not None and (level := after_retry(level, 5)) is not None:
        retries += 1
    assert retries == 100


@pytest.mark.parametrize(
    ("level", "cost", "left"), [(500, 5, 495), (10, 10, 0), (5, 5, 0), (9, 10, None), (0, 5, None)]
)
def test_a_retry_needs_all_of_its_cost(level: int, cost: int, left: int | None) -> None:
    assert after_retry(level, cost) == left


@pytest.mark.parametrize(
    ("level", "taken", "then"),
    [
        pytest.param(0, 0, 1, id="no-retry-pays-one"),
        pytest.param(0, 5, 5, id="a-retry-pays-back"),
        pytest.param(490, 10, 500, id="up-to-full"),
        pytest.param(500, 0, 500, id="full-stays-full"),
        pytest.param(498, 5, 500, id="never-more-than-full"),
    ],
)
def test_a_success_pays_back(level: int, taken: int, then: int) -> None:
    assert after_success(level, taken) == then


@given(st.lists(st.sampled_from([None, 503, 504, "success", "success after 503"]), max_size=400))
def test_a_bucket_is_never_overdrawn_nor_overfull(events: list[int | str | None]) -> None:
    level = CAPACITY
    for event in events:
        if isinstance(event, str):
            level = after_success(level, 5 if "503" in event else 0)
        else:
            left = after_retry(level, cost_after(event))
            level = level if left is None else left
        assert 0 <= level <= CAPACITY
