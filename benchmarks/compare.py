"""`make bench`: everybody against the same server, side by side in one run, interleaved; medians and ratios.

Absolute numbers say something about this machine; the ratios are what counts. The server has a core of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path

from benchmarks.contenders import ASYNC, SYNC, UUID
from benchmarks.server import ACCOUNT, serving

ROUNDS = [("async", n) for n in (1, 16, 50, 256)] + [("sync", n) for n in (1, 8)]
NODE = "Node client"
Table = dict[str, dict[str, float]]


def race(host: str, colour: str, together: int, calls: int) -> dict[str, float]:
    """Calls a second of each contender, once."""
    rates = {}
    if colour == "async":
        for name, contender in ASYNC.items():
            rates[name] = calls / asyncio.run(contender(host, calls, together))
    else:
        for name, blocking in SYNC.items():
            rates[name] = calls / blocking(host, calls, together)
    if together in {1, 50} and (seconds := node(host, calls, together)):
        rates[NODE] = calls / seconds
    return rates


def node(host: str, calls: int, in_flight: int) -> float | None:
    """Seconds of the Node client, None where it is not installed."""
    home = os.environ.get("NODE_CLIENT_HOME", "")
    if not shutil.which("node") or not Path(home, "node_modules", "liveperson-functions-client").exists():
        return None
    script = str(Path(__file__).with_name("node_client.mjs"))
    arguments = ["node", script, host, ACCOUNT, UUID, str(calls), str(in_flight)]
    return float(subprocess.check_output(arguments, text=True))


def measure(repetitions: int, calls: int) -> tuple[str, dict[str, Table]]:
    """The server's name, and for each round the rates of each contender."""
    found: dict[str, dict[str, list[float]]] = {}
    with serving(core=1) as (host, server):
        os.sched_setaffinity(0, {0})
        for _ in range(repetitions):
            for colour, together in ROUNDS:
                row = found.setdefault(f"{colour} {together}", {})
                for name, rate in race(host, colour, together, calls).items():
                    row.setdefault(name, []).append(rate)
    medians = {label: {name: statistics.median(rates) for name, rates in row.items()} for label, row in found.items()}
    return server, {"calls per second": medians}


def show(server: str, medians: Table) -> str:
    """A table that a person reads: rates, and our rate over each of the others'."""
    lines = [f"server: {server}, on a core of its own; calls a second, and lpfunctions over it", ""]
    for label, row in medians.items():
        ours = row["lpfunctions"]
        cells = [f"{name} {rate:,.0f} ({ours / rate:.2f})" for name, rate in row.items() if name != "lpfunctions"]
        lines.append(f"{label:>10}: lpfunctions {ours:,.0f} | " + " | ".join(cells))
    return "\n".join(lines)


def main() -> None:
    """Measure, print, and write JSON where it is asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--repetitions", type=int, default=7)
    options.add_argument("--calls", type=int, default=3000)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    server, tables = measure(given.repetitions, given.calls)
    medians = tables["calls per second"]
    sys.stdout.write(show(server, medians) + "\n")
    if given.json:
        given.json.write_text(json.dumps({"server": server, **tables}, indent=2), encoding="utf-8")


if __name__ == "__main__":
    main()
