"""A connection of aiohttp's pool, and the protocol that observes what it receives and how it ends."""

from __future__ import annotations

import asyncio
import math
import re
import select
import ssl
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final, cast

import aiohttp
from aiohttp.http import HttpProcessingError

if TYPE_CHECKING:
    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import Connection

    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

_END_OF_HEAD: Final = b"\r\n\r\n"
_END_OF_CHUNKS: Final = b"\r\n\r\n"  # of the last one, or of the trailer
_FEW: Final = 64

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d{1,15})\r\n", re.IGNORECASE)
_STATUS: Final = slice(9, 12)  # behind "HTTP/1.1 "
_WITHOUT_BODY: Final = frozenset({101, 204, 304})
_STATUS_WITHOUT_BODY: Final = frozenset(b"%d" % status for status in _WITHOUT_BODY)


def _is_one_whole_response(data: bytes, end_of_head: int) -> bool:
    """Return whether the body that the head announces, if any, ends where *data* ends."""
    length = _LENGTH.search(data, 0, end_of_head)
    is_with_body = data[_STATUS] not in _STATUS_WITHOUT_BODY
    return length is not None and is_with_body and end_of_head + int(length[1]) == len(data)


def is_bodiless(request: HttpRequest, status: int) -> bool:
    """Return whether the response to *request* ends with its head, whatever that says. Source: RFC 9112 section 6.3."""
    return request.method == "HEAD" or status in _WITHOUT_BODY


