"""The Python blocks of README.md and docs/, and how each of them is checked.

A comment in the line above a block says what a reader does not need to see:

- ``<!-- file: shop.py -->``: other blocks of the page import it; it runs as a module of that name
- ``<!-- notebook -->``: it runs with ``await`` at its top, as in a cell
- ``<!-- type-checked: … -->``, ``<!-- not run: … -->``: it does not run, for that reason

A block with tests in it is run by pytest; every other one is executed, one after the other on a page.
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import re
import sys
import types
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lpfunctions import AsyncClient, Client

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT: Final = Path(__file__).parents[2]
_BLOCK: Final = re.compile(r"(?:^<!-- ([^\n]*) -->\n)?^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_MARKS: Final = {"file", "notebook", "type-checked", "not run"}


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Attributes:
        page: its path below the repository.
        line: where it begins, from 1.
        code: its text.
        mark: the word of the comment above it, or nothing.
        remark: what that comment says behind the word: a file, a reason.
    """

    page: str
    line: int
    code: str
    mark: str
    remark: str

    @property
    def checked_by(self) -> str:
        """``type-checked`` or ``not run`` with its reason, ``tests`` that pytest runs, or ``executed``."""
        if self.mark in {"type-checked", "not run"}:
            return self.mark
        return "tests" if re.search(r"^\s*(async )?def test_|^class Test", self.code, re.MULTILINE) else "executed"

    def with_values(self, values: dict[str, str]) -> Block:
        """The block with *values* in place of what a reader fills in."""
        code = self.code
        for placeholder, value in values.items():
            code = code.replace(placeholder, value)
        return replace(self, code=code)

    def run(self, names: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
        """Execute it with the *names* that earlier blocks left; those of a file are a module's as well."""
        flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT if self.mark == "notebook" else 0
        # With the line numbers of the page, so that a failure points at it.
        code = compile("\n" * self.line + self.code, self.page, "exec", flags=flags, dont_inherit=True)
        names = self._module().__dict__ if self.mark == "file" else names
        ended = eval(code, names)
        if inspect.iscoroutine(ended):
            loop.run_until_complete(ended)

    def _module(self) -> types.ModuleType:
        name = self.remark.removesuffix(".py")
        return sys.modules.setdefault(name, types.ModuleType(name))


def pages() -> list[str]:
    """Every page whose blocks are checked."""
    return ["README.md", *sorted(str(path.relative_to(ROOT)) for path in (ROOT / "docs").rglob("*.md"))]


def blocks_of(page: str) -> list[Block]:
    """The Python blocks of *page*, in their order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return [_block(page, text, match) for match in _BLOCK.finditer(text)]


def all_blocks() -> list[Block]:
    """The Python blocks of all pages."""
    return [block for page in pages() for block in blocks_of(page)]


def _block(page: str, text: str, match: re.Match[str]) -> Block:
    mark, _, remark = (match[1] or "").partition(":")
    known = mark if mark in _MARKS else ""
    return Block(page, text[: match.start(2)].count("\n"), match[2], known, remark.strip() if known else "")


@contextmanager
def running(page: str, values: dict[str, str]) -> Generator[dict[str, Any]]:
    """Execute the blocks of *page* that are to be executed; give their names, and close the clients among them."""
    document = sys.modules["document"] = types.ModuleType("document")
    names = document.__dict__
    loop = asyncio.new_event_loop()
    files = {block.remark.removesuffix(".py") for block in blocks_of(page) if block.mark == "file"}
    try:
        for block in blocks_of(page):
            if block.checked_by == "executed":
                block.with_values(values).run(names, loop)
        yield names | {name: value for file in files for name, value in vars(sys.modules[file]).items()}
    finally:
        del sys.modules["document"]
        left = [*names.values(), *(value for file in files for value in vars(sys.modules.pop(file)).values())]
        for client in left:
            if isinstance(client, Client):
                client.close()
            elif isinstance(client, AsyncClient):
                loop.run_until_complete(client.aclose())
        loop.close()
