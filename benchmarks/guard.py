"""`make bench-guard BASE=main`: what a call costs at two commits, side by side on one machine.

The commit BASE is checked out into a temporary folder; the other side is this tree as it is, with what is not
committed. Each round starts a process of either side, of the same interpreter, and lets them take turns, some
hundredths of a second each, so that whatever else the machine does slows both. Counted is processor time of the
client's process. A round gives the median of its ratios; shown is the median of the rounds, and the interval that holds
the true one in at least 95 of 100 runs.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from itertools import chain
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks import first_answer
from benchmarks.server import ACCOUNT, apart

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

HERE: Final = Path(__file__).parents[1]
ROUNDS, TURNS, SECONDS_OF_A_TURN = 12, 12, 0.02
ALLOWED: Final = 1.05
CONFIDENCE: Final = 0.95
FIRST_ANSWERS: Final = {"start to first answer, Client": "Client", "start to first answer, AsyncClient": "AsyncClient"}


class Compared(NamedTuple):
    """What a case costs in this tree over what it costs at the base.

    Attributes:
        ratio: median of the rounds.
        low, high: the interval that holds it; None where the rounds are too few to tell.
        base_micros, here_micros: processor time of one call, µs.
    """

    ratio: float
    low: float | None
    high: float | None
    base_micros: float
    here_micros: float

    @property
    def verdict(self) -> str:
        """In words: is there a difference?"""
        if self.low is None or self.high is None:
            return "too few rounds to tell"
        if self.low > 1:
            return "dearer"
        return "cheaper" if self.high < 1 else "no difference seen"


class Round(NamedTuple):
    """What one case took in one round, for each turn: processor time of one call, seconds."""

    base: list[float]
    here: list[float]

    @property
    def ratio(self) -> float:
        """Median of the ratios within a turn."""
        return statistics.median(here / base for base, here in zip(self.base, self.here, strict=True))


def interval(values: Sequence[float], confidence: float = CONFIDENCE) -> tuple[float, float] | None:
    """The narrowest pair of *values*, equally far from both ends, that holds their true median so surely.

    Each value is above or below the true median with equal chance, whatever their distribution. None if there are too
    few values.
    """
    ordered, count = sorted(values), len(values)
    for left_out in range((count - 1) // 2, -1, -1):
        missed = 2 * sum(comb(count, fewer) for fewer in range(left_out + 1)) / 2**count
        if missed <= 1 - confidence:
            return ordered[left_out], ordered[count - 1 - left_out]
    return None


def compared(rounds: Sequence[Round]) -> Compared:
    """What the rounds of one case say."""
    ratios = [each.ratio for each in rounds]
    low, high = interval(ratios) or (None, None)
    base, here = (statistics.median(chain.from_iterable(side)) * 1e6 for side in zip(*rounds, strict=True))
    return Compared(statistics.median(ratios), low, high, base, here)


@contextmanager
def checked_out(commit: str, repository: Path = HERE) -> Generator[Path]:
    """The files of *commit*, in a folder that is removed afterwards."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(repository), *arguments], check=True, capture_output=True)

    with tempfile.TemporaryDirectory() as parent:
        folder = Path(parent, "base")
        git("worktree", "add", "--detach", str(folder), commit)
        try:
            yield folder
        finally:
            git("worktree", "remove", "--force", str(folder))


