"""A type checker, run over a user's file, finds the mistakes in it, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, assert_type

import pytest

from tests.support.type_checking import problems_by_line

if TYPE_CHECKING:
    from lpfunctions import Response

pytestmark = pytest.mark.sockets  # starts processes

MISTAKES = Path(__file__).with_name("mistakes.py")
DOCS = Path(__file__).parents[3] / "docs"
_IGNORED = "  # type: ignore["


def parsed(response: Response) -> None:
    """mypy and pyright check these; nothing calls them."""
    assert_type(response.parse(int), int)
    assert_type(response.parse(int | None), int | None)
    assert_type(response.parse(dict[str, int | None]), dict[str, int | None])


def test_every_mistake_is_found_before_the_program_runs(tmp_path: Path) -> None:
    lines = MISTAKES.read_text(encoding="utf-8").splitlines()
    wrong = {number for number, line in enumerate(lines, 1) if _IGNORED in line}
    program = tmp_path / "program.py"
    program.write_text("\n".join(line.partition(_IGNORED)[0] for line in lines), encoding="utf-8")

    found = problems_by_line(program)

    assert found.keys() == wrong, found
    assert wrong


def test_the_page_about_authentication_is_clean_in_strict_mode(tmp_path: Path) -> None:
    page = (DOCS / "authentication.md").read_text(encoding="utf-8")
    blocks: list[str] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    program = tmp_path / "page.py"
    program.write_text("# pyright: strict\n" + "\n".join(blocks), encoding="utf-8")

    assert problems_by_line(program) == {}
    assert len(blocks) >= 8
