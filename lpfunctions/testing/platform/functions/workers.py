"""Threads for plain functions: kept for the next call, because a new one costs more than a trivial function.

A new one is started when all are busy, so that a function that never ends delays no other.
"""

from __future__ import annotations

import os
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    Work = Callable[[], None]

_IDLE_SECONDS: Final = 1.0

_idle: Final[list[SimpleQueue[Work]]] = []
"""The inboxes of the threads that wait; the last one was busy last. Its methods are atomic, so it needs no lock."""

if hasattr(os, "register_at_fork"):  # Windows has no fork
    os.register_at_fork(after_in_child=_idle.clear)  # the threads stay behind in the parent


def run_in_thread(work: Work) -> None:
    """Run *work*, which must not raise, in a daemon thread."""
    inbox: SimpleQueue[Work]
    try:
        inbox = _idle.pop()
    except IndexError:
        inbox = SimpleQueue()
        Thread(target=_serve, args=(inbox,), name="lpfunctions-function", daemon=True).start()
    inbox.put(work)


def _serve(inbox: SimpleQueue[Work]) -> None:
    while True:
        try:
            work = inbox.get(timeout=_IDLE_SECONDS)
        except Empty:
            try:
                _idle.remove(inbox)
            except ValueError:
                continue  # it has just been taken
            return
        work()
        del work  # nothing of the call is kept alive while this thread waits
        _idle.append(inbox)
