"""A requests adapter over connections that keep deadlines."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidProxyURL
from requests.models import Response
from urllib3.util import SKIP_HEADER, Retry

from lpfunctions.adapters.blocking.deadline_pool import DeadlinePool, DeadlineTlsPool

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

    from requests.models import PreparedRequest

    from lpfunctions.adapters.blocking.deadline_sockets import Exchange
    from lpfunctions.core.limits import TransportLimits

_HOSTS = 64
"""Hosts whose connections are kept; the platform has about four."""


class DeadlineAdapter(HTTPAdapter):
    """A requests adapter whose ``timeout`` is an `Exchange`.

    Its responses have ``raw`` and nothing else: cookies, history and encodings are of no use here.
    """

    def __init__(self, limits: TransportLimits, new_context: Callable[[], ssl.SSLContext]) -> None:
        self._keepalive_seconds = limits.keepalive_seconds
        self._new_context = new_context
        self._ssl_context: ssl.SSLContext | None = None
        self._pools: dict[tuple[object, ...], Any] = {}
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

    def send(self, request: PreparedRequest, *args: Any, **settings: Any) -> Response:
        """Send *request* and read the head of its answer; the body is to be read from ``raw``.

        Of *settings*, ``timeout`` is an `Exchange`, and ``proxies`` are obeyed; trust is the context's business.
        """
        del args
        exchange: Exchange = settings["timeout"]
        proxies: Mapping[str, str] | None = settings.get("proxies")
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
            pool = self.get_connection_with_tls_context(request, True, dict(proxies or {}))
            if len(self._pools) >= _HOSTS:
                self._pools.clear()
            self._pools[key] = pool
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
