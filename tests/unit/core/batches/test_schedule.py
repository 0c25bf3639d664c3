"""A rate limit as a schedule: when the next place is free, and what a reservation or a pause does to it."""

from __future__ import annotations

from functools import partial

import pytest

from lpfunctions.core.batches.schedule import postponed, reserved

NEVER = float("-inf")


def waits(count: int, *, burst: int, interval_seconds: float = 0.5, now: float = 100.0) -> list[float]:
    """Seconds that each of *count* requests waits, all of them asked for at *now*."""
    found: list[float] = []
    next_at = NEVER
    for _ in range(count):
        wait_seconds, next_at = reserved(next_at, now, interval_seconds=interval_seconds, burst=burst)
        found.append(wait_seconds)
    return found


@pytest.mark.parametrize(
    ("burst", "expected"),
    [(1, [0.0, 0.5, 1.0, 1.5]), (2, [0.0, 0.0, 0.5, 1.0]), (3, [0.0, 0.0, 0.0, 0.5])],
)
def test_a_burst_goes_at_once_and_the_rest_at_even_distances(burst: int, expected: list[float]) -> None:
    assert waits(4, burst=burst) == expected


def test_time_that_passes_frees_places() -> None:
    reserve = partial(reserved, interval_seconds=0.5, burst=1)
    _, next_at = reserve(NEVER, 100.0)
    assert next_at == 100.5
    assert reserve(next_at, 100.25) == (0.25, 101.0)
    assert reserve(next_at, 100.5) == (0.0, 101.0)
    assert reserve(next_at, 200.0) == (0.0, 200.5), "what was not used is not saved"


@pytest.mark.parametrize("burst", [1, 3])
def test_after_a_pause_the_first_place_comes_when_it_ends(burst: int) -> None:
    next_at = postponed(NEVER, 100.0, interval_seconds=0.5, burst=burst, seconds=7.0)
    assert reserved(next_at, 100.0, interval_seconds=0.5, burst=burst)[0] == 7.0


def test_a_pause_never_brings_a_reserved_place_nearer() -> None:
    assert postponed(150.0, 100.0, interval_seconds=0.5, burst=1, seconds=7.0) == 150.0
