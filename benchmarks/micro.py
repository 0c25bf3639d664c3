"""`make bench-micro`: our own work per call, over a transport in memory, as a ratio to a calibration loop.

Options are pyperf's and go to benchmarks/cases.py, which does the timing; ``--fast`` is the one to know.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import imports, python_calls
from benchmarks.names import CALIBRATION, INVOKE_SYNC, TELEMETRY, UNOBSERVED
from benchmarks.results import Cost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def measure(options: Sequence[str] = ()) -> dict[str, Cost]:
    """Run the cases with *options* of pyperf; what each costs."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder, "cases.json"))
        command = [sys.executable, "-m", "benchmarks.cases", *options, "--output", file]
        subprocess.run(command, check=True, stdout=sys.stderr)
        pyperf: Any = import_module("pyperf")  # has no types
        suite = pyperf.BenchmarkSuite.load(file)
    return dict(_with_telemetry({case.get_name(): cost(case) for case in suite.get_benchmarks()}))


def cost(case: Any) -> Cost:
    """What pyperf found out about one case."""
    runs = [run for run in case.get_runs() if run.values]  # the others only found out how many loops are enough
    ratios = [statistics.median(run.values) / run.get_metadata()[CALIBRATION] for run in runs]
    return Cost(case.median() * 1e6, case.median_abs_dev() * 1e6, statistics.median(ratios))


def _with_telemetry(costs: dict[str, Cost]) -> Iterator[tuple[str, Cost]]:
    """*costs*, and after the call that nobody looks at what looking takes: the difference."""
    for name, found in costs.items():
        yield name, found
        if name == UNOBSERVED:
            seen = costs[INVOKE_SYNC]
            spread = seen.spread + found.spread
            yield TELEMETRY, Cost(seen.micros - found.micros, spread, seen.ratio - found.ratio)


def show(costs: dict[str, Cost]) -> str:
    """A table that a person reads."""
    lines = [f"{'':<44} {'µs':>7}           over the calibration loop"]
    for name, found in costs.items():
        lines.append(f"{name:<44} {found.micros:7.2f} ± {found.spread:<5.2f} {found.ratio:8.2f} x")
    return "\n".join(lines)


def main() -> None:
    """Print the tables: what calls cost in time and in Python calls, and what importing costs."""
    options = sys.argv[1:]
    sys.stdout.write(show(measure(options)) + "\n\n")
    sys.stdout.write(python_calls.show(python_calls.measure()) + "\n\n")
    rounds = imports.ROUNDS // 3 if "--fast" in options else imports.ROUNDS
    sys.stdout.write(imports.show(imports.measure(rounds)) + "\n")


if __name__ == "__main__":
    main()
