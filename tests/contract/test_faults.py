"""A small part of `make faults`: random faults over real sockets break no promise, in any of eight settings."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.untraced import untraced

ROOT = Path(__file__).parents[2]
# Eight rounds in which each mode, with and without TLS and a session of the user's, has V1 and V2 in turn.
ROUNDS = [0, 3, 4, 7, 8, 11, 12, 15]
# Six storms on own connections: plain and TLS, cold and warm, each class that is raised, each way to send a signal.
STORMS = [0, 2, 10, 13, 15, 19]


def run(*arguments: object) -> str:
    """What ``python -m`` says about these *arguments*; it must end well."""
    command = [sys.executable, "-W", "error", "-m", *map(str, arguments)]
    ended = subprocess.run(command, cwd=ROOT, env=untraced(), capture_output=True, text=True, timeout=150, check=False)
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-4000:]
    return ended.stdout


@pytest.mark.sockets
@pytest.mark.load
def test_random_faults_break_no_promise() -> None:
    """0 foreign answers, runs too many, wrong ``delivered``, late calls, hangs and wrong results."""
    said = run("tests.faults", "--seed", 1, "--size", 40, "--only", *ROUNDS)
    assert int(said.split("seed 1: ")[1].split()[0]) >= 200, "the faults must be real"


@pytest.mark.sockets
@pytest.mark.load
def test_signals_break_no_promise() -> None:
    """0 hangs, 0 lost places, 0 interrupts that come out otherwise than they went in, 0 lost responses of others.

    On connections of the client's own: with ``session=`` the lock is urllib3's, which a handler that raises can leave
    taken, about once in 1 000 signals. `make signals` has both.
    """
    said = run("tests.signals", "--seed", 1, "--only", *STORMS)
    assert int(said.split("seed 1: ")[1].split()[0]) >= 600, "the signals must be real"
