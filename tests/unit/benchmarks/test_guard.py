"""Two commits are compared fairly: a difference that is there is found, and one that is not is not claimed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from benchmarks import first_answer, guard
from benchmarks.guard import Compared, Round, Side, checked_out, compared, dearer, interval, show, taking_turns
from benchmarks.server import serving

ROOT = Path(__file__).parents[3]
CASE = "remembered is_implemented, Client"
SLOWER = """
def _slower(self, **given):
    sum(range(10_000))
    return _as_before(self, **given)

_as_before, Client.is_implemented = Client.is_implemented, _slower
"""


@pytest.mark.parametrize(
    ("count", "expected"),
    [
        pytest.param(5, None, id="1 in 16 that all lie on one side"),
        pytest.param(6, (0, 5), id="1 in 32"),
        pytest.param(8, (0, 7), id="1 in 128; without the outermost it would be 7 in 100"),
        pytest.param(12, (2, 9), id="4 in 100"),
        pytest.param(20, (5, 14), id="4 in 100 too"),
    ],
)
def test_the_interval_is_as_wide_as_the_chance_of_a_miss_demands(count: int, expected: tuple[int, int] | None) -> None:
    assert interval([*range(count)][::-1]) == expected


def rounds(*ratios: float) -> list[Round]:
    return [Round([1e-6, 1e-6, 1e-6], [ratio * 1e-6, ratio * 1e-6, 9e-6]) for ratio in ratios]


@pytest.mark.parametrize(
    ("ratios", "verdict"),
    [
        ((1.1, 1.2, 1.3, 1.1, 1.2, 1.3), "dearer"),
        ((0.9, 0.8, 0.9, 0.8, 0.9, 0.8), "cheaper"),
        ((0.9, 1.1, 1.2, 1.1, 1.2, 1.1), "no difference seen"),
        ((2.0, 2.0), "too few rounds to tell"),
    ],
)
def test_a_difference_is_claimed_only_where_the_whole_interval_shows_it(
    ratios: tuple[float, ...], verdict: str
) -> None:
    assert compared(rounds(*ratios)).verdict == verdict


def test_a_turn_that_something_else_slowed_does_not_count() -> None:
    found = compared(rounds(1.0, 1.0, 1.0, 1.0, 1.0, 1.0))
    assert found == pytest.approx((1.0, 1.0, 1.0, 1.0, 1.0))


def test_a_case_fails_the_command_when_its_whole_interval_is_above_what_is_allowed() -> None:
    found = {
        "surely": Compared(1.2, 1.1, 1.3, 10.0, 12.0),
        "perhaps": Compared(1.2, 1.0, 1.3, 10.0, 12.0),
        "too few": Compared(1.2, None, None, 10.0, 12.0),
    }
    assert dearer(found, 1.05) == ["surely"]
    assert dearer(found, 1.15) == []
    assert "1.200  1.100 to 1.300    dearer" in show(found)


@pytest.mark.sockets
def test_a_commit_is_checked_out_beside_the_tree_and_removed_again(tmp_path: Path) -> None:
    def git(*arguments: str) -> str:
        identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        return subprocess.check_output(["git", "-C", str(tmp_path), *identity, *arguments], text=True)

    git("init", "--quiet")
    file = tmp_path / "file"
    file.write_text("as it was")
    git("add", "file")
    git("commit", "--quiet", "--message", "one")
    file.write_text("as it is")
    with checked_out("HEAD", tmp_path) as folder:
        assert (folder / "file").read_text() == "as it was"
    assert file.read_text() == "as it is"
    assert not folder.exists()
    assert len(git("worktree", "list").splitlines()) == 1


@pytest.mark.sockets
def test_a_slower_tree_is_found_to_be_slower(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "lpfunctions", tmp_path / "lpfunctions", ignore=shutil.ignore_patterns("testing", "cli"))
    with (tmp_path / "lpfunctions" / "client.py").open("a") as client:
        client.write(SLOWER)
    sides = [Side(tree, "127.0.0.1:1") for tree in (ROOT, tmp_path)]  # no case in memory connects
    try:
        taken = taking_turns(sides, CASE, turns=3, seconds=0.002)
    finally:
        for side in sides:
            side.close()
    assert taken.ratio > 2


@pytest.mark.sockets
def test_each_side_knows_the_same_cases_and_runs_them_against_the_server() -> None:
    with serving() as (host, _):
        side = Side(ROOT, host)
        try:
            assert all(side.seconds_a_call(case, 1) > 0 for case in side.ask("?").split("\t"))
        finally:
            side.close()
        assert first_answer.run("Client", host, guard.pointed_at(ROOT)).processor > 0
