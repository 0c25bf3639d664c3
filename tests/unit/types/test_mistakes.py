"""A type checker, run over a user's file, finds the mistakes in it, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.sockets  # starts a process

MISTAKES = Path(__file__).with_name("mistakes.py")
_IGNORED = "  # type: ignore["


def test_every_mistake_is_found_before_the_program_runs(tmp_path: Path) -> None:
    lines = MISTAKES.read_text().splitlines()
    wrong = {number for number, line in enumerate(lines) if _IGNORED in line}
    of_a_user = tmp_path / "program.py"
    of_a_user.write_text("\n".join(line.partition(_IGNORED)[0] for line in lines))

    found = subprocess.run(
        [sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable, str(of_a_user)],
        capture_output=True,
        text=True,
        check=False,
    )

    problems = json.loads(found.stdout)["generalDiagnostics"]
    assert {problem["range"]["start"]["line"] for problem in problems} == wrong, found.stdout
    assert wrong
