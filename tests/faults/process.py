"""Servers that follow a script, in a process of their own: what they do keeps no client waiting for the interpreter."""

from __future__ import annotations

import multiprocessing
from typing import TYPE_CHECKING, Final, Generic, Protocol, Self, TypeVar

from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.faults.scripted_server import LOOPBACK, Conversation, ScriptedServer

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from types import TracebackType

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")

_STOP_SECONDS: Final = 10.0
_LEAVING_SECONDS: Final = 1.0


class Script(Protocol[T_co]):
    """What a server does with each connection, and what it has seen.

    Attributes:
        host: ``host:port`` of the server, set before the first connection.
    """

    host: str

    def __call__(self, peer: Conversation) -> None:
        """Serve one connection; it speaks TLS only when the script begins to."""
        ...

    @property
    def truth(self) -> T_co:
        """What has happened so far."""
        ...


class ServerProcess(Generic[T]):
    """Serves one script after the other, while the ``with`` block lasts.

    Attributes:
        authority: the certificate, as PEM, that clients over TLS have to trust.
    """

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._connection, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), name="script-server", daemon=True)
        self._process.start()
        self.authority: bytes = self._connection.recv()

    def open(self, script: Callable[[ssl.SSLContext], Script[T]]) -> str:
        """Follow the *script* that this makes of the server's TLS; return the ``host:port``. It crosses by pickle."""
        self._connection.send(script)
        host: str = self._connection.recv()
        return host

    def close(self) -> T:
        """Close every connection of the script, and tell what happened."""
        self._connection.send("close")
        truth: T | BaseException = self._connection.recv()
        if isinstance(truth, BaseException):
            raise truth
        return truth

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()
        self._process.join(_STOP_SECONDS)


def _serve(connection: Connection) -> None:
    connection.send(certificates.authority().cert_pem.bytes())
    while True:
        try:
            script: Script[object] = connection.recv()(certificates.server_context())
        except EOFError:
            return
        server = ScriptedServer(script)
        server.start()
        script.host = f"{LOOPBACK}:{server.port}"
        connection.send(script.host)
        connection.recv()
        server.wait_until_idle(_LEAVING_SECONDS)  # a request that was sent may still be read, and run
        try:
            server.stop()
        except BaseException as failure:  # noqa: BLE001 (raised in the other process)
            connection.send(failure)
        else:
            connection.send(script.truth)
