"""One process at a time for a file."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Final

from lpfunctions import FaaSConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


_LOOK_AGAIN_SECONDS: Final = 0.1


def lock(file: int, path: Path, *, wait_seconds: float = 0.0) -> None:
    """Hold *file* until it is closed or the process ends. Nothing is held where the system has no ``flock``.

    Raises:
        FaaSConfigurationError: another process holds it, and still does after *wait_seconds*.
    """
    if sys.platform == "win32":
        return
    latest = time.monotonic() + wait_seconds
    while not _is_acquired(file):
        if time.monotonic() >= latest:
            raise FaaSConfigurationError(f"another run is at work with the journal {str(path)!r}")
        time.sleep(_LOOK_AGAIN_SECONDS)


def _is_acquired(file: int) -> bool:
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
