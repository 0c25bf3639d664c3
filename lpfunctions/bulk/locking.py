"""One process at a time for a file."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from lpfunctions import FaaSConfigurationError

if TYPE_CHECKING:
    from pathlib import Path


def lock(file: int, path: Path) -> None:
    """Hold *file* until it is closed or the process ends. Nothing is held where the system has no ``flock``.

    Raises:
        FaaSConfigurationError: another process holds it.
    """
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise FaaSConfigurationError(f"another run is at work with the journal {str(path)!r}") from None
