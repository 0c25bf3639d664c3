"""One exchange over a connection of aiohttp's pool, without the work that its session does for others.

Redirects, cookies, netrc, middlewares, traces and proxies take 45 of the 75 µs of a small exchange through
``ClientSession.request``, used or not. Here aiohttp still opens, checks and keeps the connections, writes the head and
reads the answer. What it does so through are classes without a promise, hence `is_known`.
"""

from __future__ import annotations

import asyncio
import select
from types import FunctionType
from typing import TYPE_CHECKING, Final, cast

import aiohttp
from aiohttp.http import StreamWriter
from multidict import CIMultiDict

from lpfunctions.adapters.aio.http.response import lower_names, read_body
from lpfunctions.core.http import HttpResponse

if TYPE_CHECKING:
    import ssl

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import BaseConnector, Connection
    from aiohttp.http import RawResponseMessage
    from yarl import URL

    from lpfunctions.adapters.aio.http.exchange import Exchange

_LAST_KNOWN: Final = (3, 14)
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)
# What one write to a socket, and its encryption, may take of the loop.
_LARGEST_PIECE_BYTES: Final = 2**23
_LARGEST_UPLOAD_KEPT: Final = 2**16
_FEW: Final = 64
_NEEDS_NO_LENGTH: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_known(version: str) -> bool:
    """Was this release of aiohttp looked at? Later ones are asked through their session: slower, never wrong."""
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) <= _LAST_KNOWN


def is_possible() -> bool:
    """Can, and may, requests bypass the session here? Monitors and test doubles replace its ``_request``."""
    request = vars(aiohttp.ClientSession).get("_request")
    is_original = isinstance(request, FunctionType) and request.__globals__ is vars(aiohttp.client)
    return is_known(aiohttp.__version__) and is_original and hasattr(select, "poll")


class DirectLine:
    """The way to one host.

    Args:
        session: whose connections are used, and under whose settings they are opened.
        url: any URL of the host.
        tls: TLS settings; True for those of the connector.
        max_bytes: of the body of an answer, decoded.
    """

    def __init__(self, session: aiohttp.ClientSession, url: URL, tls: ssl.SSLContext | bool, max_bytes: int) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._connector = cast("BaseConnector", session.connector)
        # The pool takes a request to tell it the host and how to reach it, and does not look at the rest.
        self._ticket = aiohttp.ClientRequest("GET", url.origin(), loop=loop, session=session, ssl=tls)
        self._host = cast("str", url.host_port_subcomponent)
        self._max_bytes = max_bytes
        # Of each connection that was used, what tells whether something has come over it. A weak dictionary would
        # take half a microsecond of each call.
        self._news: dict[ResponseHandler, select.poll] = {}
        self._most_news = _FEW

    async def send(self, exchange: Exchange, url: URL) -> HttpResponse:
        """Send the request of *exchange* to *url*, and return the answer."""
        connection = await self._connect(exchange)
        # Both are forgotten by aiohttp when its session is closed meanwhile.
        protocol, wire = cast("ResponseHandler", connection.protocol), connection.transport
        is_reusable = False
        try:
            answer = await self._converse(protocol, exchange, url.raw_path_qs)
            is_reusable = not _has_rest(connection, len(exchange.request.content or b""))
            return answer
        finally:
            if is_reusable:
                self._listen(protocol)
                connection.release()
            else:
                self._news.pop(protocol, None)
                _abort(connection, wire)

    async def _connect(self, exchange: Exchange) -> Connection:
        """A connection on which nothing has come: no farewell, and no answer that belongs to nobody."""
        while True:
            connection = await self._connector.connect(self._ticket, [], _NO_TIMEOUT)
            protocol = cast("ResponseHandler", connection.protocol)
            news = self._news.get(protocol)
            if not protocol.should_close and (news is None or not news.poll(0)):
                return connection
            self._news.pop(protocol, None)
            _abort(connection, connection.transport)
            if news is None:
                raise exchange.unasked()

    def _listen(self, protocol: ResponseHandler) -> None:
        """Be able to tell what comes over a connection while it is idle; forget those that aiohttp has closed."""
        if protocol in self._news:
            return
        if len(self._news) >= self._most_news:
            self._news = {known: news for known, news in self._news.items() if known.is_connected()}
            self._most_news = max(_FEW, 2 * len(self._news))
        self._news[protocol] = _news(cast("asyncio.Transport", protocol.transport))

    async def _converse(self, protocol: ResponseHandler, exchange: Exchange, target: str) -> HttpResponse:
        request = exchange.request
        protocol.set_response_params(skip_payload=request.method == "HEAD", read_until_eof=True, auto_decompress=False)
        await self._write(protocol, exchange, target)
        head, stream = await _head(protocol)
        headers = lower_names(head.raw_headers)
        content = await read_body(headers, stream, protocol, self._max_bytes)
        return HttpResponse(head.code, head.reason or "", headers, content)

    async def _write(self, protocol: ResponseHandler, exchange: Exchange, target: str) -> None:
        """Hand head and body to the socket; lets other tasks run between large pieces."""
        request = exchange.request
        fields, content = CIMultiDict({"Host": self._host}), request.content
        fields.update(request.headers)
        if content is not None or request.method not in _NEEDS_NO_LENGTH:
            fields["Content-Length"] = str(len(content or b""))
        writer = StreamWriter(protocol, self._loop)
        await writer.write_headers(f"{request.method} {target} HTTP/1.1", fields)
        if not content:
            writer.send_headers()
        elif len(content) <= _LARGEST_PIECE_BYTES:
            await writer.write(content, drain=False)
        exchange.may_have_been_sent = True
        if content and len(content) > _LARGEST_PIECE_BYTES:
            await _write_by_pieces(writer, protocol, memoryview(content))


async def _write_by_pieces(writer: StreamWriter, protocol: ResponseHandler, content: memoryview) -> None:
    for start in range(0, len(content), _LARGEST_PIECE_BYTES):
        if start:
            await asyncio.sleep(0)
            if len(protocol) or protocol.transport is None or protocol.transport.is_closing():
                protocol.force_close()  # answered, or lost, before it was sent: the answer, if any, says more
                return
        await writer.write(content[start : start + _LARGEST_PIECE_BYTES], drain=False)


async def _head(protocol: ResponseHandler) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """The head of the answer; interim ones before it are passed over (RFC 9110 section 15.2)."""
    while True:
        head, stream = await protocol.read()
        if not 100 <= head.code <= 199 or head.code == 101:
            return head, stream


def _news(wire: asyncio.Transport) -> select.poll:
    """Tells whether anything has come that the loop, busy or at rest, has not read yet."""
    polling = select.poll()
    polling.register(wire.get_extra_info("socket").fileno(), select.POLLIN)
    return polling


def _has_rest(connection: Connection, uploaded: int) -> bool:
    """Is anything of request or answer still on its way? Then the next request cannot have the connection."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close or transport.get_write_buffer_size() > 0:
        return True
    # Over TLS the buffer holds what is not encrypted yet; what the socket has not taken nobody can see.
    return uploaded > _LARGEST_UPLOAD_KEPT and transport.get_extra_info("ssl_object") is not None


def _abort(connection: Connection, wire: asyncio.Transport | None) -> None:
    """Close the connection with whatever it has not sent.

    aiohttp would do so politely: wait for the peer to take the rest of an upload, or to end TLS. A peer that has
    stalled does neither, and the socket would stay for as long.
    """
    if wire is not None:
        wire.abort()
    connection.close()
