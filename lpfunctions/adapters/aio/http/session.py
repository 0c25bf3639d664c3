"""Send a request through an aiohttp session: a user's own, or ours where a proxy or traces apply."""

from __future__ import annotations

import asyncio
import io
import math
from contextvars import ContextVar
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from lpfunctions.adapters.aio.http.connection import IdleConnections, abort_transport, connect_limit, watched
from lpfunctions.adapters.aio.http.progress import LIBRARY_ERRORS, RequestProgress
from lpfunctions.adapters.aio.http.response import ResponseHead, read_response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from aiohttp.connector import Connection
    from yarl import URL

    from lpfunctions.adapters.aio.http.connection import WatchedConnection
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

_AUTO_HEADERS: Final = frozenset({"User-Agent", "Accept", "Accept-Encoding", "Content-Type"})
_DEMANDED_BY_HTTP: Final = ("Host", "Content-Length")
# aiohttp warns about larger bodies in one piece, for the time that one write of them may take.
_LARGEST_PIECE_BYTES: Final = 2**20

SETTINGS: Final[Mapping[str, Any]] = {
    "auto_decompress": False,
    "raise_for_status": False,
    "max_line_size": 8190,
    "max_field_size": 8190,
}
"""Options of our session, and of a request through a user's."""

_under_way: Final[ContextVar[RequestProgress]] = ContextVar("under_way")
"""How far the request of the running task got."""


class SessionRoute:
    """Sends the requests to one host through a session.

    Args:
        session: a session whose responses are `FollowedResponse`, unless it is a user's.
        proxy: URL of the proxy to go through, or None.
        tls: TLS settings; True for those of the connector.
        limits: of sizes and times.
        idle: the idle connections; None if the session is a user's, whose header fields and settings must not
            apply.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        proxy: str | None,
        tls: ssl.SSLContext | bool,
        limits: TransportLimits,
        idle: IdleConnections | None,
    ) -> None:
        self._session = session
        self._limits = limits
        self._idle = idle
        overrides = {} if idle is not None else {**SETTINGS, "middlewares": (follow,)}
        timeout = _session_limit(limits) if idle is None else connect_limit(limits)
        self._options: Mapping[str, Any] = {
            "proxy": proxy,
            "ssl": tls,
            "allow_redirects": False,
            "timeout": timeout,
            **overrides,
        }

    async def send(self, progress: RequestProgress, url: URL) -> HttpResponse:
        """Send the request of *progress* to *url*, and return the response."""
        # After two turns even a busy loop has read what arrived on idle connections: an end, an unsolicited response.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        progress.idle = self._idle
        token = _under_way.set(progress)
        try:
            response = await self._request(progress, url)
            is_reusable = False
            try:
                received = await self._read(progress.request, response)
                is_reusable = not _has_surplus(response, progress.request, received)
                return received
            finally:
                if isinstance(response, FollowedResponse):
                    response.settle(is_reusable=is_reusable)
        except aiohttp.ConnectionTimeoutError as error:
            progress.raise_if_of_signal_handler(error)
            raise progress.unconnected(self._limits.connect_timeout_seconds) from None
        finally:
            _under_way.reset(token)

    async def _request(self, progress: RequestProgress, url: URL) -> aiohttp.ClientResponse:
        request = progress.request
        return await self._session.request(
            request.method,
            url,
            headers=None if self._idle is None else request.headers,
            skip_auto_headers=_unwanted(request.headers),
            data=_body_to_send(request.content),
            **self._options,
        )

    async def _read(self, request: HttpRequest, response: aiohttp.ClientResponse) -> HttpResponse:
        connection = response.watched if isinstance(response, FollowedResponse) else None
        head = ResponseHead(response.version, response.status, response.reason, response.raw_headers)
        return await read_response(request, head, response.content, connection, self._limits.max_response_bytes)


def _has_surplus(response: aiohttp.ClientResponse, request: HttpRequest, received: HttpResponse) -> bool:
    connection = response.watched if isinstance(response, FollowedResponse) else None
    return connection is not None and connection.has_surplus(request, received)


def _session_limit(limits: TransportLimits) -> aiohttp.ClientTimeout:
    """As `connect_limit`, for each address: the wait for a user's pool must not count."""
    return aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_timeout_seconds, ceil_threshold=math.inf)


def _unwanted(headers: Mapping[str, str]) -> Iterable[str]:
    """Return the header fields that aiohttp must not add."""
    return _AUTO_HEADERS - {name.title() for name in headers}


def _body_to_send(content: bytes | None) -> bytes | io.BytesIO | None:
    return io.BytesIO(content) if content is not None and len(content) > _LARGEST_PIECE_BYTES else content


class FollowedResponse(aiohttp.ClientResponse):
    """A response that records how far its request got, and that closes its connection at once.

    Errors are mapped here already, because the session sends a GET again after some of aiohttp's own errors, which
    cannot be switched off (its issue 10790).
    """

    watched: WatchedConnection | None = None
    _idle: IdleConnections | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head. aiohttp calls this in the same step in which it writes the request, and not before."""
        progress = _under_way.get()
        progress.may_have_been_sent = True
        if connection.protocol is None or connection.transport is None or connection.protocol.should_close:
            raise progress.unsolicited_response()
        self.watched, self._idle = watched(connection.protocol, connection.transport), progress.idle
        self.watched.origin = (self.url.scheme, self.url.host_port_subcomponent)
        self.watched.expect_head()
        if self._idle is not None:
            self._idle.remove(self.watched.handler)
        try:
            return await super().start(connection)
        except LIBRARY_ERRORS as error:
            progress.raise_if_of_signal_handler(error)
            raise progress.failure(error) from None

    def close(self) -> None:
        """Close the connection, if this response still holds it, and discard what is not sent.

        aiohttp would do so politely: wait for the peer to take the rest of an upload, or to end TLS. A peer that has
        stalled does neither, and the socket would stay for as long.
        """
        if self.watched is not None and self._is_open():
            abort_transport(self.watched.transport)
        super().close()

    def settle(self, *, is_reusable: bool) -> None:
        """Close the connection unless it can be reused; not when reading was aborted or the upload was incomplete."""
        if self._is_open():
            self.close()
        elif self.watched is not None and not (is_reusable and (self._idle is None or self._idle.add(self.watched))):
            abort_transport(self.watched.transport)

    def _is_open(self) -> bool:
        return self.connection is not None or (self.watched is not None and self.watched.transport.is_closing())


async def follow(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Middleware for a user's session: use our response class and header fields, and no cookies."""
    request.response_class = FollowedResponse
    demanded = {name: request.headers[name] for name in _DEMANDED_BY_HTTP if name in request.headers}
    request.headers.clear()
    request.headers.update({**demanded, **_under_way.get().request.headers})
    response = await handler(request)
    response.cookies = SimpleCookie()
    return response
