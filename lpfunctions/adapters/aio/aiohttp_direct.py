"""One exchange over a connection of aiohttp's pool, without the work that its session does for others.

Redirects, cookies, netrc, middlewares, traces and proxies take 45 of the 75 µs of a small exchange through
``ClientSession.request``, used or not. Here aiohttp still opens, checks and keeps the connections, writes the head and
reads the answer. What it does so through are classes without a promise, hence `is_known`.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, cast

import aiohttp
from aiohttp.http import StreamWriter
from multidict import CIMultiDict

from lpfunctions.adapters.aio.aiohttp_answer import lower_names, read_body
from lpfunctions.core.http import HttpResponse

if TYPE_CHECKING:
    import ssl

    from aiohttp.client_proto import ResponseHandler
    from aiohttp.connector import BaseConnector, Connection
    from aiohttp.http import RawResponseMessage
    from yarl import URL

    from lpfunctions.adapters.aio.aiohttp_exchange import Exchange
    from lpfunctions.core.http import HttpRequest

_LAST_KNOWN: Final = (3, 14)
_NO_TIMEOUT: Final = aiohttp.ClientTimeout(total=None)
_NEEDS_NO_LENGTH: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def is_known(version: str) -> bool:
    """Was this release of aiohttp looked at? Later ones are asked through their session: slower, never wrong."""
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) <= _LAST_KNOWN


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

    async def send(self, exchange: Exchange, url: URL) -> HttpResponse:
        """Send the request of *exchange* to *url*, and return the answer."""
        connection = await self._connector.connect(self._ticket, [], _NO_TIMEOUT)
        is_reusable = False
        try:
            protocol = cast("ResponseHandler", connection.protocol)
            if protocol.should_close:
                raise exchange.unasked()
            answer = await self._converse(protocol, exchange, url.raw_path_qs)
            is_reusable = not _has_rest(connection)
            return answer
        finally:
            if is_reusable:
                connection.release()
            else:
                _abort(connection)

    async def _converse(self, protocol: ResponseHandler, exchange: Exchange, target: str) -> HttpResponse:
        request = exchange.request
        protocol.set_response_params(skip_payload=request.method == "HEAD", read_until_eof=True, auto_decompress=False)
        await self._write(protocol, request, target)
        exchange.may_have_been_sent = True
        head, stream = await _head(protocol)
        headers = lower_names(head.raw_headers)
        content = await read_body(headers, stream, protocol, self._max_bytes)
        return HttpResponse(head.code, head.reason or "", headers, content)

    async def _write(self, protocol: ResponseHandler, request: HttpRequest, target: str) -> None:
        """Hand head and body to the socket; lets no other task run."""
        fields, content = CIMultiDict({"Host": self._host}), request.content
        fields.update(request.headers)
        if content is not None or request.method not in _NEEDS_NO_LENGTH:
            fields["Content-Length"] = str(len(content or b""))
        writer = StreamWriter(protocol, self._loop)
        await writer.write_headers(f"{request.method} {target} HTTP/1.1", fields)
        if content:
            await writer.write(content, drain=False)
        else:
            writer.send_headers()


async def _head(protocol: ResponseHandler) -> tuple[RawResponseMessage, aiohttp.StreamReader]:
    """The head of the answer; interim ones before it are passed over (RFC 9110 section 15.2)."""
    while True:
        head, stream = await protocol.read()
        if not 100 <= head.code <= 199 or head.code == 101:
            return head, stream


def _has_rest(connection: Connection) -> bool:
    """Is anything of request or answer still on its way? Then the next request cannot have the connection."""
    protocol, transport = connection.protocol, connection.transport
    return protocol is None or transport is None or protocol.should_close or transport.get_write_buffer_size() > 0


def _abort(connection: Connection) -> None:
    """Close the connection with whatever it has not sent.

    aiohttp would do so politely: wait for the peer to take the rest of an upload, or to end TLS. A peer that has
    stalled does neither, and the socket would stay for as long.
    """
    if connection.transport is not None:
        connection.transport.abort()
    connection.close()
