"""TLS to an origin within TLS to a proxy, which `ssl.SSLSocket` cannot do."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_RECORD_BYTES: Final = 16 * 1024
_WRITTEN_AT_ONCE: Final = 8 * 1024
"""What fits into one record of the outer TLS, and so into one ``send``, which obeys one timeout."""


class TlsInTls:
    """A `Socket` that speaks TLS over *outer*; its sending blocks, and so sees an early response only afterwards.

    *remaining* gives the seconds that an operation may take.
    """

    def __init__(
        self, outer: ssl.SSLSocket, context: ssl.SSLContext, host: str, remaining: Callable[[], float | None]
    ) -> None:
        self._outer = outer
        self._remaining = remaining
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname=host)
        self._run(self._tls.do_handshake)

    def recv(self, size: int, /) -> bytes:
        """Return at most *size* bytes; empty at the end of the stream."""
        try:
            return self._run(lambda: self._tls.read(size))
        except ssl.SSLZeroReturnError:
            return b""

    def send(self, data: Any, /) -> int:
        """Send the beginning of *data*, and return how much that was."""
        return self._run(lambda: self._tls.write(data[:_WRITTEN_AT_ONCE]))

    def settimeout(self, seconds: float | None, /) -> None:
        """Ignored: what remains of the exchange decides."""

    def pending(self) -> int:
        """Bytes that were decrypted, or received, and not read."""
        return self._tls.pending() + self._incoming.pending + self._outer.pending()

    def fileno(self) -> int:
        """The file descriptor."""
        return self._outer.fileno()

    def close(self) -> None:
        """Close the connection to the proxy."""
        self._outer.close()

    def _run(self, operation: Callable[[], T]) -> T:
        """Carry *operation* out, and the reading and writing that it needs."""
        while True:
            try:
                result = operation()
            except ssl.SSLWantReadError:
                self._flush()
                self._outer.settimeout(self._remaining())
                self._receive()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        while data := self._outgoing.read(_WRITTEN_AT_ONCE):
            while data:
                self._outer.settimeout(self._remaining())
                data = data[self._outer.send(data) :]

    def _receive(self) -> None:
        data = self._outer.recv(_RECORD_BYTES)
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