class Side:
    """A running `benchmarks.side` that uses the package of *tree*."""

    def __init__(self, tree: Path, host: str, python: str = sys.executable) -> None:
        program = str(Path(__file__).with_name("side.py"))
        self._process = subprocess.Popen(
            [python, program, host, ACCOUNT], env=pointed_at(tree), stdin=-1, stdout=-1, text=True
        )

    def ask(self, line: str) -> str:
        """Send *line*; return what comes back."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise RuntimeError(f"{line!r} was not answered; what went wrong is printed above")
        return answer

    def seconds_a_call(self, case: str, loops: int) -> float:
        """Processor time of one call."""
        return float(self.ask(f"{case} {loops}")) / loops

    def close(self) -> None:
        """End the process."""
        self._process.communicate()


def pointed_at(tree: Path) -> dict[str, str]:
    """The environment of a process that imports the package of *tree*, whatever is installed."""
    return {**first_answer.environment(), "PYTHONPATH": str(tree), "PYTHONSAFEPATH": "1"}


def one_round(base: Path, here: Path, host: str, turns: int, seconds: float) -> dict[str, Round]:
    """Let a process of either side take turns at every case."""
    with ExitStack() as opened:
        sides = [Side(tree, host) for tree in (base, here)]
        for side in sides:
            opened.callback(side.close)
        names = sides[0].ask("?").split("\t")
        return {name: taking_turns(sides, name, turns, seconds) for name in names}


def taking_turns(sides: Sequence[Side], case: str, turns: int, seconds: float) -> Round:
    """Let *sides* run *case* one after the other, the first of them being the base."""
    for side in sides:
        side.ask(f"{case} 100")  # connections, caches, specialised bytecode
    loops = max(round(seconds / sides[0].seconds_a_call(case, 50)), 50)
    taken: tuple[list[float], list[float]] = ([], [])
    for turn in range(turns):
        for place in (0, 1) if turn % 2 == 0 else (1, 0):
            taken[place].append(sides[place].seconds_a_call(case, loops))
    return Round(*taken)


def first_answers(base: Path, here: Path, host: str) -> dict[str, Round]:
    """From the start of the interpreter to the first answer, twice on either side."""

    def taken(program: str, tree: Path) -> float:
        return first_answer.run(program, host, pointed_at(tree)).processor / 1e3

    found: dict[str, Round] = {}
    for case, program in FIRST_ANSWERS.items():
        one, two, three, four = (taken(program, tree) for tree in (base, here, here, base))
        found[case] = Round([one, four], [two, three])
    return found


def measure(
    base: Path, here: Path = HERE, rounds: int = ROUNDS, turns: int = TURNS, seconds: float = SECONDS_OF_A_TURN
) -> dict[str, Compared]:
    """Compare the trees *base* and *here*."""
    found: dict[str, list[Round]] = {}
    with apart() as (host, _):
        first_answers(base, here, host)  # files are read, bytecode is written
        for _ in range(rounds):
            for part in (one_round(base, here, host, turns, seconds), first_answers(base, here, host)):
                for case, each in part.items():
                    found.setdefault(case, []).append(each)
    return {case: compared(each) for case, each in found.items()}


def show(found: dict[str, Compared]) -> str:
    """A table that a person reads."""
    lines = [f"{'processor time of a call':<44} {'base µs':>9} {'here µs':>9} {'ratio':>6}  95 % interval"]
    for case, each in found.items():
        between = "" if each.low is None else f"{each.low:.3f} to {each.high:.3f}"
        cells = f"{each.base_micros:9.1f} {each.here_micros:9.1f} {each.ratio:6.3f}  {between:<16}  {each.verdict}"
        lines.append(f"{case:<44} {cells}")
    return "\n".join(lines)


def dearer(found: dict[str, Compared], allowed: float = ALLOWED) -> list[str]:
    """Cases that surely cost more than *allowed* times what they cost at the base."""
    return [case for case, each in found.items() if each.low is not None and each.low > allowed]


def main(show_on: Callable[[str], object] = sys.stdout.write) -> None:
    """Compare; exit 1 if a call has surely become dearer than is allowed."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("base", help="a commit, a branch or a tag")
    options.add_argument("--rounds", type=int, default=ROUNDS, help="at least 6; more make the interval narrower")
    options.add_argument("--allowed", type=float, default=ALLOWED, help="a ratio surely above this is a failure")
    given = options.parse_args()
    with checked_out(given.base) as base:
        found = measure(base, rounds=given.rounds)
    show_on(show(found) + "\n")
    if too_dear := dearer(found, given.allowed):
        sys.exit(f"dearer than {given.allowed} times the base: {', '.join(too_dear)}")


if __name__ == "__main__":
    main()
