"""What pyright says about a file, as a user would run it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def problems_by_line(file: Path) -> dict[int, list[str]]:
    """Return the messages of pyright about *file*, by line, counted from 1."""
    ended = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(file)],
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(ended.stdout)
    assert report["summary"]["filesAnalyzed"] == 1, ended.stdout
    found: dict[int, list[str]] = {}
    for problem in report["generalDiagnostics"]:
        found.setdefault(problem["range"]["start"]["line"] + 1, []).append(problem["message"])
    return found


def problems_in(folder: Path) -> list[str]:
    """Return the messages of pyright about the files of *folder*, as a user without settings would see them."""
    files = sorted(file.name for file in folder.glob("*.py"))
    ended = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, *files],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    report: dict[str, Any] = json.loads(ended.stdout)
    assert report["summary"]["filesAnalyzed"] == len(files) > 0, ended.stdout
    return [f"{problem['file']}: {problem['message']}" for problem in report["generalDiagnostics"]]
