"""What was measured goes into the documentation as it is."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import publish
from benchmarks.results import Race, Scale
from benchmarks.verdicts import Figure

if TYPE_CHECKING:
    from collections.abc import Iterable

FIGURES = [Figure("P1", "a", "≥ 1", "2", reached=True)]
VERSIONS = {"3.11": {"invoke": 12.34}, "3.13": {"invoke": 10.0}}
KEPT: dict[str, Any] = {"figures": [figure._asdict() for figure in FIGURES], "versions": VERSIONS}
PAGE = """before
<!-- figures -->
old
<!-- end of figures -->
between
<!-- pictures -->
<!-- end of pictures -->
<!-- versions -->
<!-- end of versions -->
"""


def test_tables_go_between_their_marks_again_and_again() -> None:
    once = publish.with_tables(PAGE, publish.tables(KEPT))
    assert "| P1 | a | ≥ 1 | 2 | reached |\n\n<!-- end of figures -->\nbetween\n" in once
    assert "| invoke | 12.3 | 10.0 |" in once
    assert "old" not in once
    assert publish.with_tables(once, publish.tables(KEPT)) == once


def test_a_page_without_the_marks_is_not_written() -> None:
    with pytest.raises(SystemExit, match="0 places for the table 'figures'"):
        publish.with_tables("no marks", publish.tables(KEPT))


def test_the_page_of_the_documentation_has_the_marks() -> None:
    page = Path(__file__).parents[3] / publish.PAGE
    assert "| invoke | 12.3 | 10.0 |" in publish.with_tables(page.read_text(encoding="utf-8"), publish.tables(KEPT))


def rows(found: Iterable[tuple[object, ...]]) -> list[str]:
    return [",".join(map(str, row)) for row in found][1:]


def test_every_number_of_a_picture_stands_beside_it() -> None:
    race = Race("nginx", {"async 1": {"us": [1.0, 2.0]}}, {"async 1": {"us": [3.0, 4.0]}})
    assert rows(publish.race_rows(race)) == ["async 1,us,1,1.0,3.00", "async 1,us,2,2.0,4.00"]
    scales = [Scale("invoke", "threads", {1: 5.0}, {1: 2.0}), Scale("invoke", "bytes", {9: 6.0}, is_flat=False)]
    assert rows(publish.scale_rows(scales)) == ["invoke,threads,1,5.00,2.00", "invoke,bytes,9,6.00,"]


def test_a_scale_that_was_kept_as_json_has_numbers_as_sizes_again() -> None:
    scale = Scale("invoke", "threads", {1: 5.0, 10: 6.0}, {1: 2.0, 10: 2.0})
    kept = asdict(scale)
    for name in ("micros", "control"):
        kept[name] = {str(size): value for size, value in kept[name].items()}
    assert publish.scale_of(kept) == scale