class WatchedConnection(asyncio.Protocol):
    """A protocol between a connection and aiohttp's protocol for it, put there with asyncio's ``set_protocol``.

    Attributes:
        handler: aiohttp's protocol, which receives all data.
        transport: asyncio's transport.
        body: the response body that is being read, or None.
        was_reset: did the connection end by an error, instead of by a close?
        origin: scheme and ``host[:port]`` that it leads to, perhaps through a proxy.
        peer: IP address and port of the other end, which may be the proxy's; None if that is not known.
    """

    def __init__(self, handler: ResponseHandler, transport: asyncio.Transport) -> None:
        self.handler: Final = handler
        self.transport: Final = transport
        self.body: aiohttp.StreamReader | None = None
        self.was_reset: bool = False
        self.origin: tuple[str, str | None] = ("", None)
        self.peer: Final = _peer_of(transport)
        self._expects_head = False
        self._behind_head = 0
        self._last = b""
        self._polling = _polling(transport)
        self._tls = transport.get_extra_info("ssl_object")  # a transport that has closed cannot be asked any more
        transport.set_protocol(self)

    def expect_head(self) -> None:
        """Expect the head of a response next.

        The head is passed on separately, unless exactly its body arrives with it: aiohttp's parser loses a whole
        response when bytes that are not HTTP follow it in the same piece.
        """
        self._expects_head = True
        self._behind_head = 0

    def is_readable(self) -> bool:
        """Return whether data, or the end, has arrived that the event loop has not read yet."""
        if self._polling is None:
            return False
        return bool(self._polling.poll(0))

    def ended_as_announced(self) -> bool:
        """Return whether the peer ended the connection on purpose; over TLS it says so (RFC 9112 section 9.8)."""
        if self.was_reset:
            return False
        try:
            return self._tls is None or self._tls.read(1) == b""
        except ssl.SSLZeroReturnError:
            return True
        except ssl.SSLError:
            return False

    def has_surplus(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Return whether more than *response* has arrived; aiohttp reports nothing when another response begins."""
        if not self._behind_head:
            return False
        last, self._last = self._last, b""
        if is_bodiless(request, response.status):
            return True
        length = response.headers.get("content-length")
        if length is not None:
            return self._behind_head > int(length)
        return not last.endswith(_END_OF_CHUNKS)

    def data_received(self, data: bytes) -> None:
        """Pass *data* on."""
        if self._expects_head:
            end = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
            if end < len(_END_OF_HEAD):
                return self.handler.data_received(data)
            self._expects_head = False
            if _is_one_whole_response(data, end):  # nearly always; two pieces would cost the parser another 5 %
                return self.handler.data_received(data)
            self.handler.data_received(data[:end])
            data = data[end:]
            if not data:
                return None
        self._behind_head += len(data)
        self._last = data
        return self.handler.data_received(data)

    def eof_received(self) -> None:
        """Pass it on; the transport closes itself."""
        self.handler.eof_received()

    def pause_writing(self) -> None:
        """Pass it on."""
        self.handler.pause_writing()

    def resume_writing(self) -> None:
        """Pass it on."""
        self.handler.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Pass it on, and wake the task that reads the body.

        When the framing of a body turns out to be broken after its head was read, aiohttp closes the connection and
        leaves the reader waiting.
        """
        self.was_reset = exc is not None
        broken = self.handler.exception()
        self.handler.connection_lost(exc)
        body = self.body
        if body is not None and not body.is_eof() and body.exception() is None:
            body.set_exception(broken if isinstance(broken, HttpProcessingError) else aiohttp.ClientPayloadError())


class IdleConnections:
    """The idle connections of one event loop.

    Attributes:
        is_closed: whether connections are closed instead of kept.
    """

    def __init__(self) -> None:
        self.is_closed: bool = False
        self._free: dict[ResponseHandler, WatchedConnection] = {}
        self._most_free = _FEW

    def add(self, connection: WatchedConnection) -> bool:
        """Keep *connection*; return False if it must be closed instead."""
        if self.is_closed:
            return False
        if len(self._free) >= self._most_free:
            self._forget_closed()
        self._free[connection.handler] = connection
        return True

    def counts(self) -> Counter[tuple[str, str | None]]:
        """How many are open, by their origin."""
        return Counter(free.origin for free in list(self._free.values()) if not free.transport.is_closing())

    def remove(self, handler: ResponseHandler) -> WatchedConnection | None:
        """Return the connection of *handler*, which is no longer idle; None for a new one."""
        return self._free.pop(handler, None)

    def close(self) -> None:
        """Close the idle connections, and keep none from now on."""
        self.is_closed = True
        free, self._free = self._free, {}
        for connection in free.values():
            abort_transport(connection.transport)

    def _forget_closed(self) -> None:
        """Forget those that aiohttp has closed: it reports nothing when it closes one that was idle for too long."""
        self._free = {handler: free for handler, free in self._free.items() if not free.transport.is_closing()}
        self._most_free = max(_FEW, 2 * len(self._free))


def connect_limit(limits: TransportLimits) -> aiohttp.ClientTimeout:
    """Return the limit for opening a connection: look-up, all addresses, proxy and TLS together."""
    return aiohttp.ClientTimeout(total=None, connect=limits.connect_timeout_seconds, ceil_threshold=math.inf)


def watched(handler: ResponseHandler, transport: asyncio.Transport) -> WatchedConnection:
    """Return the `WatchedConnection` of *handler*, made at its first use."""
    known = transport.get_protocol()
    return known if isinstance(known, WatchedConnection) else WatchedConnection(handler, transport)


def abort(connection: Connection, transport: asyncio.Transport | None) -> None:
    """Close the *connection* with whatever it has not sent.

    aiohttp would do so politely: wait for the peer to take the rest of an upload, or to end TLS. A peer that has
    stalled does neither, and the socket would stay for as long.
    """
    if transport is not None:
        abort_transport(transport)
    connection.close()


def abort_transport(transport: asyncio.Transport) -> None:
    """Close *transport* at once, with whatever it has not sent."""
    # asyncio's abort raises on a transport that has closed itself, as after a peer's half-close when the last of an
    # upload is sent: it no longer has a loop.
    with suppress(AttributeError):
        transport.abort()


def transport_of(handler: ResponseHandler) -> asyncio.Transport:
    """Return the transport of *handler*."""
    return cast("asyncio.Transport", handler.transport)


def _peer_of(transport: asyncio.Transport) -> tuple[str, int] | None:
    name = transport.get_extra_info("peername")
    # Two or four items for an IP address; a text for a Unix socket.
    return cast("tuple[str, int]", name[:2]) if isinstance(name, tuple) else None


def _polling(transport: asyncio.Transport) -> select.poll | None:
    if not hasattr(select, "poll"):
        return None
    polling = select.poll()
    polling.register(transport.get_extra_info("socket").fileno(), select.POLLIN)
    return polling
