"""Read a response that aiohttp has parsed: check what its parser accepts wrongly, and read the body within bounds."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final, NamedTuple

import aiohttp

from lpfunctions.adapters.aio.http.connection import is_bodiless
from lpfunctions.core.errors import FaaSResponseFormatError
from lpfunctions.core.http.decoding import BodyDecoder, too_large
from lpfunctions.core.http.messages import HttpResponse

if TYPE_CHECKING:
    from lpfunctions.adapters.aio.http.connection import WatchedConnection
    from lpfunctions.core.http.messages import HttpRequest

_Fields = tuple[tuple[bytes, bytes], ...]

MOST_FIELDS: Final = 100
"""Header fields in a response; the bytes of each are bounded by aiohttp, at 8 190."""


class ResponseHead(NamedTuple):
    """Status line and header fields, as aiohttp's parser gives them."""

    version: aiohttp.HttpVersion | None
    status: int
    reason: str | None
    fields: _Fields


async def read_response(
    request: HttpRequest,
    head: ResponseHead,
    stream: aiohttp.StreamReader,
    connection: WatchedConnection | None,
    max_bytes: int,
) -> HttpResponse:
    """Return the response.

    Args:
        request: the request that it answers.
        head: its status line and header fields.
        stream: the body, still coded.
        connection: what feeds *stream*; None when the body is complete.
        max_bytes: of the body, decoded.

    Raises:
        FaaSResponseFormatError: it is malformed, its body is larger than that, or not coded as its head says.
        aiohttp.ClientPayloadError: the body is cut short.
    """
    headers = lower_names(head.fields)
    _check(head, headers)
    status, reason = head.status, head.reason or ""
    peer = None if connection is None else connection.peer
    if not reason.isascii():
        reason = reason.encode("utf-8", "surrogateescape").decode("latin-1")
    # The usual response is plain, has a length, and came with its head.
    if stream.is_eof() and "content-length" in headers and "content-encoding" not in headers:
        content = stream.read_nowait()
        if len(content) > max_bytes:
            raise too_large(max_bytes)
        return HttpResponse(status, reason, headers, content, _version(head), peer)
    content = await _read_body(headers, stream, connection, max_bytes)
    if connection is not None and not is_bodiless(request, status) and _ends_with_connection(headers):
        _check_end(connection)
    return HttpResponse(status, reason, headers, content, _version(head), peer)


def lower_names(fields: _Fields) -> dict[str, str]:
    """Return the header *fields* of a response as `HttpResponse` has them."""
    # Stripped here, because older releases of aiohttp leave a blank at the end of a value (RFC 9110 section 5.5).
    headers = {name.decode("latin-1").lower(): value.decode("latin-1").strip(" \t") for name, value in fields}
    return headers if len(headers) == len(fields) else _joined(fields)


def _joined(fields: _Fields) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


def _check(head: ResponseHead, headers: dict[str, str]) -> None:
    """Reject what aiohttp's parser accepts. Source: RFC 9112 sections 2.3, 5.1 and 6.1, RFC 9110 section 15."""
    coding = headers.get("transfer-encoding")
    if coding is not None and coding.lower() != "chunked":
        raise _malformed("its transfer coding is not chunked alone")
    # The parser takes a blank before the colon of those fields that it looks at itself.
    if " " in "".join(headers):
        raise _malformed("there is a blank in the name of a header field")
    if head.status < 100 or head.version is None or head.version[0] != 1:
        raise _malformed("its status line is none of HTTP/1.0 or 1.1")
    if head.reason is not None and "\0" in head.reason:
        raise _malformed("there is a NUL in its status line")
    if len(head.fields) > MOST_FIELDS:
        raise _malformed(f"it has more than {MOST_FIELDS} header fields")


def _version(head: ResponseHead) -> str:
    return "1.1" if head.version == aiohttp.HttpVersion11 else "1.0"


def _malformed(why: str) -> FaaSResponseFormatError:
    return FaaSResponseFormatError(f"the HTTP response is malformed: {why}")


async def _read_body(
    headers: dict[str, str],
    stream: aiohttp.StreamReader,
    connection: WatchedConnection | None,
    max_bytes: int,
) -> bytes:
    coding = headers.get("content-encoding", "")
    if not coding and int(headers.get("content-length", 0)) > max_bytes:
        raise too_large(max_bytes)
    if connection is None:
        return await _decoded(stream, BodyDecoder(coding, max_bytes))
    connection.body = stream
    try:
        return await _decoded(stream, BodyDecoder(coding, max_bytes))
    finally:
        connection.body = None


def _ends_with_connection(headers: dict[str, str]) -> bool:
    return "content-length" not in headers and "transfer-encoding" not in headers


def _check_end(connection: WatchedConnection) -> None:
    if not connection.ended_as_announced():
        raise aiohttp.ClientPayloadError


async def _decoded(stream: aiohttp.StreamReader, body: BodyDecoder) -> bytes:
    while not stream.at_eof():
        for _ in body.steps(await stream.readany()):
            await asyncio.sleep(0)  # lets other tasks and the deadline run
    return body.finish()
