"""docs/platform-facts.md names tests that exist, and each row has one, or says why not."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PAGE = Path("docs/platform-facts.md").read_text(encoding="utf-8")
ROWS = [
    tuple(cell.strip() for cell in line.strip("| ").split(" | "))
    for line in PAGE.splitlines()
    if re.match(r"\| \d+ \|", line)
]
TEST = re.compile(r"`([\w/]+\.py)::(\w+)`")
REFERENCES = sorted({found for row in ROWS for found in TEST.findall(row[-1])})


@pytest.mark.parametrize(("file", "test"), REFERENCES, ids=lambda value: Path(value).name)
def test_each_test_that_the_table_names_exists(file: str, test: str) -> None:
    assert re.search(rf"def {test}\(", Path(file).read_text(encoding="utf-8"))


def test_each_row_names_a_test_or_says_why_there_is_none() -> None:
    for row in ROWS:
        assert len(row) == 4, row
        number, fact, source, shown = row
        assert number.isdigit(), row
        assert fact, row
        assert source in {"doc", "it", "cli", "run", "inf"}, row
        assert TEST.sub("", shown).replace("<br>", "") == "" or re.match(r"not held: .{20}", shown), row


def test_the_rows_are_numbered_and_their_numbers_stand_in_the_head() -> None:
    held = sum(not row[-1].startswith("not held") for row in ROWS)
    assert [row[0] for row in ROWS] == [str(number) for number in range(1, len(ROWS) + 1)]
    assert f"**{held} of {len(ROWS)} facts hold**" in PAGE
