"""`lpfunctions --help` starts about as fast as a program of typer's that does nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.sockets, pytest.mark.load]

ROUNDS = 9
BARE = """
import typer

app = typer.Typer()


@app.command()
def greet(name: str) -> None:
    print(name)


@app.command()
def leave(name: str) -> None:
    print(name)


app()
"""


def cpu_seconds(*command: str) -> float:
    """Return the processor time of *command*, which waits for nothing: what else the machine does matters little."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parents[3]) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return used.ru_utime + used.ru_stime


@pytest.mark.skipif(sys.platform == "win32", reason="the time of a child is not told there")
def test_help_costs_at_most_a_third_more_than_that_of_a_bare_program(tmp_path: Path) -> None:
    bare = tmp_path / "bare.py"
    bare.write_text(BARE)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):
        theirs.append(cpu_seconds(sys.executable, str(bare), "--help"))
        ours.append(cpu_seconds(sys.executable, "-m", "lpfunctions", "--help"))
    assert min(ours) <= 1.3 * min(theirs), (ours, theirs)
    sys.stdout.write(f"ratio {min(ours) / min(theirs):.2f}\n")


def test_help_loads_nothing_that_a_call_needs() -> None:
    code = (
        "import sys; sys.argv = ['lpfunctions', '--help']\n"
        "try:\n    from lpfunctions.__main__ import main; main()\n"
        "finally:\n    print(sorted({'aiohttp', 'requests', 'pydantic', 'asyncio', 'lpfunctions.client'} & "
        "sys.modules.keys()), file=sys.stderr)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.stderr.strip() == "[]"
