"""Stop accepting on an asyncio server without losing a connection that it has just accepted."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

_TURNS_TO_ACCEPT: Final = 10
"""Turns of the loop, and some to spare, that asyncio takes to make a stream of a connection."""


async def stop_accepting(listener: socket.socket) -> None:
    """Accept no more from *listener*, and let what was accepted become streams: closing the server would lose them.

    Windows' event loop has no readers to remove; there the server is closed right away.
    """
    with suppress(NotImplementedError):
        asyncio.get_running_loop().remove_reader(listener)
    for _ in range(_TURNS_TO_ACCEPT):
        await asyncio.sleep(0)
