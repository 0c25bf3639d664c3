"""Put the numbers of `make figures` into the documentation: python -m benchmarks.publish .bench/figures.json.

Writes the tables of docs/performance.md, between their marks, and the pictures, each with its numbers beside it as CSV.
"""

from __future__ import annotations

import csv
import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from benchmarks import plot, verdicts, versions
from benchmarks.results import Race, Scale

if TYPE_CHECKING:
    from collections.abc import Iterable

PAGE: Final = Path("docs/performance.md")
FOLDER: Final = Path("docs/images")


PICTURES: Final = """\
Throughput ([every repetition](images/race.csv)):

![Throughput of lpfunctions, aiohttp, requests, urllib3, http.client and the Node client](images/throughput.svg)

What a call costs the client's process, the kernel's share included:

![Processor time of a call, of the same contenders](images/processor.svg)

What a call costs in memory as work grows ([numbers](images/growth.csv)): remembered events, calls in flight, threads,
accounts, size of the payload. The dashed line is the same loop without a client.

![Cost of a call over what is remembered, in flight, threads, accounts and payload](images/growth.svg)"""


def tables(kept: dict[str, Any]) -> dict[str, str]:
    """The tables and pictures of the page, by the name of their mark."""
    figures = [verdicts.Figure(**figure) for figure in kept["figures"]]
    return {"figures": verdicts.table(figures), "pictures": PICTURES, "versions": versions.show(kept["versions"])}


def with_tables(page: str, found: dict[str, str]) -> str:
    """*page* with each table between ``<!-- name -->`` and ``<!-- end of name -->``."""
    for name, table in found.items():
        between = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end of {name} -->)", re.DOTALL)
        page, count = between.subn(partial(_filled, table), page)
        if count != 1:
            raise SystemExit(f"the page has {count} places for the table {name!r}, not one")
    return page


def _filled(table: str, mark: re.Match[str]) -> str:
    return f"{mark[1]}\n{table}\n\n{mark[2]}"


def race_rows(race: Race) -> Iterable[tuple[object, ...]]:
    """Every repetition of every contender."""
    yield "row", "contender", "repetition", "calls a second", "us of processor a call"
    for row, rates in race.rates.items():
        for name, values in rates.items():
            for number, (rate, cost) in enumerate(zip(values, race.costs[row][name], strict=True), 1):
                yield row, name, number, f"{rate:.1f}", f"{cost:.2f}"


def scale_rows(scales: Iterable[Scale]) -> Iterable[tuple[object, ...]]:
    """Every size of every scale."""
    yield "call", "unit", "size", "us a call", "us of the control"
    for scale in scales:
        for size, micros in scale.micros.items():
            yield scale.what, scale.unit, size, f"{micros:.2f}", f"{scale.control[size]:.2f}" if scale.control else ""


def write_csv(path: Path, rows: Iterable[tuple[object, ...]]) -> None:
    """Write *rows*."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)


def publish(kept: dict[str, Any], page: Path = PAGE, folder: Path = FOLDER) -> None:
    """Write everything."""
    race, scales = Race(**kept["race"]), [scale_of(each) for each in kept["scales"]]
    page.write_text(with_tables(page.read_text(encoding="utf-8"), tables(kept)), encoding="utf-8")
    plot.draw_race(race, folder / "throughput.svg")
    plot.draw_costs(race, folder / "processor.svg")
    plot.draw_scales(scales, folder / "growth.svg")
    write_csv(folder / "race.csv", race_rows(race))
    write_csv(folder / "growth.csv", scale_rows(scales))


def scale_of(kept: dict[str, Any]) -> Scale:
    """A scale as it was kept, where every key is a text."""
    sizes = {name: {int(size): value for size, value in kept[name].items()} for name in ("micros", "control")}
    return Scale(kept["what"], kept["unit"], sizes["micros"], sizes["control"], kept["is_flat"])


if __name__ == "__main__":
    publish(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
