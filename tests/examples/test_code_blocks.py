"""Every Python block of README.md and docs/ runs, or passes a type checker, or says why not.

Blocks that are tests are run by test_documents.py. The others run here, one after the other on a page, against an
emulator: those that call `from_env` are led there by the environment, the others by options that are put beside the
account's placeholder.
"""

from __future__ import annotations

import collections
from typing import TYPE_CHECKING

import pytest

from tests.support.documents import all_blocks, blocks_of, pages, running
from tests.support.type_checking import problems_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAGES = [page for page in pages() if any(block.checked_by == "executed" for block in blocks_of(page))]


@pytest.mark.sockets
@pytest.mark.parametrize("page", PAGES)
def test_the_blocks_of_a_page_run(page: str, values_of_a_reader: dict[str, str]) -> None:
    with running(page, values_of_a_reader) as names:
        assert len(names) > 1


@pytest.mark.sockets
def test_blocks_that_cannot_run_here_pass_the_type_checker(tmp_path: Path) -> None:
    for number, block in enumerate(all_blocks()):
        if block.checked_by == "type-checked":
            (tmp_path / f"block_{number}.py").write_text(block.code)
    assert problems_in(tmp_path) == []


def test_each_block_is_checked_in_one_way_or_says_why_not(record_property: Callable[[str, object], None]) -> None:
    blocks = all_blocks()
    counted = collections.Counter(block.checked_by for block in blocks)
    for way, count in counted.items():
        record_property(way, count)
    assert counted["executed"] >= 30
    assert counted["tests"] >= 8
    assert counted["not run"] <= 1
    reasons = [block.remark for block in blocks if block.checked_by in {"type-checked", "not run"}]
    assert [reason for reason in reasons if len(reason) < 20] == []
