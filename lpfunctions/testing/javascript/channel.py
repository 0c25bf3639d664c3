"""The connection between this process and Node, which functions do not see: JSON lines, in both directions.

Not the standard streams, to which a function may write, nor an inherited descriptor, which Windows does not have: Node
connects to a port of loopback, and authenticates with a secret from its standard input.
"""

from __future__ import annotations

import hmac
import json
import secrets
import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LOOPBACK: Final = "127.0.0.1"
_SECRET_BYTES: Final = 32
_SECRET_SECONDS: Final = 5.0
"""How long a connection may take to say the secret."""
_LOOK_SECONDS: Final = 0.1
_CHUNK: Final = 64 * 1024


class Listener:
    """Waits for Node to connect.

    Attributes:
        greeting: the line that tells Node how, for its standard input.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_hex(_SECRET_BYTES).encode() + b"\n"
        self._socket = socket.create_server((_LOOPBACK, 0), backlog=8)
        port = self._socket.getsockname()[1]
        self.greeting: bytes = json.dumps({"port": port, "secret": self._secret.decode()}).encode() + b"\n"

    def accept(self, within_seconds: float, is_coming: Callable[[], bool] = lambda: True) -> socket.socket:
        """Return the connection of the process that sends the secret; others are closed.

        Raises:
            OSError: no process did within that time, or *is_coming* says that none will.
        """
        end = time.monotonic() + within_seconds
        self._socket.settimeout(_LOOK_SECONDS)
        with self._socket:
            while time.monotonic() < end and is_coming():
                with suppress(TimeoutError):
                    connection = self._socket.accept()[0]
                    if self._knows_secret(connection):
                        return connection
                    connection.close()
        raise TimeoutError("Node did not connect")

    def close(self) -> None:
        """Listen no more; safe to call twice."""
        self._socket.close()

    def _knows_secret(self, connection: socket.socket) -> bool:
        told = b""
        connection.settimeout(_SECRET_SECONDS)
        with suppress(OSError):
            while len(told) < len(self._secret):
                piece = connection.recv(len(self._secret) - len(told))
                if not piece:
                    break
                told += piece
        return hmac.compare_digest(told, self._secret)


class Channel:
    """Messages to and from Node."""

    def __init__(self, connection: socket.socket, silence_seconds: float) -> None:
        """Send and receive; a silence of *silence_seconds* is reported."""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.settimeout(silence_seconds)
        self._connection = connection
        self._sending = threading.Lock()

    def send(self, message: Mapping[str, Any]) -> bool:
        """Write one message; return False if the connection is closed."""
        line = json.dumps(message).encode() + b"\n"
        try:
            with self._sending:
                self._connection.sendall(line)
        except OSError:
            return False
        return True

    def messages(self) -> Iterator[dict[str, Any] | None]:
        """Yield the messages of Node until it ends; None each time that none came for *silence_seconds*."""
        unread = bytearray()
        while True:
            try:
                piece = self._connection.recv(_CHUNK)
            except TimeoutError:
                yield None
                continue
            except OSError:
                return
            if not piece:
                return
            unread += piece
            if b"\n" in piece:
                *lines, rest = bytes(unread).split(b"\n")
                unread[:] = rest
                yield from map(json.loads, lines)

    def hang_up(self) -> None:
        """Close the sending direction, which ends Node; its last messages are still read."""
        with suppress(OSError):  # it may be gone
            self._connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Close; safe to call twice."""
        self._connection.close()
