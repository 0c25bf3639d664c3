"""Draw what `make figures` measured; `benchmarks.publish` calls it. The same numbers give the same bytes.

Background and text suit a light and a dark page alike: nothing is painted behind, and the grey is between both.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from benchmarks.names import (
    LEAN_ASYNC,
    LEAN_SYNC,
    LEAN_UVLOOP,
    NAIVE_ASYNC,
    NAIVE_SYNC,
    NODE,
    OURS,
    OURS_UVLOOP,
    STANDARD_SYNC,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from benchmarks.results import Race, Scale

GREY: Final = "#767c84"
COLOURS: Final = {
    OURS: "#2f81d8",
    NAIVE_ASYNC: "#9aa1a9",
    NAIVE_SYNC: "#9aa1a9",
    LEAN_ASYNC: "#d98c1f",
    LEAN_SYNC: "#d98c1f",
    STANDARD_SYNC: "#b5651d",
    OURS_UVLOOP: "#7fb2ea",
    LEAN_UVLOOP: "#ecc283",
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


def draw_race(race: Race, path: Path) -> None:
    """Throughput of everybody over that of one, for each number of calls under way."""

    def label(axes: Any, mode: str, base: str) -> Callable[[str, str], float]:
        rows = _rows(race, mode)
        axes.set_xticks(range(len(rows)), [f"{row.split()[1]}\n{race.rate(row, base):,.0f}/s = 1" for row in rows])
        axes.set_ylabel(f"throughput, {base} = 1")
        return lambda row, name: race.over(row, name, base) or 0.0

    _bars(race, path, "One invocation over HTTP, everybody against the same server: more is better", label, "%.2f")


def draw_costs(race: Race, path: Path) -> None:
    """Processor time of a call, of everybody's process, for each number of calls under way."""

    def label(axes: Any, mode: str, _base: str) -> Callable[[str, str], float]:
        rows = _rows(race, mode)
        axes.set_xticks(range(len(rows)), [row.split()[1] for row in rows])
        axes.set_ylabel("µs of processor time a call")
        return race.micros

    _bars(race, path, "What one invocation over HTTP costs the client's process: less is better", label, "%.0f")


def draw_scales(scales: Sequence[Scale], path: Path) -> None:
    """What a call costs as something grows, each over its smallest size."""

    def fill(picture: Any) -> None:
        panels = picture.subplots(2, -(-len(scales) // 2)).flat
        for axes, scale in zip(panels, scales, strict=False):
            sizes, first = list(scale.micros), next(iter(scale.micros.values()))
            axes.plot(sizes, [micros / first for micros in scale.micros.values()], marker="o", color=COLOURS[OURS])
            if scale.control:
                alone = [scale.control[size] / scale.control[sizes[0]] for size in sizes]
                axes.plot(sizes, alone, marker="o", color=GREY, linestyle="--", label="without a client")
                axes.legend(frameon=False)
            axes.set(xscale="log", xlabel=scale.unit, ylabel=f"cost, {first:.1f} µs = 1", title=scale.what)
            if scale.is_flat:
                axes.set_ylim(0, max(1.5, axes.get_ylim()[1]))
            else:
                axes.set_yscale("log")

    _picture(path, "What a call costs in memory as work grows", fill, (10, 6))


def _bars(
    race: Race,
    path: Path,
    title: str,
    label: Callable[[Any, str, str], Callable[[str, str], float]],
    form: str,
) -> None:
    def fill(picture: Any) -> None:
        panels = picture.subplots(1, len(PANELS), width_ratios=(5, 3))
        for axes, (heading, mode, base, sizes) in zip(panels, PANELS, strict=True):
            _panel(axes, race, mode, label(axes, mode, base), form)
            axes.set_xlabel(sizes)
            axes.set_title(heading, pad=40)

    _picture(path, title, fill, (12, 4.6))


def _picture(path: Path, title: str, fill: Callable[[Any], None], size: tuple[float, float]) -> None:
    library: Any = import_module("matplotlib.figure")  # what it takes by keyword has no types
    with import_module("matplotlib").rc_context(STYLE):
        picture = library.Figure(figsize=size, layout="constrained")
        fill(picture)
        picture.suptitle(title, color=GREY)
        metadata = {"Date": None, "Creator": None} if path.suffix == ".svg" else {}
        picture.savefig(path, transparent=True, metadata=metadata, dpi=150)


def _rows(race: Race, mode: str) -> list[str]:
    return [row for row in race.rates if row.startswith(f"{mode} ")]


def _panel(axes: Any, race: Race, mode: str, height: Callable[[str, str], float], form: str) -> None:
    rows = _rows(race, mode)
    names = [name for name in COLOURS if name in race.rates[rows[0]]]
    width = _GROUP / len(names)
    for number, name in enumerate(names):
        places = [place - _GROUP / 2 + (number + 0.5) * width for place in range(len(rows))]
        bars = axes.bar(places, [height(row, name) for row in rows], width * 0.92, color=COLOURS[name], label=name)
        axes.bar_label(bars, fmt=form, fontsize=6, padding=2, color=GREY)
    axes.tick_params(axis="x", length=0)
    axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1), columnspacing=1, handlelength=1)
