"""The port `AsyncTransport` on aiohttp.

aiohttp opens connections and speaks HTTP, and does nothing else here. Deadlines, decoding and the environment's proxies
are this package's; nothing follows redirects, keeps cookies or repeats. A request goes straight to a connection of the
pool (``direct.py``), or through a session (``session.py``) if there is a user's session, a proxy, or traces.
"""

from __future__ import annotations

import asyncio
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from yarl import URL

from lpfunctions.adapters.aio.deadlines import is_cancelled
from lpfunctions.adapters.aio.http.pool import Pool
from lpfunctions.adapters.aio.http.progress import LIBRARY_ERRORS, RequestProgress, refusal
from lpfunctions.adapters.aio.http.release import FIRST_UNKNOWN, Release, installed
from lpfunctions.adapters.trust import default_context, store_of
from lpfunctions.core.errors import FaaSRequestError, without_frames
from lpfunctions.core.http.limits import DEFAULT_LIMITS, TransportLimits
from lpfunctions.core.interrupts import raise_cause_if_of_signal_handler, raise_if_of_signal_handler

if TYPE_CHECKING:
    import ssl

    import aiohttp

    from lpfunctions.core.http.connections import ConnectionCounts
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

_WIRE_URL: Final = re.compile(r"(https?)://((?:\[[0-9A-Fa-f:.]+\]|[\w.-]+)(?::\d+)?)((?:[/?][!\"$-~]*)?)", re.ASCII)


class AiohttpTransport:
    """Send requests with aiohttp, from any event loop.

    Arguments:
        limits: sizes and times.
        session: a session to use and never to close, of the loop that will be running. Its connector (with its pool,
            resolver and TLS settings), its proxy, its ``trust_env`` and its traces apply; its headers, auth, cookies,
            timeouts, redirects, ``raise_for_status`` and middlewares do not.
        proxy: URL of the proxy for every request; ``http`` URLs are sent to it whole, ``https`` ones through CONNECT.
        ssl_context: TLS settings, used unchanged; default: the system's authorities.
        trust_env: use the proxies and the CA bundle that the environment names.
        release: of aiohttp; default the installed one.
    """

    def __init__(
        self,
        *,
        limits: TransportLimits = DEFAULT_LIMITS,
        session: aiohttp.ClientSession | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        trust_env: bool = False,
        release: Release | None = None,
    ) -> None:
        self._limits = limits
        self._given_session = session
        self._proxy = proxy
        self._ssl_context = ssl_context
        self._trust_env = trust_env
        self._pools: dict[asyncio.AbstractEventLoop, Pool] = {}
        self._release = release or installed()
        self._is_closed = False

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        url, progress = _wire_url(request.url), RequestProgress(request)
        if request.timeout_seconds <= 0:
            raise progress.timeout()
        pool = self._pools.get(asyncio.get_running_loop())
        if pool is None or pool.session.closed:
            pool = await self._open_pool()
        pool.under_way += 1
        try:
            with pool.deadlines.after(request.timeout_seconds):
                return await self._exchange(url, progress, pool)
        except asyncio.CancelledError as error:
            if is_cancelled():
                raise
            # Not a cancellation of this task: the user closed the session, which cancelled a look-up.
            failure = progress.failure(RuntimeError(error))
        except FaaSRequestError as refused:
            failure = without_frames(refused)
        except LIBRARY_ERRORS as error:
            progress.raise_if_of_signal_handler(error)
            failure = self._failure(without_frames(error), progress)
        finally:
            pool.under_way -= 1
            if pool.is_closing:
                await self._close_behind(pool)
        try:
            raise failure from None
        finally:
            del failure  # whose traceback holds this frame

    async def aclose(self) -> None:
        """Close the connections of the running loop: idle ones now, each other one when its request is done.

        Waits for no request, and cancels none. Until `reopen`, a later ``send`` uses a connection of its own, which is
        closed afterwards.
        """
        self._is_closed = True
        pool = self._pools.get(asyncio.get_running_loop())
        if pool is not None:
            await self._close_behind(pool)

    def reopen(self) -> None:
        """Keep connections for later requests again, as before the first ``aclose``."""
        if self._is_closed:
            self._is_closed = False
            self._pools = {loop: pool for loop, pool in self._pools.items() if not pool.is_closing}

    def connection_counts(self) -> list[ConnectionCounts]:
        """Return how connections are used, host by host; those that a session of yours keeps idle are not counted."""
        return [counts for pool in list(self._pools.values()) for counts in pool.connection_counts()]

    async def _close_behind(self, pool: Pool) -> None:
        if not pool.under_way and self._pools.get(asyncio.get_running_loop()) is pool:
            del self._pools[asyncio.get_running_loop()]
        await pool.aclose()

    async def _exchange(self, url: URL, progress: RequestProgress, pool: Pool) -> HttpResponse:
        host_pool = pool.host_pool(url)
        async with host_pool.semaphore:
            progress.admitted = True
            if host_pool.connections is None:
                host_pool.connections = pool.new_connections(
                    url, host_pool, await self._tls(pool) if host_pool.is_secure else True
                )
            return await host_pool.connections.send(progress, url)

    def _failure(self, error: Exception, progress: RequestProgress) -> FaaSRequestError:
        return progress.timeout() if isinstance(error, TimeoutError) else progress.failure(error, self._store())

    async def _open_pool(self) -> Pool:
        if lack := self._release.lacks():
            raise refusal(f"nothing can be sent: {lack}; install aiohttp below {FIRST_UNKNOWN}")
        pool = Pool(self._limits, self._given_session, self._proxy, self._release, trust_env=self._trust_env)
        self._pools[asyncio.get_running_loop()] = pool
        await pool.open()
        if self._is_closed:
            pool.close_idle()
        for loop in tuple(self._pools):
            if loop.is_closed() and (dead := self._pools.pop(loop, None)) is not None:
                await dead.aclose()
        return pool

    def _store(self) -> str:
        """Say whose authorities are trusted, for a message."""
        if self._given_session is not None:
            return "what the session's connector trusts"
        return "none, as none was loaded yet" if self._ssl_context is None else store_of(self._ssl_context)

    async def _tls(self, pool: Pool) -> ssl.SSLContext | bool:
        """Return the TLS settings; True stands for those of the connector."""
        if self._ssl_context is not None or self._given_session is not None:
            return self._ssl_context or True
        async with pool.tls_lock:
            if self._ssl_context is None:
                self._ssl_context = await asyncio.to_thread(default_context, trust_env=self._trust_env)
        return self._ssl_context


@lru_cache(maxsize=1024)
def _wire_url(text: str) -> URL:
    """Return *text* as a URL that is sent as it is: yarl is given all behind the host as the path."""
    if match := _WIRE_URL.fullmatch(text):
        scheme, authority, target = match.groups()
        path = target if target.startswith("/") else f"/{target}"
        try:
            return URL.build(scheme=scheme, authority=authority, path=path, encoded=True)
        except ValueError as error:
            raise_if_of_signal_handler(error)
            raise_cause_if_of_signal_handler(error)  # otherwise the port is invalid
    # The URL is not quoted: a malformed one may contain a secret.
    raise refusal("the URL is malformed; an absolute, percent-encoded http(s) URL is needed")
