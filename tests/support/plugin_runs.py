"""Run tests of a user in a process of their own, with the plugin that the library ships."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def run(folder: Path, source: str, *options: str, passes: int = 1) -> str:
    """Run *source*, all of whose tests pass; return what pytest printed."""
    ended = run_pytest(folder, source, *options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert f"{passes} passed" in ended.stdout
    return ended.stdout


def report_of(folder: Path, source: str, *options: str) -> str:
    """Run *source*, of which a test fails; return what pytest printed."""
    ended = run_pytest(folder, source, *options)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    return ended.stdout


def run_pytest(folder: Path, source: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run *source* with our plugin, and no other that happens to be installed, warnings as errors."""
    (folder / "test_user.py").write_text(source)
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "lpfunctions", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PATH": "", "PYTHONPATH": os.environ.get("PYTHONPATH", "")},
        capture_output=True,
        text=True,
        check=False,
    )
