"""A bound that is not kept is called missed, and what was not measured is called nothing else."""

from __future__ import annotations

import pytest

from benchmarks import verdicts
from benchmarks.names import LEAN_ASYNC, LEAN_SYNC, NAIVE_ASYNC, NAIVE_SYNC, NODE, OURS
from benchmarks.results import Cost, Crowd, Imports, Large, Locks, Observed, Race, Reading, Scale, Soak

SYNC = "sync 1"


def race(server: str = "nginx") -> Race:
    """Half as fast as aiohttp, as fast as its expert, six times as fast as Node; 2 of the 4 times over requests."""
    of_async = {OURS: [6.0], NAIVE_ASYNC: [12.0], LEAN_ASYNC: [6.0], NODE: [1.0]}
    of_sync = {OURS: [2.0], NAIVE_SYNC: [1.0], LEAN_SYNC: [1.0]}
    return Race(server, {**{f"async {number}": of_async for number in (1, 16, 50, 256)}, SYNC: of_sync})


def test_what_is_reached_what_is_missed_and_what_nobody_ran() -> None:
    found = list(verdicts.of_race(race()))
    assert [figure.reached for figure in found] == [False] * 4 + [True] * 4 + [True, True, False, None]
    assert found[-1].measured == "Node client is missing"


def test_ratios_against_a_slow_server_are_no_verdict() -> None:
    assert {figure.reached for figure in verdicts.of_race(race("stand-in"))} == {None}


def test_a_ratio_is_taken_within_each_repetition() -> None:
    drifting = Race("nginx", {SYNC: {OURS: [1.0, 10.0, 100.0], NAIVE_SYNC: [2.0, 20.0, 50.0]}})
    assert drifting.over(SYNC, OURS, NAIVE_SYNC) == 0.5


@pytest.mark.parametrize(
    ("crowd", "reached"),
    [
        pytest.param(Crowd("tasks", 9, 1, 1, 1, 9), True, id="asked once"),
        pytest.param(Crowd("tasks", 9, 1, 2, 1, 9), False, id="two tokens"),
        pytest.param(Crowd("tasks", 9, 0, 1, 1, 9), False, id="no discovery"),
        pytest.param(Crowd("tasks", 9, 1, 1, 1, 8), False, id="one went without an answer"),
    ],
)
def test_a_crowd_asks_once(crowd: Crowd, reached: bool) -> None:
    assert [figure.reached for figure in verdicts.of_crowds([crowd])] == [reached]


@pytest.mark.parametrize(
    ("locks", "reached"), [(Locks(3, 0, 9), True), (Locks(3, 1, 9), False), (Locks(0, 0, 9), None)]
)
def test_no_lock_counts_only_where_locks_are_seen(locks: Locks, reached: bool | None) -> None:
    assert [figure.reached for figure in verdicts.of_locks(locks)] == [reached]


@pytest.mark.parametrize(
    ("rss_kib", "descriptors", "reached"),
    [
        pytest.param(3906, 2, [True, True], id="at the bounds"),
        pytest.param(3907, -3, [False, False], id="just beyond"),
        pytest.param(-9000, 0, [True, True], id="less than before"),
    ],
)
def test_growth_is_bounded(rss_kib: int, descriptors: int, reached: list[bool]) -> None:
    warm, later = Reading(1, 50_000, 9, 1, 1.0), Reading(2, 50_000 + rss_kib, 9 + descriptors, 1, 1.0)
    figures = verdicts.of_soak(Soak("nginx", {"Client": [warm, later]}))
    assert [figure.reached for figure in figures] == reached


def test_a_cost_may_grow_by_a_tenth_and_may_shrink() -> None:
    sizes = [
        Scale("invoke", "in flight", {1: 10.0, 10: 11.0, 100: 5.0}),
        Scale("invoke", "threads", {1: 10.0, 10: 11.1}),
    ]
    assert [figure.reached for figure in verdicts.of_scales(sizes)] == [True, False]


def test_what_the_same_loop_grows_by_without_a_client_is_not_ours() -> None:
    threads = Scale("invoke", "threads", {1: 10.0, 1000: 13.0}, {1: 1.0, 1000: 1.2})
    assert threads.growth() == pytest.approx({1: 1.0, 1000: 1.3 / 1.2})
    assert [figure.reached for figure in verdicts.of_scales([threads])] == [True]


def test_a_cost_that_is_to_grow_is_not_judged() -> None:
    assert not list(verdicts.of_scales([Scale("invoke", "bytes", {1: 1.0, 10: 10.0}, is_flat=False)]))


def test_imports_are_judged_by_time_and_by_what_they_load() -> None:
    found = Imports({"import lpfunctions": 41.0}, {}, ["requests"])
    assert [figure.reached for figure in verdicts.of_imports(found, Cost(1.0, 0.0, 1.0))] == [False, False]


def test_a_first_answer_is_compared_with_that_by_hand_within_each_round() -> None:
    runs = {
        "Client": {"processor": [115.0, 230.0, 9000.0], "wall": [1.0]},
        "requests": {"processor": [100.0, 200.0, 8000.0], "wall": [1.0]},
        "AsyncClient": {"processor": [116.0], "wall": [1.0]},
        "aiohttp": {"processor": [100.0], "wall": [1.0]},
    }
    assert [figure.reached for figure in verdicts.of_first_answers(runs)] == [True, False]


@pytest.mark.parametrize(("sdk", "reached"), [(20.0, True), (20.1, False)])
def test_telemetry_is_not_to_cost_more_than_by_hand(sdk: float, reached: bool) -> None:
    assert [figure.reached for figure in verdicts.of_telemetry(Observed(1.0, sdk, 20.0))] == [reached]


def test_large_bodies_are_judged_by_memory_and_where_there_is_a_loop_by_how_long_it_is_held() -> None:
    large = {"Client": Large(10, 30, 1.0, None), "AsyncClient": Large(10, 31, 1.0, 20.0)}
    assert [figure.reached for figure in verdicts.of_large(large)] == [True, False, True]


def test_the_table_is_markdown_and_one_miss_is_a_failure() -> None:
    missed, reached, open_ = (verdicts.Figure("P1", "a", "1", "2", kept) for kept in (False, True, None))
    assert verdicts.table([missed, open_]).splitlines() == [
        "| id | what | asked | measured |  |",
        "| --- | --- | --- | --- | --- |",
        "| P1 | a | 1 | 2 | **missed** |",
        "| P1 | a | 1 | 2 | not measured |",
    ]
    assert (verdicts.exit_status([reached, open_]), verdicts.exit_status([missed])) == (0, 1)
