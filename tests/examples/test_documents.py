"""The tests that the documents show pass, as they stand."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sockets


ROOT = Path(__file__).parents[2]
_PLUGINS = ("-p", "lpfunctions", "-p", "pytest_asyncio.plugin", "-p", "no:cacheprovider")


@pytest.mark.parametrize("document", ["README.md", "docs/testing.md"])
def test_a_test_file_copied_from_the_document_passes(document: str, tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / document).read_text(), re.DOTALL)
    tests = [block for block in blocks if "def test_" in block or "class Test" in block]
    if shutil.which("node") is None:
        tests = [block for block in tests if "index.js" not in block]
    assert tests
    for number, block in enumerate(tests):
        (tmp_path / f"test_{number}.py").write_text(block)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n"
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
