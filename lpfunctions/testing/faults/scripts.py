"""Ready-made parts for a `ScriptedServer`: responses, the common script, and addresses where no server listens."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Self

from lpfunctions.testing.faults.conversation import PATIENCE_SECONDS
from lpfunctions.testing.faults.scripted_server import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from types import TracebackType

    from lpfunctions.testing.faults.scripted_server import Conversation


class DeadAddress:
    """An address that answers no connection attempt: a listener whose backlog is full.

    After `PATIENCE_SECONDS` it refuses connections instead, so that a client that never gives up fails then.

    Args:
        host: an address of this machine.
        port: 0 for any that is free.
    """

    def __init__(self, host: str = LOOPBACK, port: int = 0) -> None:
        self._listener = socket.create_server((host, port), backlog=0)
        self.port: int = self._listener.getsockname()[1]
        # A backlog of 0 still holds one connection. It is taken here; every later SYN is dropped.
        self._taken = socket.create_connection((host, self.port))
        self._end = threading.Timer(PATIENCE_SECONDS, self._listener.close)
        self._end.daemon = True
        self._end.start()

    def url(self, path: str = "/") -> str:
        """The URL of *path* at this address."""
        return f"http://{LOOPBACK}:{self.port}{path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._end.cancel()
        self._end.join()
        self._taken.close()
        self._listener.close()


def refused_port() -> int:
    """Return a port of the loopback on which no server listens."""
    with socket.create_server((LOOPBACK, 0)) as listener:
        port: int = listener.getsockname()[1]
    return port


def http_answer(
    status: int = 200, body: bytes = b"", *, reason: str = "OK", fields: Sequence[tuple[str, str]] = ()
) -> bytes:
    """Return one HTTP response as bytes; Content-Length is added unless *fields* frame the body themselves."""
    lines = [f"HTTP/1.1 {status} {reason}", *(f"{name}: {value}" for name, value in fields)]
    framed = any(name.lower() in {"content-length", "transfer-encoding"} for name, _ in fields)
    if not framed and status not in {204, 304}:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def answering(*answers: bytes) -> Callable[[Conversation], None]:
    """Return a script that answers the requests of a connection with *answers* in turn, then always with the last."""

    def script(peer: Conversation) -> None:
        number = 0
        while peer.read_request() is not None:
            peer.send(answers[min(number, len(answers) - 1)])
            number += 1

    return script


def straying(has_strayed: threading.Event) -> Callable[[Conversation], None]:
    """Return a script: answer ``first``; send an unsolicited response and set *has_strayed*; then answer ``second``."""

    def script(peer: Conversation) -> None:
        peer.read_request()
        peer.send(http_answer(200, b"first"))
        peer.stopping.wait(0.02)
        peer.send(http_answer(200, b"for somebody else"))
        has_strayed.set()
        while peer.read_request() is not None:
            peer.send(http_answer(200, b"second"))

    return script
