"""What a server sends, read strictly: a wrong guess at where it ends would cut a response short.

Source: RFC 9112 sections 4 to 7. The cases of the transport contract say what is accepted and what is not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from lpfunctions.adapters.blocking.http.channel import StreamEndedError
from lpfunctions.core.http.decoding import BodyDecoder, too_large

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lpfunctions.adapters.blocking.http.channel import Channel

_PROTOCOL: Final = b"HTTP/"
_END_OF_HEAD: Final = re.compile(rb"\r?\n\r?\n")
_END_OF_LINE: Final = re.compile(rb"\r?\n")
_CRLF: Final = re.compile(rb"\r\n")
_STATUS_LINE: Final = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2})(?: ([^\r\0]*))?")
_NAME: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_STRAY: Final = re.compile(r"[\r\0]")
_LENGTH: Final = re.compile("[0-9]{1,18}")
_CHUNK_SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;[^\r\n\0]*)?")
_OF_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
_WITHOUT_BODY: Final = frozenset({101, 204, 304})
_SWITCHING_PROTOCOLS: Final = 101
_BLANKS: Final = " \t"
_VERSIONS: Final = ("1.0", "1.1")
_LONGEST_LINE: Final = 8190
_MOST_FIELDS: Final = 100


class InvalidResponseError(Exception):
    """What came is not an HTTP response that can be trusted to end where it seems to."""


class Head(NamedTuple):
    """The head of a response.

    Attributes:
        headers: lower-case names; a field sent more than once is joined with ``", "``.
        length: bytes of the body, before decoding; None where the head does not say.
        is_chunked: does the body come in chunks?
        is_last: will the connection carry no other response?
        http_version: ``"1.1"`` or ``"1.0"``.
    """

    status: int
    reason: str
    headers: dict[str, str]
    length: int | None
    is_chunked: bool
    is_last: bool
    http_version: str


def read_head(channel: Channel, method: str) -> Head:
    """Return the head of the response to a request of *method*; interim responses are passed over.

    Raises:
        InvalidResponseError: it is malformed.
        StreamEndedError: the stream ended in the middle of it.
    """
    while True:
        version, status, reason, headers = parse_head(channel.take_until(_END_OF_HEAD, _check_beginning))
        if status >= 200 or status == _SWITCHING_PROTOCOLS:
            break
    length, is_chunked = framing(headers) if has_body(method, status) else (0, False)
    is_endless = length is None and not is_chunked
    is_faulty = is_chunked and version == 0  # RFC 9112 section 6.1: read it, and close the connection
    is_last = is_endless or is_faulty or status == _SWITCHING_PROTOCOLS or _is_said_to_be_last(headers, version)
    return Head(status, reason, headers, length, is_chunked, is_last, _VERSIONS[version])


def read_body(channel: Channel, head: Head, max_bytes: int) -> bytes:
    """Return the whole body that follows *head*, decoded.

    Raises:
        FaaSResponseFormatError: more than *max_bytes*, or a content-coding that cannot be undone.
        InvalidResponseError: a chunk is malformed.
        StreamEndedError: the stream ended in the middle of it.
    """
    decoder = BodyDecoder(head.headers.get("content-encoding", ""), max_bytes)
    if head.is_chunked:
        _read_chunks(channel, decoder)
    elif head.length is None:
        while piece := channel.piece():
            decoder.feed(piece)
    elif head.length > max_bytes:
        raise too_large(max_bytes)
    else:
        _read_exactly(channel, head.length, decoder)
    return decoder.finish()


def parse_head(raw: bytes) -> tuple[int, int, str, dict[str, str]]:
    """Return the minor version, the status, the reason phrase and the fields of a head.

    Raises:
        InvalidResponseError: it is malformed.
    """
    first, *lines = _END_OF_LINE.split(raw)
    start = _STATUS_LINE.fullmatch(first.decode("iso-8859-1"))
    if start is None or len(first) > _LONGEST_LINE:
        raise InvalidResponseError("it does not begin with a status of HTTP/1.1")
    return int(start[1]), int(start[2]), start[3] or "", parse_fields(lines)


def parse_fields(lines: Iterable[bytes]) -> dict[str, str]:
    """Return the header or trailer fields in *lines*, with lower-case names; repeated ones are joined.

    Raises:
        InvalidResponseError: a field is malformed, too long, repeated where that is dangerous, or one too many.
    """
    fields: dict[str, str] = {}
    latest = ""
    for count, line in enumerate(lines, 1):
        text = line.decode("iso-8859-1")
        if count > _MOST_FIELDS or len(line) > _LONGEST_LINE or _STRAY.search(text):
            raise InvalidResponseError("its header fields are too many, too long, or hold a control character")
        name, colon, value = text.partition(":")
        if text.startswith(tuple(_BLANKS)) and latest:
            # A value may be folded over several lines, though it should not be.
            fields[latest] = f"{fields[latest]} {text.strip(_BLANKS)}"
        elif not colon or not _NAME.fullmatch(name):
            raise InvalidResponseError("a header field has no name")
        else:
            latest = name.lower()
            _add(fields, latest, value.strip(_BLANKS))
    return fields


def has_body(method: str, status: int) -> bool:
    """May the response of this *status* to a request of *method* have a body?"""
    return method != "HEAD" and status not in _WITHOUT_BODY


def framing(headers: dict[str, str]) -> tuple[int | None, bool]:
    """Return the length of the body if the head says it, and whether the body comes in chunks.

    Raises:
        InvalidResponseError: the fields contradict each other, or say what cannot be read.
    """
    coding, length = headers.get("transfer-encoding"), headers.get("content-length")
    if coding is not None:
        if coding.lower() != "chunked" or length is not None:
            raise InvalidResponseError("its Transfer-Encoding is unknown, or contradicts its Content-Length")
        return None, True
    if length is not None and not _LENGTH.fullmatch(length):
        raise InvalidResponseError("its Content-Length is not one number")
    return None if length is None else int(length), False


def _add(fields: dict[str, str], name: str, value: str) -> None:
    if name not in fields:
        fields[name] = value
    else:
        # Two lengths become "4, 4", which is not a number.
        fields[name] = f"{fields[name]}, {value}"


def _is_said_to_be_last(headers: dict[str, str], version: int) -> bool:
    connection = headers.get("connection", "").lower()
    return "close" in connection or (version == 0 and "keep-alive" not in connection)


def _check_beginning(so_far: bytes) -> None:
    """Give up on what cannot become a head, before all of it has come."""
    # Who does not speak HTTP need not send lines at all.
    if not _PROTOCOL.startswith(so_far[: len(_PROTOCOL)]):
        raise InvalidResponseError("it does not begin with a status of HTTP/1.1")
    _check_line(so_far[so_far.rfind(b"\n") + 1 :])
    if so_far.count(b"\n") > _MOST_FIELDS + 1:
        raise InvalidResponseError("its header fields are too many")


def _check_line(so_far: bytes) -> None:
    if len(so_far) > _LONGEST_LINE + 1:  # and the CR of its end
        raise InvalidResponseError("a line of it is too long")


def _read_exactly(channel: Channel, length: int, decoder: BodyDecoder) -> None:
    while length:
        piece = channel.piece(length)
        if not piece:
            raise StreamEndedError
        decoder.feed(piece)
        length -= len(piece)


def _read_chunks(channel: Channel, decoder: BodyDecoder) -> None:
    while size := _read_chunk_size(channel):
        _read_exactly(channel, size, decoder)
        if channel.take_until(_CRLF, _check_end_of_chunk):
            raise InvalidResponseError("a chunk is longer than its size")
    trailers: list[bytes] = []
    while line := channel.take_until(_CRLF, _check_line):
        trailers.append(line)
        if len(trailers) > _MOST_FIELDS:
            raise InvalidResponseError("its trailer fields are too many")
    if not _OF_FRAMING.isdisjoint(parse_fields(trailers)):
        raise InvalidResponseError("its trailer frames a body")


def _read_chunk_size(channel: Channel) -> int:
    size = _CHUNK_SIZE.fullmatch(channel.take_until(_CRLF, _check_line))
    if size is None:
        raise InvalidResponseError("a chunk has no size")
    return int(size[1], 16)


def _check_end_of_chunk(so_far: bytes) -> None:
    if so_far not in {b"", b"\r"}:
        raise InvalidResponseError("a chunk is longer than its size")
