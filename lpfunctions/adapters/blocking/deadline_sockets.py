"""Sockets that know when their exchange must be over.

A socket's own timeout starts anew with every ``recv``: a peer that drips keeps its reader for ever. Here every
operation gets only what is left of the exchange.
"""

from __future__ import annotations

import io
import socket
import threading
import time
from http.client import RemoteDisconnected
from typing import TYPE_CHECKING, Any

from urllib3.util import Timeout

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.core.errors import Delivered, Phase

    Address = tuple[int, int, int, str, tuple[Any, ...]]
    """One row of ``socket.getaddrinfo``."""


_PACKED_BYTES = 64 * 1024
"""A body up to this size travels in one packet with its head."""


class Exchange(Timeout):
    """One exchange under way: when it must be over, and how far it has come.

    requests and urllib3 hand a ``Timeout`` through unread, so it travels as one.

    Attributes:
        origin: scheme, host and port of the URL, as they were given.
        target: the rest of the URL, exactly as it goes on the wire.
        phase: what the exchange is waiting for.
        delivered: may the server have seen the request?
    """

    def __init__(self, origin: str, target: str, timeout_seconds: float) -> None:
        super().__init__(connect=None, read=None)
        self.origin = origin
        self.target = target
        self.phase: Phase = "pool"
        self.delivered: Delivered = "no"
        # What no timer can count is no limit.
        endless = timeout_seconds > threading.TIMEOUT_MAX
        self._end = None if endless else time.monotonic() + timeout_seconds

    def remaining(self) -> float | None:
        """Seconds that are left, or None for no limit; a ``TimeoutError`` when none are."""
        if self._end is None:
            return None
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline passed")
        return left

    def connecting(self) -> None:
        """A place in the pool is had."""
        self.phase = "connect"

    def sending(self) -> None:
        """From here on the server may act on the request."""
        self.phase = "response"
        self.delivered = "unknown"

    def clone(self) -> Exchange:
        """Return this very exchange: urllib3 clones a timeout to start its clock, and this clock is running."""
        return self

    def start_connect(self) -> float:
        """Leave the clock alone."""
        return 0.0


class DeadlineSocket:
    """What `http.client` needs of a socket, within the deadline of *exchange*."""

    def __init__(self, raw: socket.socket, exchange: Exchange) -> None:  # an SSLSocket is one, too
        self.exchange = exchange
        self._raw = raw

    def arm(self) -> None:
        """Let the next operation take what is left."""
        self._raw.settimeout(self.exchange.remaining())

    def sendall(self, data: bytes) -> None:
        """Send all of *data*."""
        with memoryview(data) as view:
            sent = 0
            while sent < len(view):
                self.arm()
                sent += self._raw.send(view[sent:])

    def makefile(self, _mode: str = "rb") -> HeadReader:
        """A buffered reader; as with a plain socket, it outlives `close`."""
        return HeadReader(_ArmedReader(self, self._raw.makefile("rb", buffering=0)))

    def settimeout(self, _seconds: float | None) -> None:
        """Ignored: the exchange decides."""

    def fileno(self) -> int:
        """The file descriptor, by which urllib3 asks whether the peer has hung up."""
        return self._raw.fileno()

    def close(self) -> None:
        """Close the socket, once its readers are closed too."""
        self._raw.close()

    def drop(self) -> None:
        """Give up the file descriptor at once and send nothing, for the other process that has it."""
        # TLS in TLS is no socket, but has one.
        if (descriptor := getattr(self._raw, "socket", self._raw).detach()) >= 0:
            socket.close(descriptor)


class OriginSocket(DeadlineSocket):
    """A socket whose peer acts on what it is sent.

    A head is held back until its body, or the wish to read, follows: one packet goes out instead of two.
    """

    _held = b""

    def sendall(self, data: bytes) -> None:
        """Send all of *data*, soon."""
        if not self._held and data.endswith(b"\r\n\r\n") and self.exchange.delivered == "no":
            self._held = data
        elif len(data) > _PACKED_BYTES:
            self._flush()
            super().sendall(data)
        else:
            self._flush(data)

    def makefile(self, mode: str = "rb") -> HeadReader:
        """A buffered reader of the answer to all that was sent."""
        self._flush()
        return super().makefile(mode)

    def _flush(self, more: bytes = b"") -> None:
        packet, self._held = self._held + more, b""
        if packet:
            self.exchange.sending()
            super().sendall(packet)


class _ArmedReader(io.RawIOBase):
    """A raw reader that arms its socket before each ``recv``."""

    def __init__(self, owner: DeadlineSocket, raw: io.RawIOBase) -> None:
        self._owner = owner
        self._raw = raw

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int | None:
        self._owner.arm()
        return self._raw.readinto(buffer)

    def close(self) -> None:
        super().close()
        self._raw.close()


class HeadReader(io.BufferedReader):
    """A buffered reader whose lines are whole: `http.client` takes the end of the stream for the end of the head."""

    def readline(self, size: int | None = -1, /) -> bytes:
        """Read one line; ``RemoteDisconnected`` when the stream ends first."""
        line = super().readline(-1 if size is None else size)
        if not line.endswith(b"\n") and len(line) != size:
            raise RemoteDisconnected("the server closed the connection before its answer was complete")
        return line


def connect(addresses: Sequence[Address], exchange: Exchange) -> socket.socket:
    """Connect to the first of *addresses* that answers.

    Each address gets an equal share of the time that is left, so that a dead one cannot use it all.

    Raises:
        OSError: what the last address said.
    """
    failure = OSError("the name has no address")
    for left, (family, kind, protocol, _, address) in zip(range(len(addresses), 0, -1), addresses, strict=True):
        connection = socket.socket(family, kind, protocol)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            remaining = exchange.remaining()
            connection.settimeout(remaining and remaining / left)
            connection.connect(address)
        except OSError as refused:
            connection.close()
            failure = refused
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure
