"""Send a request over a connection of aiohttp's pool, bypassing ``ClientSession.request``.

Redirects, cookies, netrc, middlewares, traces and proxies take 45 of the 75 µs of a small request through
``ClientSession.request``, used or not. Here aiohttp still opens, checks and keeps the connections, writes the head and
reads the response, through classes that it does not document: ``release.py`` checks that they exist.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

import aiohttp
from aiohttp.http import StreamWriter
from multidict import CIMultiDict

from lpfunctions.adapters.aio.http.connection import (
    IdleConnections,
    WatchedConnection,
    abort,
    connect_limit,
    transport_of,
)
from lpfunctions.adapters.aio.http.response import ResponseHead, read_response

if TYPE_CHECKING:
    import ssl

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import BaseConnector, Connection
    from aiohttp.http import RawResponseMessage
    from yarl import URL

    from lpfunctions.adapters.aio.http.progress import RequestProgress
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

# Bounds the time for which one write, with its encryption, blocks the event loop.
_LARGEST_PIECE_BYTES: Final = 2**20
_LARGEST_UPLOAD_KEPT: Final = 2**16
_NEEDS_NO_LENGTH: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class DirectRoute:
    """Sends the requests to one host over aiohttp's connections.

    Args:
        session: whose connections are used, and under whose settings they are opened.
        url: any URL of the host.
        tls: TLS settings; True for those of the connector.
        limits: of sizes and times.
        idle: the idle connections, to all hosts.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: URL,
        tls: ssl.SSLContext | bool,
        limits: TransportLimits,
        idle: IdleConnections,
    ) -> None:
        loop = asyncio.get_running_loop()
        self._loop = loop
        self._connector = cast("BaseConnector", session.connector)
        # aiohttp's pool takes a request, from which it reads the host and how to reach it, and nothing else.
        self._connect_request = aiohttp.ClientRequest("GET", url.origin(), loop=loop, session=session, ssl=tls)
        self._host = cast("str", url.host_port_subcomponent)
        self._origin = (url.scheme, url.host_port_subcomponent)
        self._limits = limits
        self._timeout = connect_limit(limits)
        self._idle = idle

    async def send(self, progress: RequestProgress, url: URL) -> HttpResponse:
        """Send the request of *progress* to *url*, and return the response."""
        connection, watched = await self._connect(progress)
        is_reusable = False
        try:
            received = await self._converse(watched, progress, url.raw_path_qs)
            is_reusable = not _has_rest(connection, progress.request) and not watched.has_surplus(
                progress.request, received
            )
            return received
        finally:
            if is_reusable and self._idle.add(watched):
                connection.release()
            else:
                abort(connection, watched.transport)

    async def _connect(self, progress: RequestProgress) -> tuple[Connection, WatchedConnection]:
        """Return a connection on which nothing has arrived: neither its end nor an unsolicited response."""
        while True:
            try:
                connection = await self._connector.connect(self._connect_request, [], self._timeout)
            except TimeoutError as error:
                progress.raise_if_of_signal_handler(error)
                raise progress.unconnected(self._limits.connect_timeout_seconds) from None
            handler = cast("ResponseHandler", connection.protocol)
            watched = self._idle.remove(handler)
            if not handler.should_close and (watched is None or not watched.is_readable()):
                return connection, watched or self._watch(handler)
            abort(connection, connection.transport)
            if watched is None:
                raise progress.unsolicited_response()

    def _watch(self, handler: ResponseHandler) -> WatchedConnection:
        watched = WatchedConnection(handler, transport_of(handler))
        watched.origin = self._origin
        return watched

    async def _converse(self, connection: WatchedConnection, progress: RequestProgress, target: str) -> HttpResponse:
        request, handler = progress.request, connection.handler
        handler.set_response_params(skip_payload=request.method == "HEAD", read_until_eof=True, auto_decompress=False)
        connection.expect_head()
        await self._write(handler, progress, target)
        message, stream = await _head(handler)
        head = ResponseHead(message.version, message.code, message.reason, message.raw_headers)
        return await read_response(request, head, stream, connection, self._limits.max_response_bytes)

    async def _write(self, protocol: ResponseHandler, progress: RequestProgress, target: str) -> None:
        """Write head and body to the socket; other tasks run between large pieces."""
        request = progress.request
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
        progress.may_have_been_sent = True
        if content and len(content) > _LARGEST_PIECE_BYTES:
            await _write_by_pieces(writer, protocol, memoryview(content))


async def _write_by_pieces(writer: StreamWriter, protocol: ResponseHandler, content: memoryview) -> None:
    for start in range(0, len(content), _LARGEST_PIECE_BYTES):
        if start:
            await asyncio.sleep(0)
            if len(protocol) or protocol.transport is None or protocol.transport.is_closing():
                protocol.force_close()  # answered or lost before all was sent: read the response, if any, instead
                return
        await writer.write(content[start : start + _LARGEST_PIECE_BYTES], drain=False)


async def _head(protocol: ResponseHandler) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """Return the head of the final response; interim ones are skipped (RFC 9110 section 15.2)."""
    while True:
        head, stream = await protocol.read()
        if not 100 <= head.code <= 199 or head.code == 101:
            return head, stream


def _has_rest(connection: Connection, request: HttpRequest) -> bool:
    """Return whether a part of request or response is still outstanding, so that the connection cannot be reused."""
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close or transport.get_write_buffer_size() > 0:
        return True
    # Over TLS the buffer holds what is not encrypted yet; what the socket has not sent cannot be seen.
    is_large = request.content is not None and len(request.content) > _LARGEST_UPLOAD_KEPT
    return is_large and transport.get_extra_info("ssl_object") is not None
