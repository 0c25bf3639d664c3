"""The Node processes of this process: one, unless functions of several projects run at the same time.

Node has one working directory, which is the project's, so a process serves one project at a time; one that no platform
uses is kept for the next, because a start takes longer than most tests.
"""

from __future__ import annotations

import atexit
import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lpfunctions.testing.javascript.runtime import NodeRuntime

_HOME: Final = Path(__file__).parent
"""The working directory of a process that nobody uses: one that nobody deletes."""


@dataclass(slots=True, eq=False)
class _Shared:
    runtime: NodeRuntime
    folder: Path
    users: int = 0


class NodePool:
    """Lends Node processes to projects."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shared: list[_Shared] = []
        self._of_parent: list[object] = []

    def acquire(self, folder: Path) -> NodeRuntime:
        """Return a process that works in *folder*; `release` it."""
        with self._lock:
            shared = self._in(folder) or self._unused(folder) or self._new(folder)
            shared.users += 1
            return shared.runtime

    def release(self, runtime: NodeRuntime) -> None:
        """Give back what `acquire` returned."""
        with self._lock:
            for shared in self._shared:
                if shared.runtime is runtime:
                    shared.users -= 1
                    if not shared.users:
                        shared.runtime.enter(_HOME)

    def stop(self) -> None:
        """End all processes; the next call starts them again."""
        for shared in self._shared:
            shared.runtime.stop()

    def after_fork(self) -> None:
        """In the child, leave the processes to the parent."""
        self._lock = threading.Lock()
        self._of_parent += [shared.runtime.leave_to_parent() for shared in self._shared]

    def _in(self, folder: Path) -> _Shared | None:
        return next((shared for shared in self._shared if shared.users and shared.folder == folder), None)

    def _unused(self, folder: Path) -> _Shared | None:
        shared = next((shared for shared in self._shared if not shared.users), None)
        if shared is not None:
            shared.folder = folder
            shared.runtime.enter(folder)
        return shared

    def _new(self, folder: Path) -> _Shared:
        shared = _Shared(NodeRuntime(), folder)
        shared.runtime.enter(folder)
        self._shared.append(shared)
        return shared


pool: Final = NodePool()

atexit.register(pool.stop)
if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=pool.after_fork)
