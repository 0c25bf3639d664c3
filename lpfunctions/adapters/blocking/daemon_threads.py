"""Start daemon threads, and let an interrupt that comes meanwhile pass."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


def start_daemon(target: Callable[..., object], *arguments: object, name: str) -> bool:
    """Start a thread; False when the system has none left, or the interpreter is about to exit."""
    handled = sys.exception()
    try:
        threading.Thread(target=target, args=arguments, name=name, daemon=True).start()
    except RuntimeError as refused:
        # `Thread.start` waits for a condition, which an interrupt can make fail on its way out ("release unlocked
        # lock"): the interrupt is then the context of that failure, and what goes on.
        if refused.__context__ is not None and refused.__context__ is not handled:
            raise refused.__context__ from None
        return False
    return True
