"""One exchange through a session of aiohttp: a user's own, or ours where a proxy or somebody's traces are concerned."""

from __future__ import annotations

import asyncio
import io
from contextvars import ContextVar
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Any, Final

import aiohttp

from lpfunctions.adapters.aio.http.exchange import LIBRARY_ERRORS, Exchange
from lpfunctions.adapters.aio.http.response import lower_names, read_body
from lpfunctions.core.http import HttpResponse

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping

    from aiohttp.connector import Connection
    from yarl import URL

_AUTO_HEADERS: Final = frozenset({"User-Agent", "Accept", "Accept-Encoding", "Content-Type"})
_DEMANDED_BY_HTTP: Final = ("Host", "Content-Length")
# aiohttp warns about larger bodies in one piece, for the time that one write of them may take.
_LARGEST_PIECE_BYTES: Final = 2**20

SETTINGS: Final[Mapping[str, Any]] = {
    # Ours bounds the whole exchange; aiohttp's would not bound an upload, and would round a long one up.
    "timeout": aiohttp.ClientTimeout(total=None),
    "auto_decompress": False,
    "raise_for_status": False,
}
"""What a session, or a request through one of a user's, is told."""

_under_way: Final[ContextVar[Exchange]] = ContextVar("under_way")
"""The exchange of the running task."""


class SessionLine:
    """The way to one host.

    Args:
        session: a session whose responses are `FollowedResponse`, unless it is a user's.
        proxy: URL of the proxy to go through, or None.
        tls: TLS settings; True for those of the connector.
        max_bytes: of the body of an answer, decoded.
        is_users: is the session a user's, with header fields and settings that are not to apply?
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        proxy: str | None,
        tls: ssl.SSLContext | bool,
        max_bytes: int,
        *,
        is_users: bool,
    ) -> None:
        self._session = session
        self._max_bytes = max_bytes
        self._is_users = is_users
        overrides = {**SETTINGS, "middlewares": (follow,)} if is_users else {}
        self._options: Mapping[str, Any] = {"proxy": proxy, "ssl": tls, "allow_redirects": False, **overrides}

    async def send(self, exchange: Exchange, url: URL) -> HttpResponse:
        """Send the request of *exchange* to *url*, and return the answer."""
        # A loop that was busy learns in two turns what came over idle connections: a farewell, an answer to nobody.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        token = _under_way.set(exchange)
        try:
            response = await self._request(exchange, url)
            try:
                return await self._read(response)
            finally:
                if isinstance(response, FollowedResponse):
                    response.settle()
        finally:
            _under_way.reset(token)

    async def _request(self, exchange: Exchange, url: URL) -> aiohttp.ClientResponse:
        request = exchange.request
        return await self._session.request(
            request.method,
            url,
            headers=None if self._is_users else request.headers,
            skip_auto_headers=_unwanted(request.headers),
            data=_body_to_send(request.content),
            **self._options,
        )

    async def _read(self, response: aiohttp.ClientResponse) -> HttpResponse:
        headers, connection = lower_names(response.raw_headers), response.connection
        protocol = None if connection is None else connection.protocol
        content = await read_body(headers, response.content, protocol, self._max_bytes)
        return HttpResponse(response.status, response.reason or "", headers, content)


def _unwanted(headers: Mapping[str, str]) -> Iterable[str]:
    """The header fields that aiohttp would add."""
    return _AUTO_HEADERS - {name.title() for name in headers}


def _body_to_send(content: bytes | None) -> bytes | io.BytesIO | None:
    return io.BytesIO(content) if content is not None and len(content) > _LARGEST_PIECE_BYTES else content


class FollowedResponse(aiohttp.ClientResponse):
    """A response that tells its exchange how far it got, and that closes its connection at once.

    Errors get their meaning here, already, because the session would send a GET again after some of aiohttp's, and
    cannot be told not to (its issue 10790).
    """

    _wire: asyncio.Transport | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head. aiohttp calls this in the same step in which it writes the request, and not before."""
        exchange = _under_way.get()
        exchange.may_have_been_sent = True
        self._wire = connection.transport
        if connection.protocol is None or connection.protocol.should_close:
            raise exchange.unasked()
        try:
            return await super().start(connection)
        except LIBRARY_ERRORS as error:
            raise exchange.failure(error) from None

    def close(self) -> None:
        """Close the connection, if it is still ours, with whatever it has not sent.

        aiohttp would do so politely: wait for the peer to take the rest of an upload, or to end TLS. A peer that has
        stalled does neither, and the socket would stay for as long.
        """
        if self._wire is not None and self._is_open():
            self._wire.abort()
        super().close()

    def settle(self) -> None:
        """Close the connection unless it is free for the next request: broken off, or answered before it was read."""
        if self._is_open():
            self.close()

    def _is_open(self) -> bool:
        return self.connection is not None or (self._wire is not None and self._wire.is_closing())


async def follow(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """A client middleware for the session of a user: our response, our header fields, no cookies."""
    request.response_class = FollowedResponse
    demanded = {name: request.headers[name] for name in _DEMANDED_BY_HTTP if name in request.headers}
    request.headers.clear()
    request.headers.update({**demanded, **_under_way.get().request.headers})
    response = await handler(request)
    response.cookies = SimpleCookie()
    return response
