"""Draw the race: python -m benchmarks.plot FIGURES.json RACE.svg. The same numbers give the same bytes.

Background and text suit a light and a dark page alike: nothing is painted behind, and the grey is between both.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.names import LEAN_ASYNC, LEAN_SYNC, NAIVE_ASYNC, NAIVE_SYNC, NODE, OURS
from benchmarks.results import Race

GREY: Final = "#767c84"
COLOURS: Final = {
    OURS: "#2f81d8",
    NAIVE_ASYNC: "#9aa1a9",
    NAIVE_SYNC: "#9aa1a9",
    LEAN_ASYNC: "#d98c1f",
    LEAN_SYNC: "#d98c1f",
    NODE: "#3f9e6b",
}
# Title of a panel, colour of its rows, what it is measured by, and its horizontal axis.
PANELS: Final = (
    ("AsyncClient", "async", NAIVE_ASYNC, "calls in flight"),
    ("Client", "sync", NAIVE_SYNC, "threads (Node: calls in flight)"),
)
STYLE: Final = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "Helvetica", "Arial"],
    "font.size": 9,
    "figure.titlesize": 11,
    "axes.titlesize": 10,
    "text.color": GREY,
    "axes.edgecolor": GREY,
    "axes.labelcolor": GREY,
    "axes.titlecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",
    "svg.hashsalt": "lpfunctions",
}
_GROUP: Final = 0.88


def draw(race: Race, path: Path) -> None:
    """Write the picture; the ending of *path* chooses the format."""
    library: Any = import_module("matplotlib.figure")  # what it takes by keyword has no types
    with import_module("matplotlib").rc_context(STYLE):
        picture = library.Figure(figsize=(10, 4.2), layout="constrained")
        panels = picture.subplots(1, len(PANELS), width_ratios=(5, 3))
        for axes, (title, colour, base, sizes) in zip(panels, PANELS, strict=True):
            _panel(axes, race, colour, base)
            axes.set(xlabel=sizes, ylabel=f"throughput, {base} = 1")
            axes.set_title(title, pad=24)
        picture.suptitle("One invocation over HTTP, everybody against the same server: more is better", color=GREY)
        metadata = {"Date": None, "Creator": None} if path.suffix == ".svg" else {}
        picture.savefig(path, transparent=True, metadata=metadata, dpi=150)


def _panel(axes: Any, race: Race, colour: str, base: str) -> None:
    rows = [row for row in race.rates if row.startswith(f"{colour} ")]
    names = [name for name in COLOURS if name in race.rates[rows[0]]]
    width = _GROUP / len(names)
    for number, name in enumerate(names):
        places = [place - _GROUP / 2 + (number + 0.5) * width for place in range(len(rows))]
        heights = [race.over(row, name, base) or 0.0 for row in rows]
        bars = axes.bar(places, heights, width * 0.92, color=COLOURS[name], label=name)
        axes.bar_label(bars, fmt="%.2f" if name != base else "1", fontsize=7, padding=2, color=GREY)
    labels = [f"{row.split()[1]}\n{race.rate(row, base):,.0f}/s = 1" for row in rows]
    axes.set_xticks(range(len(rows)), labels)
    axes.tick_params(axis="x", length=0)
    axes.legend(frameon=False, ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1), columnspacing=1, handlelength=1)


if __name__ == "__main__":
    measured, picture = map(Path, sys.argv[1:3])
    draw(Race(**json.loads(measured.read_text(encoding="utf-8"))["race"]), picture)
