"""Connections of the client's own: a pool for each route."""

from __future__ import annotations

import threading
import weakref
from functools import partial
from typing import TYPE_CHECKING

from lpfunctions.adapters.blocking.after_fork import forget_in_child
from lpfunctions.adapters.blocking.http.connection import Connection
from lpfunctions.adapters.blocking.http.failures import OWN_ERRORS, error_of
from lpfunctions.adapters.blocking.http.pool import ConnectionPool
from lpfunctions.adapters.blocking.http.routes import Proxy, Route, environment_proxy, parse_proxy, split_url
from lpfunctions.adapters.trust import default_context, store_of
from lpfunctions.core.errors import FaaSRequestError, without_frames
from lpfunctions.core.http.connections import ConnectionCounts
from lpfunctions.core.interrupts import is_of_signal_handler

if TYPE_CHECKING:
    import ssl

    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse


class OwnConnections:
    """Send over connections that are kept."""

    def __init__(
        self, limits: TransportLimits, ssl_context: ssl.SSLContext | None, proxy: str | None, *, trust_env: bool
    ) -> None:
        self._limits = limits
        self._tls = TlsSettings(ssl_context, trust_env=trust_env)
        self._proxy = proxy
        self._trust_env = trust_env
        self._lock = threading.Lock()
        self._is_closed = False
        self._pools: dict[Route, ConnectionPool] = {}
        weakref.finalize(self, _close, self._pools)  # sockets are closed with a client that was forgotten too
        forget_in_child(self)

    def send(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        """Send *request* and return the whole response.

        Raises:
            FaaSRequestError: what ended the exchange instead, but for what a signal handler raised.
        """
        try:
            return self._send(request, exchange)
        except FaaSRequestError as refused:
            error = without_frames(refused)
        except OWN_ERRORS as failure:
            if is_of_signal_handler(failure):
                raise
            error = error_of(without_frames(failure), request, exchange, self._tls.store)
        try:
            raise error from None
        finally:
            del error  # whose traceback holds this frame

    def close(self) -> None:
        """Close what is idle now; and from now on each connection after its exchange."""
        self._is_closed = True
        _close(self._pools)

    def reopen(self) -> None:
        """Keep connections again."""
        self._is_closed = False
        for pool in list(self._pools.values()):
            pool.reopen()

    def connection_counts(self) -> list[ConnectionCounts]:
        """How the connections are used, host by host."""
        pools = list(self._pools.items())
        return [ConnectionCounts(route.origin.scheme, route.origin.authority, *pool.counts()) for route, pool in pools]

    def forget_parent(self) -> None:
        """Begin with no connection and no lock held."""
        for pool in list(self._pools.values()):
            pool.close_after_fork()
        self._pools.clear()
        self._lock = threading.Lock()
        self._tls.forget_parent()

    def _send(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        origin, target = split_url(request.url)
        route = Route(origin, self._proxy_for(request))
        pool = self._pools.get(route) or self._new_pool(route)
        return pool.send(request, target, exchange)

    def _proxy_for(self, request: HttpRequest) -> Proxy | None:
        url = self._proxy
        if url is None and self._trust_env:
            url = environment_proxy(request)
        return parse_proxy(url) if url else None

    def _new_pool(self, route: Route) -> ConnectionPool:
        with self._lock:
            for other in self._pools.values():
                other.close_stale()  # hosts may move, and nobody asks the old one again
            new_connection = partial(Connection, route, self._limits, self._tls.context)
            pool = self._pools.setdefault(route, ConnectionPool(self._limits.max_connections, new_connection))
        if self._is_closed:
            pool.close()
        return pool


class TlsSettings:
    """The context of all connections, made when the first one needs it: reading the authorities takes long."""

    def __init__(self, ssl_context: ssl.SSLContext | None, *, trust_env: bool) -> None:
        self._context = ssl_context
        self._trust_env = trust_env
        self._lock = threading.Lock()

    def context(self) -> ssl.SSLContext:
        """The context that was given, or the default one."""
        with self._lock:
            if self._context is None:
                self._context = default_context(trust_env=self._trust_env)
            return self._context

    @property
    def store(self) -> str:
        """Whose authorities are trusted, for a message."""
        return "none, as none was loaded yet" if self._context is None else store_of(self._context)

    def forget_parent(self) -> None:
        """Have no lock held."""
        self._lock = threading.Lock()


def _close(pools: dict[Route, ConnectionPool]) -> None:
    for pool in list(pools.values()):
        pool.close()
