"""A socket with what was read from it and not yet used; no operation outlasts its exchange."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final, Protocol

from lpfunctions.adapters.blocking.http.readiness import is_readable, wait
from lpfunctions.core.interrupts import raise_if_of_signal_handler

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    from lpfunctions.adapters.blocking.http.exchange import Exchange

_PIECE_BYTES: Final = 64 * 1024
_WOULD_BLOCK: Final = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_GONE: Final = (ConnectionError, ssl.SSLError)


class Socket(Protocol):
    """What is used of a socket, of an `ssl.SSLSocket`, and of TLS within TLS."""

    def recv(self, size: int, /) -> bytes:
        """Return at most *size* bytes; empty at the end of the stream."""
        ...

    def send(self, data: Any, /) -> int:
        """Send the beginning of *data*, and return how much that was."""
        ...

    def settimeout(self, seconds: float | None, /) -> None:
        """Let the next operation take *seconds*; 0 for not blocking, None for no limit."""
        ...

    def fileno(self) -> int:
        """The file descriptor."""
        ...

    def close(self) -> None:
        """Close; safe to call twice."""
        ...


def peer_of(sock: Any) -> tuple[str, int] | None:
    """IP address and port that *sock* is connected to; None if that is not known, as after a reset."""
    try:
        address, port, *_ = sock.getpeername()
    except (AttributeError, OSError, TypeError, ValueError) as failure:
        raise_if_of_signal_handler(failure)
        return None
    return (address, port)


class StreamEndedError(Exception):
    """The peer closed the connection before its response was complete."""


class Channel:
    """A connected socket that serves one exchange after the other.

    Attributes:
        exchange: whose deadline counts.
        sock: the socket, or what stands for it.
        peer: IP address and port that it is connected to; None if that is not known.
    """

    __slots__ = ("_at", "_data", "exchange", "peer", "sock")

    def __init__(self, sock: Socket, exchange: Exchange) -> None:
        self.sock: Socket = sock
        self._data = b""
        self._at = 0
        self.exchange: Exchange = exchange
        self.peer: tuple[str, int] | None = None

    def remaining(self) -> float | None:
        """Seconds that the next operation may take, or None for no limit."""
        return self.exchange.remaining()

    def send(self, data: bytes) -> bool:
        """Send all of *data*; False if the peer answered or went away before it had taken everything."""
        self.sock.settimeout(0.0)
        with memoryview(data) as view:
            sent = self._send_some(view) if data else 0
            # The rest has to wait for the peer, which may have said meanwhile that it does not want it.
            while 0 <= sent < len(view):
                if is_readable(self.sock) and self._has_response():
                    return False
                taken = self._send_some(view[sent:])
                sent = -1 if taken < 0 else sent + taken
        return sent >= 0

    def take_until(self, end: re.Pattern[bytes], check: Callable[[bytes], None]) -> bytes:
        """Return what comes before the first match of *end*, which is dropped.

        Args:
            end: what is read up to.
            check: told what has come so far, before more is read; raises if that cannot become a response.

        Raises:
            StreamEndedError: the stream ended first.
        """
        while (found := end.search(self._data, self._at)) is None:
            so_far = self._data[self._at :]
            check(so_far)
            data = self._read()
            if not data:
                raise StreamEndedError
            self._data, self._at = so_far + data, 0
        taken = self._data[self._at : found.start()]
        self._at = found.end()
        return taken

    def piece(self, most: int | None = None) -> bytes:
        """Return the next bytes, no more than *most*; empty at the end of the stream."""
        if self._at == len(self._data):
            self._data, self._at = self._read(), 0
        data, at = self._data, self._at
        self._at = len(data) if most is None else min(at + most, len(data))
        return data if at == 0 and self._at == len(data) else data[at : self._at]

    @property
    def is_drained(self) -> bool:
        """Was everything used that the peer has sent, as far as it was read?"""
        pending = getattr(self.sock, "pending", None)
        return self._at == len(self._data) and (pending is None or pending() == 0)

    @property
    def is_quiet(self) -> bool:
        """Has the peer neither sent nor closed anything since?"""
        return self.is_drained and not is_readable(self.sock)

    def close(self) -> None:
        """Close the socket; safe to call twice."""
        self.sock.close()

    def _send_some(self, data: memoryview) -> int:
        """Send the beginning of *data* once there is room for it; -1 if the peer went away, perhaps saying why."""
        try:
            return self.sock.send(data[:_PIECE_BYTES])
        except _WOULD_BLOCK:
            wait(self.sock, self.exchange.remaining(), for_writing=True)
            return 0
        except _GONE as failure:
            raise_if_of_signal_handler(failure)
            return -1

    def _read(self) -> bytes:
        self.sock.settimeout(self.exchange.remaining())
        return self.sock.recv(_PIECE_BYTES)

    def _has_response(self) -> bool:
        """Has a response begun, or the stream ended, while we were still sending?"""
        try:
            data = self.sock.recv(_PIECE_BYTES)
        except _WOULD_BLOCK:
            return False  # a message of TLS itself
        self._data, self._at = self._data[self._at :] + data, 0
        # An interim response invites us to go on.
        return not data or not self._data.startswith((b"HTTP/1.1 1", b"HTTP/1.0 1"))
