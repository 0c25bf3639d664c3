"""Where aiohttp lets others in, between writing a request and having read its answer."""

from __future__ import annotations

from contextlib import contextmanager
from http.cookies import SimpleCookie
from typing import TYPE_CHECKING, Final

import aiohttp

from lpfunctions.adapters.aio.aiohttp_exchange import LIBRARY_ERRORS, under_way

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator

    from aiohttp.connector import Connection

_DEMANDED_BY_HTTP: Final = ("Host", "Content-Length")


class FollowedResponse(aiohttp.ClientResponse):
    """A response that tells its exchange how far it got, and that closes its connection at once.

    Errors get their meaning here, already, because the session would send a GET again after some of aiohttp's, and
    cannot be told not to (its issue 10790).
    """

    _wire: asyncio.Transport | None = None

    async def start(self, connection: Connection) -> aiohttp.ClientResponse:
        """Read the head. aiohttp calls this in the same step in which it writes the request, and not before."""
        exchange = under_way.get()
        exchange.may_have_been_sent = True
        self._wire = connection.transport
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
    request.headers.update({**demanded, **under_way.get().request.headers})
    response = await handler(request)
    response.cookies = SimpleCookie()
    return response


@contextmanager
def waking_reader(response: aiohttp.ClientResponse) -> Generator[None]:
    """Wake whoever reads the body when the connection is gone.

    When the framing of a body turns out to be broken after its head was read, aiohttp closes the connection and
    leaves the reader waiting.
    """
    stream, lost = response.content, _lost(response)

    def wake(lost: asyncio.Future[None]) -> None:
        lost.exception()  # else asyncio complains that nobody has looked at it
        if not stream.is_eof() and stream.exception() is None:
            stream.set_exception(aiohttp.ClientPayloadError())

    if lost is not None:
        lost.add_done_callback(wake)
    try:
        yield
    finally:
        if lost is not None:
            lost.remove_done_callback(wake)


def _lost(response: aiohttp.ClientResponse) -> asyncio.Future[None] | None:
    connection = response.connection
    protocol = None if connection is None else connection.protocol
    return None if protocol is None else protocol.closed
