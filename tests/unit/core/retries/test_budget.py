"""The arithmetic of the retry budget."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lpfunctions.core.retries.budget import CAPACITY, MOST_HOSTS, RetryBudget, cost_after


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


def bucket(level: int = CAPACITY) -> RetryBudget:
    """A budget whose one host has *level*."""
    budget = RetryBudget(nullcontext)
    if level < CAPACITY:
        assert budget.acquire("h", CAPACITY - level)
    return budget


def test_a_full_bucket_is_worth_a_hundred_retries() -> None:
    budget = bucket()
    assert sum(budget.acquire("h", 5) for _ in range(200)) == 100


@pytest.mark.parametrize(
    ("level", "cost", "left"), [(500, 5, 495), (10, 10, 0), (5, 5, 0), (9, 10, None), (0, 5, None)]
)
def test_a_retry_needs_all_of_its_cost(level: int, cost: int, left: int | None) -> None:
    budget = bucket(level)
    assert budget.acquire("h", cost) is (left is not None)
    assert budget.level("h") == (level if left is None else left)


@pytest.mark.parametrize(
    ("level", "acquired", "then"),
    [
        pytest.param(0, 0, 1, id="no-retry-releases-one"),
        pytest.param(0, 5, 5, id="a-retry-is-released"),
        pytest.param(490, 10, 500, id="up-to-full"),
        pytest.param(500, 0, 500, id="full-stays-full"),
        pytest.param(498, 5, 500, id="never-more-than-full"),
    ],
)
def test_a_success_releases(level: int, acquired: int, then: int) -> None:
    budget = bucket(level)
    budget.release("h", acquired)
    assert budget.level("h") == then


@given(st.lists(st.sampled_from([None, 503, 504, "success", "success after 503"]), max_size=400))
def test_a_bucket_is_never_overdrawn_nor_overfull(events: list[int | str | None]) -> None:
    budget = bucket()
    for event in events:
        if isinstance(event, str):
            budget.release("h", 5 if "503" in event else 0)
        else:
            budget.acquire("h", cost_after(event))
        assert 0 <= budget.level("h") <= CAPACITY


def test_a_host_that_is_full_again_is_forgotten() -> None:
    budget = bucket(490)
    assert len(budget) == 1
    budget.release("h", 10)
    assert len(budget) == 0


def test_of_too_many_hosts_the_oldest_is_forgotten() -> None:
    budget = RetryBudget(nullcontext)
    for number in range(MOST_HOSTS):
        assert budget.acquire(f"h{number}", 5)
    assert (len(budget), budget.level("h0")) == (MOST_HOSTS, CAPACITY - 5)
    assert budget.acquire("one more", 5)
    assert (len(budget), budget.level("h0"), budget.level("h1")) == (MOST_HOSTS, CAPACITY, CAPACITY - 5)
