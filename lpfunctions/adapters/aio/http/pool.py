"""The connections of one event loop, and the limits of how many a host may have."""

from __future__ import annotations

import asyncio
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import aiohttp

from lpfunctions.adapters.aio.deadlines import Deadlines
from lpfunctions.adapters.aio.http.connection import IdleConnections
from lpfunctions.adapters.aio.http.progress import refusal
from lpfunctions.adapters.aio.http.release import Release, is_replaced, log_once
from lpfunctions.adapters.aio.http.session import SETTINGS, FollowedResponse, SessionRoute
from lpfunctions.adapters.aio.semaphore import CountingSemaphore
from lpfunctions.core.http.connections import ConnectionCounts

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from yarl import URL

    from lpfunctions.adapters.aio.http.progress import RequestProgress
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpResponse


_READ_BYTES: Final = 256 * 1024
"""What asyncio's transports ask for in one read."""


class HostConnections(Protocol):
    """Sends the requests to one host, over connections of one event loop."""

    async def send(self, progress: RequestProgress, url: URL) -> HttpResponse:
        """Send the request of *progress* to *url*, and return the response."""
        ...


@dataclass(slots=True)
class HostPool:
    """The connections to one host.

    Attributes:
        semaphore: admits a request for each connection that may be open.
        proxy: URL of the proxy to go through, or None.
        is_secure: whether TLS is used, to the host or to the proxy.
        connections: sends the requests; None before the first.
    """

    semaphore: CountingSemaphore
    proxy: str | None
    is_secure: bool
    connections: HostConnections | None = None


class Pool:
    """The connections of one event loop.

    ``asyncio.run`` ends a loop without notice to code that has connections in it. It does finish the asynchronous
    generators that were started in the loop: one of these closes the session, in time and without a warning.

    Attributes:
        session: the aiohttp session that holds the connections.
        deadlines: those of the requests under way.
        tls_lock: held by the one task that reads the TLS settings.
        under_way: how many requests are being sent.
        is_closing: whether connections are closed instead of kept.
    """

    def __init__(
        self,
        limits: TransportLimits,
        given: aiohttp.ClientSession | None,
        proxy: str | None,
        release: Release,
        *,
        trust_env: bool,
    ) -> None:
        self.session: Final = given or _new_session(limits)
        self.deadlines: Final = Deadlines()
        self.tls_lock: Final = asyncio.Lock()
        self.under_way = 0
        self.is_closing: bool = False
        self._limits = limits
        self._proxy = proxy
        self._trust_env = trust_env
        self._host_pools: dict[tuple[str, str | None], HostPool] = {}
        self._idle = None if given is not None else IdleConnections()
        self._is_direct = given is None and self._may_be_direct(release)
        self._closer = _close_at_end(None if given else self.session)

    def _may_be_direct(self, release: Release) -> bool:
        if reason := release.unsupported():
            log_once(reason)
        # An instrumentation adds its traces to every new session.
        return reason is None and not self.session.trace_configs and not is_replaced()

    async def open(self) -> None:
        """Have the session closed when the running loop ends; lets no other task run."""
        _keep_memory_of_reads()
        await anext(self._closer)

    async def aclose(self) -> None:
        """Close the idle connections now, and each other one when its request is done; wait for none of these.

        A session that was given by the user stays as it is.
        """
        self.close_idle()
        if not self.under_way:
            self.deadlines.stop_timer()
            await self._closer.aclose()

    def close_idle(self) -> None:
        """Close the idle connections, and keep none from now on."""
        if self._idle is not None:
            self.is_closing = True
            self._idle.close()

    def connection_counts(self) -> list[ConnectionCounts]:
        """Return how the connections are used, host by host."""
        idle = Counter[tuple[str, str | None]]() if self._idle is None else self._idle.counts()
        return [
            ConnectionCounts(
                scheme, host or "", host_pool.semaphore.acquired, idle[scheme, host], host_pool.semaphore.waiting
            )
            for (scheme, host), host_pool in list(self._host_pools.items())
        ]

    def host_pool(self, url: URL) -> HostPool:
        """Return the `HostPool` of the host of *url*; the environment is read once per host."""
        key = (url.scheme, url.host_port_subcomponent)
        return self._host_pools.get(key) or self._host_pools.setdefault(key, self._new_host_pool(url))

    def new_connections(self, url: URL, host_pool: HostPool, tls: ssl.SSLContext | bool) -> HostConnections:
        """Return the connections to the host of *url*, for *host_pool*."""
        if self._idle is not None and self._is_direct and host_pool.proxy is None:
            # Imported here: an unknown release of aiohttp may lack what it imports.
            from lpfunctions.adapters.aio.http.direct import DirectRoute

            return DirectRoute(self.session, url, tls, self._limits, self._idle)
        return SessionRoute(self.session, host_pool.proxy, tls, self._limits, self._idle)

    def _new_host_pool(self, url: URL) -> HostPool:
        proxy = self._proxy or (environment_proxy(url) if self._trust_env else None)
        proxy_scheme = (proxy or "http").partition(":")[0]
        if proxy_scheme not in {"http", "https"}:
            raise refusal("the proxy must be an http or https URL")
        is_secure = "https" in {url.scheme, proxy_scheme}
        return HostPool(CountingSemaphore(self._limits.max_connections), proxy, is_secure)


def _keep_memory_of_reads() -> None:
    """Have the C library keep the memory of one read for the next.

    asyncio reads into a new block of 256 KiB each time. The GNU C library maps a block of that size anew and unmaps it
    afterwards, three system calls a read, until a larger block has been freed once: then it keeps them.
    """
    bytes(2 * _READ_BYTES)


async def _close_at_end(session: aiohttp.ClientSession | None) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        if session is not None:
            await session.close()


def _new_session(limits: TransportLimits) -> aiohttp.ClientSession:
    """Return a session that keeps no cookies and limits no connections: `HostPool` does."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=limits.keepalive_seconds, resolver=aiohttp.ThreadedResolver()
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        response_class=FollowedResponse,
        **SETTINGS,
    )


def environment_proxy(url: URL) -> str | None:
    """Return the proxy that the environment names for *url*, honouring ``NO_PROXY``."""
    if urllib.request.proxy_bypass(url.authority):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
