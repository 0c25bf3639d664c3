"""Processes of tests that coverage does not trace."""

from __future__ import annotations

import os


def untraced() -> dict[str, str]:
    """The environment for a process that signals interrupt.

    A signal that comes while coverage's own lock is taken leaves it taken, and the process stands still.
    """
    return {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
