"""Read an answer that aiohttp has parsed: header fields and body, within bounds."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import aiohttp

from lpfunctions.core.decoding import BodyDecoder, too_large

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Generator, Mapping

    from aiohttp.client_proto import ResponseHandler

_Fields = tuple[tuple[bytes, bytes], ...]


def lower_names(fields: _Fields) -> dict[str, str]:
    """The header *fields* of an answer, as `HttpResponse` has them."""
    # Stripped here, because older releases of aiohttp leave a blank at the end of a value (RFC 9110 section 5.5).
    headers = {name.decode("latin-1").lower(): value.decode("latin-1").strip(" \t") for name, value in fields}
    return headers if len(headers) == len(fields) else _joined(fields)


async def read_body(
    headers: Mapping[str, str], stream: aiohttp.StreamReader, protocol: ResponseHandler | None, max_bytes: int
) -> bytes:
    """Return the whole body.

    Args:
        headers: of the answer, by `lower_names`.
        stream: the body, still coded.
        protocol: what feeds *stream*; None when the body is complete.
        max_bytes: of the body, decoded.

    Raises:
        FaaSResponseFormatError: the body is larger than that, or not coded as its head says.
        aiohttp.ClientPayloadError: the body is cut short.
    """
    coding = headers.get("content-encoding", "")
    if stream.is_eof() and not coding:  # nearly always: the body is plain, and came with the head
        content = stream.read_nowait()
        if len(content) <= max_bytes:
            return content
        raise too_large(max_bytes)
    if not coding and int(headers.get("content-length", 0)) > max_bytes:
        raise too_large(max_bytes)
    lost = None if protocol is None else protocol.closed
    content = await _decoded(stream, lost, BodyDecoder(coding, max_bytes))
    # A body without a length ends with its connection: by a farewell, not by a reset (RFC 9112 section 8).
    if lost is not None and lost.done() and (lost.cancelled() or lost.exception()) and not _is_framed(headers):
        raise aiohttp.ClientPayloadError
    return content


def _is_framed(headers: Mapping[str, str]) -> bool:
    return "content-length" in headers or "chunked" in headers.get("transfer-encoding", "").lower()


async def _decoded(stream: aiohttp.StreamReader, lost: asyncio.Future[None] | None, body: BodyDecoder) -> bytes:
    with _woken_at_the_end(stream, lost):
        while not stream.at_eof():
            body.feed(await stream.readany())
    return body.finish()


@contextmanager
def _woken_at_the_end(stream: aiohttp.StreamReader, lost: asyncio.Future[None] | None) -> Generator[None]:
    """Wake whoever reads *stream* when its connection is *lost*.

    When the framing of a body turns out to be broken after its head was read, aiohttp closes the connection and
    leaves the reader waiting.
    """

    def wake(_: asyncio.Future[None]) -> None:
        if not stream.is_eof() and stream.exception() is None:
            stream.set_exception(aiohttp.ClientPayloadError())

    if lost is not None:
        lost.remove_done_callback(_look_at)
        lost.add_done_callback(_look_at)  # stays, as the future does: until the connection ends
        lost.add_done_callback(wake)
    try:
        yield
    finally:
        if lost is not None:
            lost.remove_done_callback(wake)


def _look_at(lost: asyncio.Future[None]) -> None:
    """Else asyncio would complain that nobody has."""
    if not lost.cancelled():
        lost.exception()


def _joined(fields: _Fields) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1").strip(" \t")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers
