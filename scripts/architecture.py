"""Draw the rooms of the package and what imports what: ``python scripts/architecture.py > docs/architecture.svg``.

The rows are the layers of the import contract in pyproject.toml, the arrows the imports of the code, for types too.
An arrow is left out where a longer way leads to the same room. A test compares the file with the code.
"""

from __future__ import annotations

import sys
import tomllib
from html import escape
from pathlib import Path
from typing import Final

import grimp

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = "lpfunctions"
HIDDEN: Final = {"__main__", "_version"}
OPENED: Final = {"adapters", "core"}
"""Rooms whose folders are shown."""

ASIDE: Final = {"bulk": 0.75, "stores": 0.72}
"""Where a room stands that long arrows would run behind, as a share of the width."""

WIDTH, ROW_HEIGHT, BOX_HEIGHT, BOX_WIDTH = 1080, 84, 44, 150
STYLE: Final = (
    "svg{background:#fff}text{font:14px sans-serif;fill:#1a237e}.small{font-size:12px;fill:#455a64}"
    "rect{fill:#e8eaf6;stroke:#3f51b5}path{fill:none;stroke:#7986cb;stroke-width:1.5;marker-end:url(#tip)}"
)


def layers() -> list[list[str]]:
    """The layers of the import contract, the uppermost first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (named,) = (contract["layers"] for contract in contracts if contract["type"] == "layers")
    rows = [[room.strip() for room in layer.split("|")] for layer in named]
    return [shown for row in rows if (shown := [room for room in row if room not in HIDDEN])]


def imports(rooms: list[str]) -> dict[str, set[str]]:
    """What each room imports, without what it reaches through another room as well."""
    graph = grimp.build_graph(PACKAGE, cache_dir=None)
    direct = {room: {other for other in rooms if other != room and _imports(graph, room, other)} for room in rooms}
    reached: dict[str, set[str]] = {}
    for room in reversed(rooms):
        reached[room] = direct[room].union(*(reached[other] for other in direct[room] if other in reached))
    return {room: targets - {far for near in targets for far in reached[near]} for room, targets in direct.items()}


def _imports(graph: grimp.ImportGraph, room: str, other: str) -> bool:
    return graph.direct_import_exists(importer=f"{PACKAGE}.{room}", imported=f"{PACKAGE}.{other}", as_packages=True)


def folders(room: str) -> list[str]:
    """The folders of a room."""
    return sorted(path.parent.name for path in (ROOT / PACKAGE / room).glob("*/__init__.py"))


def drawn() -> str:
    """The diagram as SVG."""
    rows = layers()
    places = {
        room: (round(WIDTH * ASIDE.get(room, (2 * column + 1) / (2 * len(row)))), ROW_HEIGHT * number + 10)
        for number, row in enumerate(rows)
        for column, room in enumerate(row)
    }
    arrows = [
        _arrow(places[room], places[other])
        for room, others in imports([room for row in rows for room in row]).items()
        for other in sorted(others)
    ]
    boxes = [_box(room, *place) for room, place in places.items()]
    height = ROW_HEIGHT * len(rows)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">'
    title = f"<title>The rooms of {PACKAGE}, and what imports what</title><style>{STYLE}</style>"
    tip = '<defs><marker id="tip" orient="auto" markerWidth="8" markerHeight="8" refX="7" refY="4">'
    tip += '<path d="M0,0 L8,4 L0,8 z" style="fill:#7986cb;stroke:none"/></marker></defs>'
    return "\n".join([head, title, tip, *arrows, *boxes, "</svg>"]) + "\n"


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    (x, y), (to_x, to_y) = (start[0], start[1] + BOX_HEIGHT), end
    bend = 36
    return f'<path d="M{x},{y} C{x},{y + bend} {to_x},{to_y - bend} {to_x},{to_y - 2}"/>'


def _box(room: str, x: int, y: int) -> str:
    inside = ", ".join(folders(room)) if room in OPENED else ""
    width = max(BOX_WIDTH, 6 * len(inside) + 20) if inside else BOX_WIDTH
    lines = [(room, ""), (inside, ' class="small"')] if inside else [(room, "")]
    first = y + BOX_HEIGHT // 2 + (5 if len(lines) == 1 else -3)
    texts = "".join(
        f'<text x="{x}" y="{first + 17 * number}" text-anchor="middle"{style}>{escape(text)}</text>'
        for number, (text, style) in enumerate(lines)
    )
    return f'<rect x="{x - width // 2}" y="{y}" width="{width}" height="{BOX_HEIGHT}" rx="6"/>{texts}'


if __name__ == "__main__":
    sys.stdout.write(drawn())
