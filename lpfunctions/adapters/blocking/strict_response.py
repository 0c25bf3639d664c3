"""Reading of an HTTP answer's head, where `http.client` is both slow and too good-natured.

It takes a cut head for a whole one, words for lengths, and an interim answer for the final one; and it parses a few
header fields with the parser for e-mail, which takes a fifth of a whole exchange. Source: RFC 9112, sections 4 to 7.
"""

from __future__ import annotations

import re
from http.client import BadStatusLine, HTTPException, HTTPMessage, HTTPResponse, LineTooLong, UnknownProtocol
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from socket import socket

    from lpfunctions.adapters.blocking.deadline_sockets import HeadReader

_PROTOCOL: Final = b"HTTP/"
_STATUS_LINE: Final = re.compile(rb"HTTP/([0-9]\.[0-9]) +([1-9][0-9]{2})(?: (.*))?", re.DOTALL)
_NAME: Final = re.compile(r"[^\s:]+")
_LENGTH: Final = re.compile("[0-9]{1,18}")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,16})[ \t]*(;.*)?\r?\n", re.DOTALL)
_SWITCHING_PROTOCOLS: Final = 101
_WITHOUT_BODY: Final = frozenset({204, 304})
_LONGEST_LINE: Final = 65536
_MOST_LINES: Final = 200


class StrictResponse(HTTPResponse):
    """An answer whose head and whose chunk sizes are what HTTP says; anything else is an ``HTTPException``."""

    fp: Any = None  # the base looks at it when it is thrown away, also when there was no socket to read from

    def __init__(self, sock: socket, debuglevel: int = 0, method: str | None = None, url: str | None = None) -> None:
        super().__init__(sock, debuglevel, method, url)
        self._asked_for_head = method == "HEAD"

    def begin(self) -> None:
        """Read the head."""
        version, self.status, self.reason = self._read_status()
        self.code = self.status
        self.version = 10 if version == "HTTP/1.0" else 11
        self.headers = self.msg = self._read_fields()
        self.chunked = _is_chunked(self.msg)
        self.chunk_left = None
        self.length = None if self.chunked else _length_of(self.msg)
        if self._asked_for_head or self.status in _WITHOUT_BODY or self.status < 200:
            self.length = 0
        endless = self.length is None and not self.chunked
        self.will_close = endless or _is_last(self.msg, self.version)

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = self._read_status_line()
            if status >= 200 or status == _SWITCHING_PROTOCOLS:
                return version, status, reason
            self._read_fields()  # of an interim answer

    def _read_status_line(self) -> tuple[str, int, str]:
        # Looked at before the line is whole: who does not speak HTTP need not send lines at all.
        if not _PROTOCOL.startswith(self._reader.peek(len(_PROTOCOL))[: len(_PROTOCOL)]):
            raise BadStatusLine("no HTTP")
        parts = _STATUS_LINE.fullmatch(self._read_line().rstrip())
        if parts is None:
            raise BadStatusLine("no status")
        version, status, reason = parts[1].decode(), int(parts[2]), (parts[3] or b"").decode("iso-8859-1")
        if not version.startswith("1."):
            raise UnknownProtocol(version)
        return f"HTTP/{version}", status, reason

    def _read_fields(self) -> HTTPMessage:
        fields: list[tuple[str, str]] = []
        for _ in range(_MOST_LINES + 1):
            line = self._read_line()
            if line in {b"\r\n", b"\n"}:
                return _message(fields)
            name, colon, value = line.decode("iso-8859-1").partition(":")
            if colon and _NAME.fullmatch(name):
                fields.append((name, value.strip()))
            elif line.startswith((b" ", b"\t")) and fields:
                # A value may be folded over several lines, though it should not be.
                name, value = fields.pop()
                fields.append((name, f"{value} {line.decode('iso-8859-1').strip()}"))
            else:
                raise HTTPException("a header field without a name")
        raise HTTPException("too many header fields")

    def _read_line(self) -> bytes:
        line = self._reader.readline(_LONGEST_LINE + 1)
        if len(line) > _LONGEST_LINE:
            raise LineTooLong("head")
        return line

    def _read_next_chunk_size(self) -> int:
        size = _CHUNK_SIZE.fullmatch(self._read_line())
        if size is None:
            raise HTTPException("a chunk without a size")
        return int(size[1], 16)

    @property
    def _reader(self) -> HeadReader:
        return cast("HeadReader", self.fp)


def _message(fields: list[tuple[str, str]]) -> HTTPMessage:
    message = HTTPMessage()
    for name, value in fields:
        message[name] = value
    return message


def _is_chunked(head: HTTPMessage) -> bool:
    coding = head.get("transfer-encoding")
    if coding is not None and coding.lower() != "chunked":
        raise HTTPException("an unknown Transfer-Encoding")
    return coding is not None


def _length_of(head: HTTPMessage) -> int | None:
    fields = head.get_all("content-length")
    if fields is None:
        return None
    lengths = {length.strip() for field in fields for length in field.split(",")}
    if len(lengths) > 1 or not all(_LENGTH.fullmatch(length) for length in lengths):
        raise HTTPException("a Content-Length that is none")
    return int(lengths.pop())


def _is_last(head: HTTPMessage, version: int) -> bool:
    connection = head.get("connection", "").lower()
    return "close" in connection or (version == 10 and "keep-alive" not in connection)
