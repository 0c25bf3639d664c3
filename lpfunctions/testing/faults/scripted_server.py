"""A TCP server that follows a script: real sockets on the loopback, HTTP only as far as the script speaks it.

For what a well-behaved server never does: dripping, stalling, resetting, closing too early, answering nonsense.
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
import threading
import time
from typing import TYPE_CHECKING, Self

from lpfunctions.testing.faults.conversation import Conversation, ReceivedRequest

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["LOOPBACK", "Conversation", "ReceivedRequest", "ScriptedServer"]

LOOPBACK = "127.0.0.1"

_STOP_SECONDS = 5.0


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
        self.connections: int = 0
        self.most_open: int = 0
        self.stopping: threading.Event = threading.Event()
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
            conversation = Conversation(connection, self.connections, self.requests, self.stopping)
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
            pass  # the peer went away, or the TLS handshake failed
        except BaseException as failure:  # noqa: BLE001 (raised again by `stop`)
            self._failures.append(failure)
        finally:
            conversation.close()
            with self._changed:
                del self._open[conversation]
                self._changed.notify_all()
