"""What importing costs, in processes of its own: python -m benchmarks.imports.

The statements take turns, round by round; each is compared with those of the same round.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from typing import Final

from benchmarks.first_answer import environment
from benchmarks.results import Imports
from benchmarks.turns import orders

ROUNDS = 15
BARE: Final = "pass"
ALL: Final = "import lpfunctions"
SYNC, ASYNC = "from lpfunctions import Client", "from lpfunctions import AsyncClient"
LIBRARIES: Final = {
    SYNC: "import requests, pydantic, structlog, opentelemetry.trace",
    ASYNC: "import aiohttp, pydantic, structlog, opentelemetry.trace",
}
_LOADED = "import sys; print(*{'requests', 'urllib3', 'aiohttp'}.intersection(sys.modules))"


def measure(rounds: int = ROUNDS) -> Imports:
    """Let every statement run *rounds* times."""
    statements = [BARE, ALL, *LIBRARIES, *LIBRARIES.values()]
    taken: dict[str, list[float]] = {statement: [] for statement in statements}
    turns = orders(statements)
    for statement in statements:
        _milliseconds(statement)  # files are read, bytecode is written
    for number in range(rounds):
        for statement in turns[number % len(turns)]:
            taken[statement].append(_milliseconds(statement))
    return _compared(taken)


def _compared(taken: dict[str, list[float]]) -> Imports:
    over = {
        statement: [time - bare for time, bare in zip(times, taken[BARE], strict=True)]
        for statement, times in taken.items()
        if statement != BARE
    }
    ratios = {
        ours: statistics.median(time / alone for time, alone in zip(over[ours], over[theirs], strict=True))
        for ours, theirs in LIBRARIES.items()
    }
    return Imports({statement: statistics.median(times) for statement, times in over.items()}, ratios, transports())


def _milliseconds(statement: str) -> float:
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", statement], check=True, env=environment())
    return (time.perf_counter() - started) * 1e3


def transports() -> list[str]:
    """HTTP libraries that ``import lpfunctions`` loads."""
    return sorted(subprocess.check_output([sys.executable, "-c", f"{ALL}; {_LOADED}"], text=True).split())


def show(found: Imports) -> str:
    """A table that a person reads."""
    lines = [f"{'over a bare interpreter':<58} {'ms':>7}   over its libraries alone"]
    for statement, milliseconds in found.milliseconds.items():
        ratio = f"{found.ratios[statement]:.2f} x" if statement in found.ratios else ""
        lines.append(f"{statement:<58} {milliseconds:7.1f}   {ratio}".rstrip())
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(show(measure()) + "\n")
