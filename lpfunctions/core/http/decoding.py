"""Undo the content-coding of a body piece by piece, within a bound.

Every transport decodes here, so that a gzip bomb, a cut stream or an unknown coding ends the same way on all.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Protocol

from lpfunctions.core.errors import FaaSConnectionError, FaaSResponseFormatError

ACCEPTED_CODINGS = "gzip, deflate"
"""Value of ``Accept-Encoding``: what `BodyDecoder` can undo."""

_STEP_BYTES = 2**18
# zlib copies what is left of its input at the end of each member, and there may be thousands of them.
_SLICE_BYTES = 2**14
_MOST_EMPTY_MEMBERS = 100
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


def too_large(max_bytes: int) -> FaaSResponseFormatError:
    """The error for a body of more than *max_bytes*."""
    return FaaSResponseFormatError(
        f"the response is larger than max_response_bytes={max_bytes}; raise the option to accept it"
    )


class _Inflater(Protocol):
    @property
    def unconsumed_tail(self) -> bytes: ...
    @property
    def unused_data(self) -> bytes: ...
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


class BodyDecoder:
    """Collect a body of at most *max_bytes* decoded bytes."""

    __slots__ = ("_body", "_coding", "_empty_members", "_inflater", "_max_bytes", "_size", "_size_before_member")

    def __init__(self, content_encoding: str, max_bytes: int) -> None:
        self._coding = content_encoding.strip().lower()
        if self._coding not in _CODINGS:
            raise FaaSResponseFormatError(f"the response is coded as {self._coding[:64]!r}; known: {ACCEPTED_CODINGS}")
        self._inflater: _Inflater | None = None
        self._max_bytes = max_bytes
        self._body = BytesIO()  # hands out what it has collected without a copy, as joining pieces does not
        self._size = 0
        self._empty_members = self._size_before_member = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece as it came from the wire."""
        for _ in self.steps(data):
            pass

    def steps(self, data: bytes) -> Iterator[None]:
        """Take the next piece as it came from the wire, and yield whenever about a millisecond has been spent on it.

        That is the moment for an event loop to run others, and for a deadline to be looked at.
        """
        if not data:
            return
        if self._coding in _PLAIN:
            self._keep(data)
        else:
            for start in range(0, len(data), _SLICE_BYTES):
                yield from self._inflate(data[start : start + _SLICE_BYTES])

    def finish(self) -> bytes:
        """Return the whole body; a coded stream that stops early is a ``FaaSConnectionError``."""
        if self._inflater is not None and not self._inflater.eof:
            raise FaaSConnectionError(f"the response was cut short: its {self._coding} stream has no end")
        return self._body.getvalue()

    def _inflate(self, data: bytes) -> Iterator[None]:
        is_unfinished = True
        while is_unfinished:
            data, is_unfinished = self._inflate_some(data)
            if is_unfinished:
                yield

    def _inflate_some(self, data: bytes) -> tuple[bytes, bool]:
        """Decode some of *data*; return the rest, and whether to go on: output may be held back without a rest, too."""
        inflater = self._inflater = self._next_inflater(data)
        # One byte beyond the bound is enough to know that the bound is broken.
        most = min(_STEP_BYTES, self._max_bytes - self._size + 1)
        try:
            piece = inflater.decompress(data, most)
        except zlib.error as broken:
            raise FaaSResponseFormatError(f"the response's {self._coding} stream is damaged: {broken}") from None
        self._keep(piece)
        if not inflater.eof:
            return inflater.unconsumed_tail, len(piece) == most
        self._end_member()
        return inflater.unused_data, bool(inflater.unused_data)

    def _end_member(self) -> None:
        """Count those that are empty: one costs as much time as a full one, and adds nothing to the size."""
        self._empty_members += self._size == self._size_before_member
        self._size_before_member = self._size
        if self._empty_members > _MOST_EMPTY_MEMBERS:
            raise FaaSResponseFormatError(f"the response's {self._coding} stream has no end of empty members")

    def _next_inflater(self, data: bytes) -> _Inflater:
        """What undoes *data*: a gzip stream may have several members, one after the other (RFC 1952 section 2.2)."""
        inflater = self._inflater
        return _inflater_for(self._coding, data) if inflater is None or inflater.eof else inflater

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise too_large(self._max_bytes)
        self._body.write(piece)


_PLAIN = frozenset({"", "identity"})
_CODINGS = _PLAIN | {"gzip", "x-gzip", "deflate"}


def _inflater_for(coding: str, first: bytes) -> _Inflater:
    if coding != "deflate":
        return zlib.decompressobj(_GZIP_WINDOW)
    # "deflate" is the zlib format (RFC 9110 8.4.1.2), yet some servers send the raw stream without its header.
    has_zlib_header = first[0] & 0x0F == zlib.DEFLATED
    return zlib.decompressobj(zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS)
