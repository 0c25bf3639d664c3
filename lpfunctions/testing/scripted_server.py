"""A TCP server that follows a script: real sockets on the loopback, HTTP only as far as the script wants it.

For what a well-behaved server never does: dripping, stalling, resetting, closing too early, answering garbage.
A script is called once for each connection, in a thread of its own::

    def answer_twice(peer: Conversation) -> None:
        for _ in range(2):
            peer.read_request()
            peer.send(http_answer(200, b"hello"))

    with ScriptedServer(answer_twice) as server:
        urlopen(server.url("/"))
        assert server.requests[0].request_line == "GET / HTTP/1.1"

A script may let ``OSError`` pass: the peer went away, which is often the point. Any other exception in a script is
raised again when the server stops.
"""

from __future__ import annotations

import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

LOOPBACK = "127.0.0.1"

_STOP_SECONDS = 5.0


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
    def fields(self) -> list[tuple[str, str]]:
        """The header fields in order, names as sent."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        return [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    def header(self, name: str) -> str | None:
        """The value of the field *name* in any case, or None."""
        return next((value for field, value in self.fields if field.lower() == name.lower()), None)


class Conversation:
    """One connection, seen from the server's side."""

    def __init__(self, server: ScriptedServer, connection: socket.socket, number: int) -> None:
        self.number = number
        self._server = server
        self._socket = connection
        self._unread = b""

    def start_tls(self, context: ssl.SSLContext) -> None:
        """Speak TLS from here on, as the server."""
        # Handed over before the handshake, so that `hang_up` finds the socket that is in use.
        self._socket = context.wrap_socket(self._socket, server_side=True, do_handshake_on_connect=False)
        self._socket.do_handshake()

    def read_request(self) -> ReceivedRequest | None:
        """Read and record one whole request; None when the peer closed instead."""
        head = self._read_until(b"\r\n\r\n")
        if head is None:
            return None
        length = int(ReceivedRequest(head, b"", 0).header("content-length") or 0)
        request = ReceivedRequest(head, self._read_exactly(length), self.number)
        self._server.requests.append(request)
        return request

    @property
    def stopping(self) -> threading.Event:
        """Set when the server stops: a script that pauses should wait on it."""
        return self._server.stopping

    def fileno(self) -> int:
        """The file descriptor, for ``select``."""
        return self._socket.fileno()

    def receive(self, size: int) -> bytes:
        """Read at most *size* bytes, whatever they are; empty when the peer has closed."""
        return self._socket.recv(size)

    def send(self, data: bytes) -> None:
        """Send *data*."""
        self._socket.sendall(data)

    def drip(self, data: bytes, every_seconds: float) -> None:
        """Send *data* byte by byte, pausing *every_seconds* before each byte."""
        for position in range(len(data)):
            if self.stopping.wait(every_seconds):
                return
            self.send(data[position : position + 1])

    def stall(self) -> None:
        """Neither read nor send until the server stops."""
        self.stopping.wait()

    def wait_for_close(self) -> None:
        """Read, and forget what is read, until the peer closes."""
        while self._socket.recv(65536):
            pass

    def half_close(self) -> None:
        """Send no more, yet keep reading."""
        self._socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Close with a RST instead of a FIN."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def close(self) -> None:
        """Close; safe to call twice."""
        self._socket.close()

    def hang_up(self) -> None:
        """Wake whoever waits for this connection, from another thread."""
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


class ScriptedServer:
    """Listen on a free port of the loopback and run *script* for each connection; with *tls*, behind TLS.

    Attributes:
        requests: every request that a script has read, in order.
        connections: how many connections were accepted so far.
        most_open: the largest number of connections that were open at the same time.
        stopping: set when the server stops; scripts that wait should wait on it.
    """

    def __init__(self, script: Callable[[Conversation], object], *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[ReceivedRequest] = []
        self.connections = 0
        self.most_open = 0
        self.stopping = threading.Event()
        self._script = script
        self._tls = tls
        self._open: dict[Conversation, threading.Thread] = {}
        self._changed = threading.Condition()
        self._failures: list[BaseException] = []
        self._listener = socket.create_server((LOOPBACK, 0), backlog=128)
        self.port: int = self._listener.getsockname()[1]
        self._acceptor = threading.Thread(target=self._accept, name="scripted-server", daemon=True)

    def url(self, path: str = "/") -> str:
        """The URL of *path* on this server."""
        return f"{'https' if self._tls else 'http'}://{LOOPBACK}:{self.port}{path}"

    def wait_until_idle(self, seconds: float = 2.0) -> bool:
        """Wait until no connection is open; False when some still are after *seconds*."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._open, seconds)

    def wait_for_requests(self, number: int, seconds: float = 2.0) -> bool:
        """Wait until *number* requests were read; False when they were not after *seconds*."""
        end = time.monotonic() + seconds
        while len(self.requests) < number and time.monotonic() < end:
            time.sleep(0.002)
        return len(self.requests) >= number

    def start(self) -> None:
        """Begin to accept connections."""
        self._acceptor.start()

    def stop(self) -> None:
        """Close everything and join every thread; raise what went wrong in a script."""
        self.stopping.set()
        # A thread in accept() does not notice that its socket is closed; a connection wakes it on every system.
        socket.create_connection((LOOPBACK, self.port)).close()
        self._acceptor.join(_STOP_SECONDS)
        self._listener.close()
        with self._changed:
            conversations = dict(self._open)
        for conversation in conversations:
            conversation.hang_up()
        for thread in conversations.values():
            thread.join(_STOP_SECONDS)
        if self._failures:
            raise self._failures[0]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self.stopping.is_set():
                connection.close()
                return
            self._converse(connection)

    def _converse(self, connection: socket.socket) -> None:
        with self._changed:
            self.connections += 1
            conversation = Conversation(self, connection, self.connections)
            thread = threading.Thread(target=self._follow, args=(conversation,), name="scripted-peer", daemon=True)
            self._open[conversation] = thread
            self.most_open = max(self.most_open, len(self._open))
        thread.start()

    def _follow(self, conversation: Conversation) -> None:
        try:
            if self._tls is not None:
                conversation.start_tls(self._tls)
            self._script(conversation)
        except OSError:
            pass  # the peer went away, or would not shake hands
        except BaseException as failure:  # noqa: BLE001 (raised again by `stop`)
            self._failures.append(failure)
        finally:
            conversation.close()
            with self._changed:
                del self._open[conversation]
                self._changed.notify_all()
