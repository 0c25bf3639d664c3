"""The tests that the documents show pass, as they stand."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.documents import Block, all_blocks

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.sockets

_PLUGINS = ("-p", "lpfunctions", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")
TESTS = [block for block in all_blocks() if block.checked_by == "tests" and "VaultAuth" not in block.code]
IMPORTED = {"docs/tutorial.md", "docs/cookbook/fastapi.md"}
FILES = [block for block in all_blocks() if block.mark == "file" and block.page in IMPORTED]


def file_of(block: Block, folder: Path) -> Path:
    """Where a reader would save *block*: the blocks of a page in a folder of its own."""
    page = block.page.removesuffix(".md").replace("/", "_").lower()
    (folder / page).mkdir(exist_ok=True)
    return folder / page / (block.remark or f"test_{page}_{block.line}.py")


def test_test_files_copied_from_the_documents_pass(tmp_path: Path) -> None:
    node = shutil.which("node")
    tests = [block for block in TESTS if node is not None or "index.js" not in block.code]
    assert {block.page for block in tests} >= {"README.md", "docs/testing.md", "docs/tutorial.md"}
    for block in [*tests, *FILES]:
        file_of(block, tmp_path).write_text(block.code)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings =\n  error\n"
        # Starlette's test client, where it finds httpx but not its successor.
        "  ignore:Using `httpx` with `starlette.testclient` is deprecated\n"
    )

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *_PLUGINS],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
