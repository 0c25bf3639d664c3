"""How many invocations of a batch run at once."""

from __future__ import annotations

from lpfunctions.core.batches.concurrency import AdaptiveConcurrency


def test_it_starts_with_what_the_user_allows() -> None:
    assert AdaptiveConcurrency(10).allowed == 10


def test_a_429_halves_it_once_for_all_that_ran_at_that_moment() -> None:
    concurrency = AdaptiveConcurrency(16)
    numbers = [concurrency.start() for _ in range(16)]
    for number in numbers:
        concurrency.ended(number, throttled=True)
    assert concurrency.allowed == 8


def test_a_later_429_halves_it_again_down_to_one() -> None:
    concurrency = AdaptiveConcurrency(16)
    allowed: list[int] = []
    for _ in range(6):
        concurrency.ended(concurrency.start(), throttled=True)
        allowed.append(concurrency.allowed)
    assert allowed == [8, 4, 2, 1, 1, 1]


def test_as_many_good_answers_as_run_at_once_raise_it_by_one_and_never_beyond_the_most() -> None:
    concurrency = AdaptiveConcurrency(4)
    concurrency.ended(concurrency.start(), throttled=True)
    allowed: list[int] = []
    for _ in range(12):
        concurrency.ended(concurrency.start(), throttled=False)
        allowed.append(concurrency.allowed)
    assert allowed == [2, 2, 3, 3, 3, 4, 4, 4, 4, 4, 4, 4]
