"""The cases of `benchmarks.side` on each version of Python that has an environment here: python -m benchmarks.versions.

`make figures` makes environments of the other versions that are installed; nothing but the package is in them.
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import Final

from benchmarks.guard import HERE, Side
from benchmarks.server import apart

ROUNDS, CALLS = 5, 2000
_CURRENT: Final = f"{sys.version_info.major}.{sys.version_info.minor}"


def interpreters(folder: Path = HERE) -> dict[str, str]:
    """Version to its interpreter: this one, and those of ``.venv-3.x`` that are complete."""
    others = {
        ready.parent.name.removeprefix(".venv-"): str(ready.parent / "bin" / "python")
        for ready in sorted(folder.glob(".venv-3.*/*ready"))
    }
    return {**others, _CURRENT: sys.executable}


def measure(rounds: int = ROUNDS, calls: int = CALLS) -> dict[str, dict[str, float]]:
    """µs of processor time of each case, by version; they take turns, and medians count."""
    with apart() as (host, _):
        sides = {version: Side(HERE, host, python) for version, python in sorted(interpreters().items())}
        try:
            cases = next(iter(sides.values())).ask("?").split("\t")
            return {
                version: dict(zip(cases, values, strict=True))
                for version, values in zip(sides, _of_all(list(sides.values()), cases, rounds, calls), strict=True)
            }
        finally:
            for side in sides.values():
                side.close()


def _of_all(sides: list[Side], cases: list[str], rounds: int, calls: int) -> list[list[float]]:
    taken = [[[side.seconds_a_call(case, calls) for side in sides] for _ in range(rounds)] for case in cases]
    return [[statistics.median(found[place] for found in each) * 1e6 for each in taken] for place in range(len(sides))]


def show(found: dict[str, dict[str, float]]) -> str:
    """Markdown: a row for each case."""
    versions = list(found)
    rows = [("µs of processor time", *versions), ("---",) * (1 + len(versions))]
    rows += [(case, *(f"{found[version][case]:.1f}" for version in versions)) for case in found[versions[0]]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


if __name__ == "__main__":
    sys.stdout.write(show(measure()) + "\n")
