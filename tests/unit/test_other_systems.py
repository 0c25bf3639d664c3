"""The package where the system lacks what only POSIX, or only Linux, has. Windows and macOS themselves are not run."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import bare_system, everything_once

pytestmark = pytest.mark.sockets


def test_client_fake_emulator_and_fault_proxy_work_without_what_only_posix_has() -> None:
    command = [sys.executable, "-W", "error", bare_system.__file__, everything_once.__file__]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("all of it, ")
