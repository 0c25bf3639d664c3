"""Ask the system whether sockets can be read from or written to."""

from __future__ import annotations

import math
import select
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence


class HasDescriptor(Protocol):
    """A socket, or what stands for one."""

    def fileno(self) -> int:
        """The file descriptor."""
        ...


def is_readable(sock: HasDescriptor) -> bool:
    """Is there something to read, or the end of the stream, right now?"""
    return wait(sock, 0.0, for_writing=False)


def wait(sock: HasDescriptor, seconds: float | None, *, for_writing: bool) -> bool:
    """Wait until *sock* can be read from, or written to if that is wanted too; is there something to read?"""
    if not hasattr(select, "poll"):  # Windows, and eventlet
        readable, _, _ = select.select([sock], [sock] if for_writing else [], [], seconds)
        return bool(readable)
    poller = select.poll()
    poller.register(sock, select.POLLIN | select.POLLOUT if for_writing else select.POLLIN)
    found = poller.poll(None if seconds is None else math.ceil(seconds * 1000))
    # An error or a hang-up is reported whether it was asked for or not, and reading tells which.
    return any(events & ~select.POLLOUT for _, events in found)


def wait_until_connected(socks: Sequence[socket.socket], seconds: float | None) -> list[socket.socket]:
    """Wait until one of *socks* has connected or failed to; return those that have."""
    if not hasattr(select, "poll"):
        _, connected, failed = select.select([], socks, socks, seconds)
        return list({*connected, *failed})
    poller = select.poll()
    for sock in socks:
        poller.register(sock, select.POLLOUT)
    done = {number for number, _ in poller.poll(None if seconds is None else math.ceil(seconds * 1000))}
    return [sock for sock in socks if sock.fileno() in done]
