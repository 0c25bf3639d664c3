"""The connections of one event loop, and the places in the queue for them."""

from __future__ import annotations

import asyncio
import urllib.request
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol

import aiohttp

from lpfunctions.adapters.aio.deadlines import Deadlines
from lpfunctions.adapters.aio.http.connection import IdleConnections
from lpfunctions.adapters.aio.http.exchange import refusal
from lpfunctions.adapters.aio.http.release import Release, is_replaced, say_once
from lpfunctions.adapters.aio.http.session import SETTINGS, FollowedResponse, SessionLine
from lpfunctions.adapters.aio.slots import Slots
from lpfunctions.core.http.connections import ConnectionCounts

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncGenerator

    from yarl import URL

    from lpfunctions.adapters.aio.http.exchange import Exchange
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpResponse


class Line(Protocol):
    """The way to one host, over connections of one event loop."""

    async def send(self, exchange: Exchange, url: URL) -> HttpResponse:
        """Send the request of *exchange* to *url*, and return the answer."""
        ...


@dataclass(slots=True)
class Lane:
    """The queue for one host.

    Attributes:
        slots: one for each connection that may be open.
        proxy: URL of the proxy to go through, or None.
        is_secure: is TLS spoken, to the host or to the proxy?
        line: how requests go there; None before the first.
    """

    slots: Slots
    proxy: str | None
    is_secure: bool
    line: Line | None = None


class Pool:
    """The connections of one event loop.

    ``asyncio.run`` ends a loop without a word to those who have connections in it. It does finish the asynchronous
    generators that were begun in the loop: one of these closes the session, in time and without a warning.

    Attributes:
        session: the aiohttp session that holds the connections.
        deadlines: those of the exchanges under way.
        tls_lock: held by the one task that reads the TLS settings.
        under_way: how many exchanges are.
        is_closing: is no connection kept any more?
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
        self._lanes: dict[tuple[str, str | None], Lane] = {}
        self._idle = None if given is not None else IdleConnections()
        self._is_direct = given is None and self._may_be_direct(release)
        self._keeper = _keep(None if given else self.session)

    def _may_be_direct(self, release: Release) -> bool:
        if objection := release.objection():
            say_once(objection)
        # Traces are those of an instrumentation, which hooks into every new session.
        return objection is None and not self.session.trace_configs and not is_replaced()

    async def open(self) -> None:
        """Tie the session to the life of the running loop; lets no other task run."""
        await anext(self._keeper)

    async def aclose(self) -> None:
        """Close the connections that are free now, and the others behind their exchanges; wait for none of these.

        A session that was given by the user stays as it is.
        """
        self.close_idle()
        if not self.under_way:
            self.deadlines.rest()
            await self._keeper.aclose()

    def close_idle(self) -> None:
        """Close the connections that are free, and keep none from now on."""
        if self._idle is not None:
            self.is_closing = True
            self._idle.close()

    def connection_counts(self) -> list[ConnectionCounts]:
        """How the connections are used, host by host."""
        idle = Counter[tuple[str, str | None]]() if self._idle is None else self._idle.counts()
        return [
            ConnectionCounts(scheme, host or "", lane.slots.taken, idle[scheme, host], lane.slots.waiting)
            for (scheme, host), lane in list(self._lanes.items())
        ]

    def lane(self, url: URL) -> Lane:
        """The lane to the host of *url*; the environment is asked once per host."""
        key = (url.scheme, url.host_port_subcomponent)
        return self._lanes.get(key) or self._lanes.setdefault(key, self._new_lane(url))

    def new_line(self, url: URL, lane: Lane, tls: ssl.SSLContext | bool) -> Line:
        """A line to the host of *url*, in *lane*."""
        if self._idle is not None and self._is_direct and lane.proxy is None:
            # It is imported where it can be: an unknown release may lack what it imports.
            from lpfunctions.adapters.aio.http.direct import DirectLine

            return DirectLine(self.session, url, tls, self._limits, self._idle)
        return SessionLine(self.session, lane.proxy, tls, self._limits, self._idle)

    def _new_lane(self, url: URL) -> Lane:
        proxy = self._proxy or (environment_proxy(url) if self._trust_env else None)
        proxy_scheme = (proxy or "http").partition(":")[0]
        if proxy_scheme not in {"http", "https"}:
            raise refusal("the proxy must be an http or https URL")
        is_secure = "https" in {url.scheme, proxy_scheme}
        return Lane(Slots(self._limits.max_connections), proxy, is_secure)


async def _keep(session: aiohttp.ClientSession | None) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        if session is not None:
            await session.close()


def _new_session(limits: TransportLimits) -> aiohttp.ClientSession:
    """A session that keeps no cookies and whose connections the lanes count."""
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            limit=0, keepalive_timeout=limits.keepalive_seconds, resolver=aiohttp.ThreadedResolver()
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        response_class=FollowedResponse,
        **SETTINGS,
    )


def environment_proxy(url: URL) -> str | None:
    """The proxy that the environment names for *url*, honouring ``NO_PROXY``."""
    if urllib.request.proxy_bypass(url.authority):
        return None
    proxies = urllib.request.getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
