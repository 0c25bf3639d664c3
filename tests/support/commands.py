"""Run `lpfunctions` as a user does: in a process of its own, in a folder of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
COMMAND = (sys.executable, "-m", "lpfunctions")
_PASSED_ON = ("PATH", "SYSTEMROOT")


@dataclass
class Shell:
    """A folder, a home and variables, in which commands are run.

    Attributes:
        folder: the working directory; ``home`` is beside it.
        variables: what is set beside what a process needs.
    """

    folder: Path
    variables: dict[str, str] = field(default_factory=dict[str, str])

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True)
        self.home = self.folder.parent / "home"
        self.home.mkdir(exist_ok=True)

    @property
    def environment(self) -> dict[str, str]:
        """All variables of a command."""
        needed = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        measured = {name: value for name, value in os.environ.items() if name.startswith("COVERAGE_")}
        seen = {"HOME": str(self.home), "COLUMNS": "100", "TERM": "dumb", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
        return {**needed, **measured, **seen, **self.variables}

    def run(self, *arguments: str, given: str = "", command: tuple[str, ...] = COMMAND) -> Ended:
        """Run *arguments*, with *given* as input."""
        ended = subprocess.run(
            [*command, *arguments],
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.environment,
            check=False,
            timeout=50,
        )
        return Ended(ended.returncode, ended.stdout, ended.stderr)

    def start(self, *arguments: str, command: tuple[str, ...] = COMMAND) -> subprocess.Popen[str]:
        """Start *arguments* and do not wait."""
        return subprocess.Popen(
            [*command, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            cwd=self.folder,
            env=self.environment,
        )

    def write(self, name: str, text: str) -> Path:
        """Write a file of the working directory, or one in the home with ``~/``."""
        path = self.home / name[2:] if name.startswith("~/") else self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def without(self, *names: str) -> Mapping[str, str]:
        """Take variables away."""
        for name in names:
            self.variables.pop(name, None)
        return self.variables


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str
