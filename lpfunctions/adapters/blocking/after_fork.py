"""Let a forked child forget what only its parent may use: sockets, and locks that another thread held."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Inherited(Protocol):
    """Something that a forked child must not use as it is."""

    def forget_parent(self) -> None:
        """Start anew. No lock may be taken: its holder may not exist in this process."""
        ...


_inherited: weakref.WeakSet[Inherited] = weakref.WeakSet()


def forget_in_child(thing: Inherited) -> None:
    """Have ``thing.forget_parent()`` called in every child that is forked while *thing* lives."""
    _inherited.add(thing)


def _forget() -> None:
    for thing in list(_inherited):
        thing.forget_parent()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
