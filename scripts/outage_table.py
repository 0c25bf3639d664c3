"""Hold every outage drill, and print what the log said and which of the shipped alerts fired and cleared, and when.

    python scripts/outage_table.py

    python scripts/outage_table.py gateway_slow   # one of them

The time is virtual. The alerts are evaluated by promtool at a hundred times of each outage, on what the exporter gave.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.contract import test_outage_drill as drills  # noqa: E402 (the path comes first)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.support.outage_drill import Drill

GOT = re.compile(r"alertname: (\w+), time: (\w+),.*?got:\[(.*?)\]", re.DOTALL)
MOST_TIMES = 100
UNIT_SECONDS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def main() -> None:
    """Print a table in Markdown."""
    print("| outage | lines about one call | other lines | alerts: fires → clears |")
    print("| --- | --- | --- | --- |")
    for name in sys.argv[1:] or drills.DRILLS:
        held = drills.drill(name)
        calls = Counter(level for _, level, message in held.lines if message.startswith("invoke "))
        told = [f"{shown(at)} {level} {message}" for at, level, message in held.told()]
        alerts = [f"{alert} {span}" for alert, span in fired(held).items()]
        counts = [f"{level} x {count}" for level, count in sorted(calls.items())]
        what = f"{name}, {shown(held.begins)} to {shown(held.ends)}"
        print(f"| {what} | {cell(counts)} | {cell(told)} | {cell(alerts)} |", flush=True)


def cell(lines: Iterable[str]) -> str:
    """Lines of one cell."""
    return "<br>".join(lines) or "none"


def shown(seconds: float) -> str:
    """A time as hours and minutes."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02}"


def fired(held: Drill) -> dict[str, str]:
    """Alert to when it fired first and when it had cleared."""
    step = held.scrape_every * ceil(held.looks_on / held.scrape_every / MOST_TIMES)
    times = [at * step for at in range(int(held.looks_on / step) + 1)]
    firing: dict[str, list[float]] = {}
    for alert, at, _ in [found for found in GOT.findall(contradicted(held, times)) if found[2]]:
        firing.setdefault(alert, []).append(seconds_of(at))
    return {
        alert: f"{shown(min(at))} → {shown(max(at) + step) if max(at) < times[-1] else 'still at the end'}"
        for alert, at in sorted(firing.items())
    }


def contradicted(held: Drill, times: Iterable[float]) -> str:
    """What promtool says to the claim that no alert fires at any of *times*."""
    checks = [drills.expectation(alert, at, fires=False) for alert in drills.rules() for at in times]
    interval = f"{round(held.scrape_every)}s"
    test = {
        "rule_files": [str(drills.RULES)],
        "evaluation_interval": interval,
        "tests": [{"interval": interval, "input_series": drills.as_input(held), "alert_rule_test": checks}],
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "drill.yml")
        file.write_text(json.dumps(test), encoding="utf-8")
        done = subprocess.run(["promtool", "test", "rules", str(file)], capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def seconds_of(duration: str) -> float:
    """Seconds of ``1h5m``."""
    return sum(int(count) * UNIT_SECONDS[unit] for count, unit in re.findall(r"(\d+)([dhms])", duration))


if __name__ == "__main__":
    main()
