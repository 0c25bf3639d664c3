"""A storm that stands still is told by its stacks: urllib3's queue is locked, or a call hangs."""

from __future__ import annotations

import faulthandler
import queue
import threading
from typing import TYPE_CHECKING

from urllib3 import HTTPConnectionPool

from tests.signals.own_process import result_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def stacks_while_locked(lock: threading.Lock, call: Callable[[], object], file: Path) -> str:
    """The stacks of all threads, while one waits for the *lock* that *call* takes."""
    stacks = ""
    with lock:
        thread = threading.Thread(target=call)
        thread.start()
        while "in __enter__" not in stacks:
            with file.open("w", encoding="utf-8") as output:
                faulthandler.dump_traceback(output)
            stacks = file.read_text("utf-8")
    thread.join()
    return stacks


def test_queue_of_urllib3_that_was_left_locked(tmp_path: Path) -> None:
    """It ends the storm, and is no broken promise: docs/delivery.md names it."""
    connections = HTTPConnectionPool("host.invalid")
    lock = connections.pool.mutex  # type: ignore[union-attr]
    result = result_of(stacks_while_locked(lock, connections.close, tmp_path / "stacks"))
    assert result.locked
    assert not result.broken


def test_any_other_lock_is_a_hang(tmp_path: Path) -> None:
    other = queue.LifoQueue[None](1)
    stacks = stacks_while_locked(other.mutex, lambda: other.put(None), tmp_path / "stacks")
    result = result_of(stacks)
    assert not result.locked
    assert result.broken == {"hangs": 1}
    assert stacks in result.texts[0]
