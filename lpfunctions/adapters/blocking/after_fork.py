"""Let a forked child forget what only its parent may use: sockets, and locks that another thread held."""

from __future__ import annotations

import os
import threading
import weakref
from typing import Protocol


class Inherited(Protocol):
    """Something that a forked child must not use as it is."""

    def forget_parent(self) -> None:
        """Start anew. No lock may be taken: its holder may not exist in this process."""
        ...


class ForkableLock:
    """A lock that is free in a forked child, whoever held it in the parent: ``with lock():``.

    It is called for the lock itself, one of C, because an interrupt between a Python ``__enter__`` and the block of its
    ``with`` would leave it taken for ever.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        forget_in_child(self)

    def __call__(self) -> threading.Lock:
        """The lock of this process."""
        return self._lock

    def forget_parent(self) -> None:
        """Be free: the thread that held the lock does not exist here."""
        self._lock = threading.Lock()


_inherited: weakref.WeakSet[Inherited] = weakref.WeakSet()


def forget_in_child(thing: Inherited) -> None:
    """Have ``thing.forget_parent()`` called in every child that is forked while *thing* lives."""
    _inherited.add(thing)


def _forget() -> None:
    for thing in list(_inherited):
        thing.forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
