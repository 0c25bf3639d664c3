"""docs/parity.md names tests that exist, and every defect of the reference clients has one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TABLE = Path("docs/parity.md").read_text(encoding="utf-8")
REFERENCES = sorted(set(re.findall(r"`([\w/]+\.py)::(\w+)`", TABLE)))


@pytest.mark.parametrize(("file", "test"), REFERENCES, ids=lambda value: Path(value).name)
def test_each_test_that_the_table_names_exists(file: str, test: str) -> None:
    assert re.search(rf"def {test}\(", Path(file).read_text(encoding="utf-8"))


def test_every_defect_has_a_row_with_a_test() -> None:
    rows = dict.fromkeys(re.findall(r"^\| (C\d+) \|.*::test_", TABLE, re.MULTILINE))
    assert list(rows) == [f"C{number}" for number in range(1, 32)]


def test_no_row_is_left_open() -> None:
    assert re.findall(r"^\|[^|]*\|\s*\|$", TABLE, re.MULTILINE) == []
