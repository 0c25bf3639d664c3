"""The page about authentication runs as it stands."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.testing.contracts.auth import AuthStrategyContract

PAGE = Path(__file__).parents[2] / "docs" / "authentication.md"


def run_the_page() -> dict[str, Any]:
    """Run the blocks of the page one after the other; return the names they leave behind."""
    names: dict[str, Any] = {"__name__": "docs"}
    text = PAGE.read_text(encoding="utf-8")
    for match in re.finditer(r"```python\n(.*?)```", text, re.DOTALL):
        # Line numbers of the page, so that a failure points at it.
        padding = "\n" * text[: match.start(1)].count("\n")
        exec(compile(padding + match[1], str(PAGE), "exec"), names)
    return names


def test_every_block_of_the_page_runs() -> None:
    assert "VaultAuth" in run_the_page()


def test_the_suite_of_the_page_passes_on_the_strategy_of_the_page() -> None:
    suite: type[AuthStrategyContract] = run_the_page()["TestVaultAuth"]
    tests = [name for name, _ in inspect.getmembers(suite, inspect.isfunction) if name.startswith("test_")]
    assert len(tests) >= 8
    for name in tests:
        test: Callable[[], None] = getattr(suite(), name)
        test()


def test_a_strategy_takes_twenty_lines() -> None:
    block = PAGE.read_text(encoding="utf-8").partition("class VaultAuth")[2].partition("```")[0]
    assert block.count("\n") <= 20
