"""Connections, pools and the requests adapter that keep an `Exchange` within its deadline.

The hooks are urllib3's own: a connection class, a pool class, a pool manager that knows them.
"""

from __future__ import annotations

import queue
import socket
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any, cast

from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL
from requests.models import Response
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NewConnectionError
from urllib3.util import SKIP_HEADER, Retry
from urllib3.util.ssltransport import SSLTransport

from lpfunctions.adapters.blocking.after_fork import forget_in_child
from lpfunctions.adapters.blocking.deadline_sockets import DeadlineSocket, Exchange, OriginSocket, connect
from lpfunctions.adapters.blocking.strict_response import StrictResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from requests.models import PreparedRequest

    from lpfunctions.core.limits import TransportLimits

_HOSTS = 64
"""Hosts whose connections are kept; the platform has about four."""


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
        connection = cast("DeadlineConnection", super()._get_conn(exchange.remaining()))
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


class DeadlineAdapter(HTTPAdapter):
    """A requests adapter whose ``timeout`` is an `Exchange`.

    Its responses have ``raw`` and nothing else: cookies, history and encodings are of no use here.
    """

    def __init__(self, limits: TransportLimits, new_context: Callable[[], ssl.SSLContext]) -> None:
        self._keepalive_seconds = limits.keepalive_seconds
        self._new_context = new_context
        self._ssl_context: ssl.SSLContext | None = None
        self._pools: dict[tuple[object, ...], HTTPConnectionPool] = {}
        self._lock = threading.RLock()
        # Retry(False) raises what happened as it is.
        super().__init__(_HOSTS, limits.max_connections, Retry(False), pool_block=True)

    @property
    def ssl_context(self) -> ssl.SSLContext:
        """The context of all connections, made when the first one needs it: reading the authorities takes long."""
        with self._lock:
            if self._ssl_context is None:
                self._ssl_context = self._new_context()
            return self._ssl_context

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pool manager use our pools."""
        super().init_poolmanager(*args, **kwargs)
        self._equip(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        """Make the pool manager of *proxy* use our pools."""
        scheme = proxy.partition("://")[0].lower()
        if scheme not in {"http", "https"}:
            raise InvalidProxyURL(f"a proxy that speaks {scheme} is not supported")
        if scheme == "https":
            kwargs["ssl_context"] = self.ssl_context
        with self._lock:
            known = proxy in self.proxy_manager
            manager = super().proxy_manager_for(proxy, **kwargs)
            if not known:
                self._equip(manager)
            return manager

    def send(
        self,
        request: PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """Send *request* and read the head of its answer; the body is to be read from ``raw``."""
        del stream, verify, cert  # always; by the context
        exchange: Exchange = timeout
        response = Response()
        response.raw = self._pool_for(request, exchange, proxies).urlopen(
            request.method,
            self.request_url(request, dict(proxies)) if proxies else exchange.target,
            body=request.body,
            headers=_with_nothing_added(request.headers),
            redirect=False,
            assert_same_host=False,
            retries=self.max_retries,
            timeout=exchange,
            preload_content=False,
            decode_content=False,
        )
        return response

    def build_connection_pool_key_attributes(self, request: PreparedRequest, verify: Any, cert: Any = None) -> Any:
        """Leave trust to the context: requests would load its own bundle into it."""
        host, _ = super().build_connection_pool_key_attributes(request, verify, cert)
        return host, {"ssl_context": self.ssl_context} if host["scheme"] == "https" else {}

    def close(self) -> None:
        """Close the idle connections; one that is in use is closed after use."""
        self._pools.clear()
        super().close()

    def _pool_for(self, request: PreparedRequest, exchange: Exchange, proxies: Mapping[str, str] | None) -> Any:
        # Remembered, because finding a pool takes requests and urllib3 a tenth of an exchange.
        key = exchange.origin, *(proxies or {}).items()
        pool = self._pools.get(key)
        if pool is None:
            if len(self._pools) >= _HOSTS:
                self._pools.clear()
            found = self.get_connection_with_tls_context(request, True, dict(proxies or {}))
            pool = self._pools[key] = found
        return pool

    def _equip(self, manager: Any) -> None:
        keepalive = {"keepalive_seconds": self._keepalive_seconds}
        manager.pool_classes_by_scheme = {
            "http": type("Pool", (DeadlinePool,), keepalive),
            "https": type("TlsPool", (DeadlineTlsPool,), keepalive),
        }


def _with_nothing_added(headers: Mapping[str, str]) -> dict[str, str]:
    """*headers*, with markers that keep urllib3 from adding fields of its own."""
    given = {name.lower() for name in headers}
    return {**headers, **{name: SKIP_HEADER for name in ("User-Agent", "Accept-Encoding") if name.lower() not in given}}
