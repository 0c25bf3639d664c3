"""`make bench`: everybody against the same server, side by side in one run, taking turns; medians and ratios.

Absolute numbers say something about this machine; the ratios are what counts. The server has a core of its own.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.contenders import contenders
from benchmarks.names import OURS
from benchmarks.results import Race
from benchmarks.server import apart
from benchmarks.turns import orders

if TYPE_CHECKING:
    from benchmarks.contenders import Contender, Taken

ROWS = [("async", n) for n in (1, 16, 50, 256)] + [("sync", n) for n in (1, 8)]
REPETITIONS, CALLS, SECONDS = 8, 2000, 0.3


def measure(repetitions: int = REPETITIONS, calls: int = CALLS, seconds: float = SECONDS) -> Race:
    """Let everybody run each row *repetitions* times, each time at least so many *calls* and so many *seconds*."""
    rates: dict[str, dict[str, list[float]]] = {}
    costs: dict[str, dict[str, list[float]]] = {}
    with apart() as (host, server):
        lengths = {row: enough(host, *row, calls, seconds) for row in ROWS}
        for repetition in range(repetitions):
            for (mode, together), length in lengths.items():
                row = f"{mode} {together}"
                for name, taken in race(host, mode, together, length, repetition).items():
                    rates.setdefault(row, {}).setdefault(name, []).append(length / taken.wall)
                    costs.setdefault(row, {}).setdefault(name, []).append(taken.processor / length * 1e6)
    return Race(server, rates, costs)


def enough(host: str, mode: str, together: int, calls: int, seconds: float) -> int:
    """Calls that keep even the fastest busy for *seconds*, and not fewer than *calls*."""
    probe = max(calls // 4, together)
    fastest = min(_run(contender, host, probe, together).wall for contender in contenders(mode).values())
    return max(calls, math.ceil(probe / fastest * seconds))


def race(host: str, mode: str, together: int, calls: int, repetition: int) -> dict[str, Taken]:
    """What each contender takes, once; each repetition has another order."""
    runners = contenders(mode)
    turns = orders(list(runners))
    return {name: _run(runners[name], host, calls, together) for name in turns[repetition % len(turns)]}


def _run(contender: Contender, host: str, calls: int, together: int) -> Taken:
    gc.collect()  # what the one before left is not this one's to clear up
    return contender(host, calls, together)


def show(found: Race) -> str:
    """A table that a person reads: rates, and our rate over each of the others'."""
    lines = [f"server: {found.server}, on a core of its own; calls a second, lpfunctions over it, µs of processor", ""]
    for label, row in found.rates.items():
        others = [name for name in sorted(row) if name != OURS]
        cells = [f"{_cell(found, label, name)} ({found.over(label, OURS, name):.2f})" for name in others]
        lines.append(f"{label:>10}: " + " | ".join([_cell(found, label, OURS), *cells]))
    return "\n".join(lines)


def _cell(found: Race, label: str, name: str) -> str:
    return f"{name} {found.rate(label, name):,.0f}, {found.micros(label, name):.0f} µs"


def main() -> None:
    """Measure, print, and write JSON where it is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repetitions", type=int, default=REPETITIONS, help="a multiple of 4 is balanced")
    options.add_argument("--calls", type=int, default=CALLS, help="at least so many in a row of the table")
    options.add_argument("--seconds", type=float, default=SECONDS, help="at least so long")
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    found = measure(given.repetitions, given.calls, given.seconds)
    sys.stdout.write(show(found) + "\n")
    if given.json:
        given.json.write_text(json.dumps({"race": asdict(found)}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
