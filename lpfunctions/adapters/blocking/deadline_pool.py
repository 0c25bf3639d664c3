"""urllib3's connections and pools, made to keep an `Exchange` within its deadline."""

from __future__ import annotations

import queue
import socket
import ssl
import time
from typing import Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import EmptyPoolError, NewConnectionError
from urllib3.util.ssltransport import SSLTransport

from lpfunctions.adapters.blocking.after_fork import forget_in_child
from lpfunctions.adapters.blocking.deadline_sockets import DeadlineSocket, Exchange, OriginSocket, connect
from lpfunctions.adapters.blocking.strict_response import StrictResponse


class DeadlineConnection(HTTPConnection):
    """A connection that works for one exchange after the other."""

    response_class = StrictResponse
    exchange: Exchange
    idle_since: float = 0.0

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forget_in_child(self)

    def forget_parent(self) -> None:
        """Leave the socket to the parent."""
        if isinstance(self.sock, DeadlineSocket):
            self.sock.drop()

    def serve(self, exchange: Exchange) -> None:
        """Work for *exchange* from now on."""
        self.exchange = exchange
        if isinstance(self.sock, DeadlineSocket):
            self.sock.exchange = exchange

    def connect(self) -> None:
        """Connect; what is sent from here on reaches the origin, or a proxy that forwards it."""
        self._has_connected_to_proxy = bool(self.proxy)
        self._use(OriginSocket(self._new_conn(), self.exchange))

    def _new_conn(self) -> socket.socket:
        host, port = self._dns_host.strip("[]"), self.port
        try:
            # The one step without a deadline: the system's resolver cannot be interrupted.
            addresses = socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM)
            return connect(addresses, self.exchange)
        except OSError as refused:
            # Told apart from a lost connection, after which urllib3 would look for an answer.
            raise NewConnectionError(self, str(refused)) from refused

    def _use(self, connection: DeadlineSocket) -> None:
        self.sock = cast("socket.socket", connection)  # all that http.client calls, a DeadlineSocket has


class DeadlineTlsConnection(DeadlineConnection, HTTPSConnection):
    """The same behind TLS, with the context as it is given: not one of its settings is touched."""

    ssl_context: ssl.SSLContext | None

    def connect(self) -> None:
        """Connect, through the tunnel of a proxy if need be, and shake hands."""
        connection: socket.socket | ssl.SSLSocket = self._new_conn()
        self.sock = connection  # closed with this object, should the next steps fail
        in_tls = self.proxy_is_tunneling and self._tunnel_scheme == "https"
        if in_tls:
            connection = self._secure(connection, self.host)
        if self.proxy_is_tunneling:
            self._has_connected_to_proxy = True
            self._use(DeadlineSocket(connection, self.exchange))
            self._tunnel()
        secured = self._secure(connection, self._tunnel_host or self.host, in_tls=in_tls)
        self._has_connected_to_proxy = bool(self.proxy)
        self.is_verified = self._context.verify_mode is ssl.CERT_REQUIRED
        self._use(OriginSocket(secured, self.exchange))

    @property
    def _context(self) -> ssl.SSLContext:
        return cast("ssl.SSLContext", self.ssl_context)  # the adapter gives one to each pool

    def _secure(self, connection: socket.socket, host: str, *, in_tls: bool = False) -> Any:
        if in_tls:
            return SSLTransport(connection, self._context, host)
        # The C code spends this timeout on the handshake as a whole.
        connection.settimeout(self.exchange.remaining())
        self.sock = secured = self._context.wrap_socket(connection, server_hostname=host.strip("[]"))
        return secured


class DeadlinePool(HTTPConnectionPool):
    """A pool whose waiting, whose idle connections and whose targets obey the exchange."""

    ConnectionCls: Any = DeadlineConnection
    keepalive_seconds: float

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        forget_in_child(self)

    def forget_parent(self) -> None:
        """Free the lock of the queue, for its finalizer takes it."""
        if self.pool is not None:
            vars(self.pool).update(vars(queue.LifoQueue[Any](self.pool.maxsize)))

    def urlopen(self, *args: Any, **kwargs: Any) -> Any:
        """Carry out one exchange, which is the ``timeout``; it is also what waiting for a place must obey."""
        kwargs["pool_timeout"] = kwargs["timeout"]
        return super().urlopen(*args, **kwargs)

    def _get_conn(self, timeout: Any = None) -> Any:
        exchange: Exchange = timeout
        try:
            left = exchange.remaining()
        except TimeoutError:
            # After any other exception urllib3 would give back a place that was never taken.
            raise EmptyPoolError(self, "the deadline passed") from None
        connection = cast("DeadlineConnection", super()._get_conn(left))
        if connection.sock is not None and time.monotonic() - connection.idle_since > self.keepalive_seconds:
            connection.close()
        exchange.connecting()
        connection.serve(exchange)
        return connection

    def _put_conn(self, conn: Any) -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)

    def _make_request(self, conn: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        # urllib3 has normalised *url*; what the caller gave is to go on the wire.
        exchange: Exchange = kwargs["timeout"]
        given = exchange.target if url.startswith("/") else exchange.origin + exchange.target
        return super()._make_request(conn, method, given, *args, **kwargs)


class DeadlineTlsPool(DeadlinePool, HTTPSConnectionPool):
    """The same behind TLS."""

    ConnectionCls = DeadlineTlsConnection
