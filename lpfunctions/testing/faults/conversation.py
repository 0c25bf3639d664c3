"""One connection, for the scripts of a `ScriptedServer`: what they read, and all the ways to answer badly."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lpfunctions.testing.faults.reset import reset_on_close

if TYPE_CHECKING:
    import threading

PATIENCE_SECONDS: Final = 2.5
"""How long a script drips or is silent: ten times the deadline of a client that is to give up on it.

It then goes on, and so ends. A client that never gives up gets a cut answer, and its test fails instead of hanging.
"""


@dataclass(frozen=True, slots=True)
class ReceivedRequest:
    """One request as its bytes arrived.

    Attributes:
        head: request line and header fields, without the empty line that ends them.
        body: the bytes that Content-Length announced.
        connection: number of the connection it came on, counted from 1.
    """

    head: bytes
    body: bytes
    connection: int

    @property
    def request_line(self) -> str:
        """Method, target and version."""
        return self.head.decode("latin-1").partition("\r\n")[0]

    @property
    def target(self) -> str:
        """The request target, as sent."""
        return self.request_line.split(" ")[1]

    @property
    def content_length(self) -> int:
        """How many bytes of body the head announces."""
        return int(self.header("content-length") or 0)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The header fields in order, names as sent."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def header(self, name: str) -> str | None:
        """The value of the field *name* in any case, or None."""
        return next((value for field, value in self.fields if field.lower() == name.lower()), None)


class Conversation:
    """One connection, seen from the server's side.

    Attributes:
        number: counted from 1.
        stopping: set when the server stops: a script that pauses should wait on it.
    """

    def __init__(
        self, connection: socket.socket, number: int, requests: list[ReceivedRequest], stopping: threading.Event
    ) -> None:
        self.number = number
        self._requests = requests
        self.stopping = stopping
        self._socket = connection
        self._unread = b""
        self._began = time.monotonic()

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on, as the server."""
        # Handed over before the handshake, so that `hang_up` finds the socket that is in use.
        self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._socket.do_handshake()

    def read_request(self) -> ReceivedRequest | None:
        """Read and record one whole request; None when the peer closed instead."""
        head = self.read_head()
        return None if head is None else self.read_body(head)

    def read_head(self) -> ReceivedRequest | None:
        """Read the head of a request without recording it; None when the peer closed instead."""
        head = self._read_until(b"\r\n\r\n")
        return None if head is None else ReceivedRequest(head, b"", self.number)

    def has_body_of(self, head: ReceivedRequest) -> bool:
        """Return whether the whole body of the request with *head* has arrived with it."""
        return len(self._unread) >= head.content_length

    def read_body(self, head: ReceivedRequest) -> ReceivedRequest:
        """Read the body of the request with *head*; return and record the whole request."""
        request = ReceivedRequest(head.head, self._read_exactly(head.content_length), self.number)
        self._requests.append(request)
        return request

    @property
    def is_out_of_patience(self) -> bool:
        """Return whether the connection has been open for longer than `PATIENCE_SECONDS`."""
        return time.monotonic() - self._began > PATIENCE_SECONDS

    def fileno(self) -> int:
        """The file descriptor, for ``select``."""
        return self._socket.fileno()

    def receive(self, size: int) -> bytes:
        """Read at most *size* bytes; empty when the peer has closed."""
        return self._socket.recv(size)

    def send(self, data: bytes) -> None:
        """Send *data*."""
        self._socket.sendall(data)

    def drip(self, data: bytes, every_seconds: float) -> None:
        """Send *data* byte by byte, pausing *every_seconds* before each byte; no longer than `PATIENCE_SECONDS`."""
        end = time.monotonic() + PATIENCE_SECONDS
        for position in range(len(data)):
            if self.stopping.wait(every_seconds) or time.monotonic() > end:
                return
            self.send(data[position : position + 1])

    def stall(self) -> None:
        """Neither read nor send until the server stops; no longer than `PATIENCE_SECONDS`."""
        self.stopping.wait(PATIENCE_SECONDS)

    def wait_for_close(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Read and discard until the peer closes, for *seconds* at most."""
        end = time.monotonic() + seconds
        with suppress(TimeoutError):
            while (left := end - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(65536):
                    break
        self._socket.settimeout(None)

    def half_close(self) -> None:
        """Close the sending direction; reading goes on."""
        self._socket.shutdown(socket.SHUT_WR)

    def end_tls(self) -> None:
        """Send the close_notify of TLS, which `close` does not; wait for nothing."""
        if isinstance(self._socket, ssl.SSLSocket):
            self._socket.setblocking(False)
            with suppress(ssl.SSLError):  # the peer's own close_notify has not come yet
                self._socket.unwrap()

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        reset_on_close(self._socket)
        self.close()

    def close(self) -> None:
        """Close; safe to call twice. TLS ends without a close_notify: see `end_tls`."""
        self._socket.close()

    def hang_up(self) -> None:
        """Shut the connection down from another thread, which wakes the script that waits for it."""
        with suppress(OSError):  # it may be closed already
            # The plain shutdown, also for TLS: SSLSocket's own would pull the TLS state from under its reader.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def _read_until(self, end: bytes) -> bytes | None:
        while end not in self._unread:
            piece = self._socket.recv(65536)
            if not piece:
                return None
            self._unread += piece
        found, _, self._unread = self._unread.partition(end)
        return found

    def _read_exactly(self, length: int) -> bytes:
        while len(self._unread) < length:
            piece = self._socket.recv(65536)
            if not piece:
                raise ConnectionError("the peer closed within a request body")
            self._unread += piece
        found, self._unread = self._unread[:length], self._unread[length:]
        return found
