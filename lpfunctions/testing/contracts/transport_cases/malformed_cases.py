"""Malformed responses, and which of them a transport accepts: one table for both modes.

Where readers of HTTP differ, the stricter reading is the rule: guessing where a response ends can give a caller half a
response, or that of another request. Each row states what the server sends, what must happen, and why.
"""

# The name of a test is its docstring.

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from lpfunctions.core.errors import FaaSConnectionError, FaaSRequestError, FaaSResponseFormatError
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import GRACE, post
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.contracts.support.harness import Sender, TransportOptions

_PATIENCE_SECONDS: Final = 2.0
_HEAD: Final = b"HTTP/1.1 200 OK\r\n"
_BODY: Final = b"Content-Length: 4\r\n\r\nbody"
_CHUNKED: Final = b"Transfer-Encoding: chunked\r\n\r\n"
_CHUNKS: Final = b"4\r\nbody\r\n0\r\n"
_MIB: Final = 2**20


class Refused(NamedTuple):
    """A response that is a ``FaaSResponseFormatError``, ``delivered="unknown"``, and whose connection is closed."""

    raw: bytes
    why: str


class Accepted(NamedTuple):
    """A response that is returned.

    Attributes:
        raw: what the server sends.
        why: the reason, with its source.
        status: of the response.
        content: of the response.
        is_reused: may the next request have the connection? None where that is the transport's own affair.
    """

    raw: bytes
    why: str
    status: int = 200
    content: bytes = b"body"
    is_reused: bool | None = None


def _with(*fields: bytes) -> bytes:
    return _HEAD + b"".join(field + b"\r\n" for field in fields) + _BODY


def _many(number: int) -> bytes:
    return _with(*(b"X-%d: 1" % count for count in range(number - 1)))


_ONE_CODING: Final = "RFC 9112 section 6.1: chunked, once and alone, is the only transfer coding that is undone here"
_NO_LENGTH: Final = "RFC 9112 section 6.3: a length is digits, once; two of them hide where the next answer begins"
_BOTH: Final = (
    "RFC 9112 section 6.3: a length beside chunks is an attempt to smuggle an answer; no honest server sends both"
)
_TOO_LONG: Final = "RFC 9110 section 5.4 leaves the bound to the client: 8 190 bytes for a line, 100 header fields"
_NO_TEXT: Final = (
    "RFC 9110 section 5.5: NUL, CR and LF in a field have cut answers in two; RFC 9112 section 2.2 for bare CR"
)
_NO_NAME: Final = "RFC 9110 section 5.1: a field name is a token, with nothing between it and the colon"
_NO_STATUS: Final = "RFC 9110 section 15: a status is three digits, the first of them from 1"
_NO_VERSION: Final = (
    "RFC 9112 section 2.3: this connection speaks HTTP/1.1 or 1.0; what says otherwise is something else"
)
_NO_CHUNK: Final = (
    "RFC 9112 section 7.1: a chunk has its size, CRLF, its bytes, CRLF; what is lenient here can be made to misread"
)
_NO_TRAILER: Final = "RFC 9110 section 6.5.1: framing in a trailer comes too late, and may be meant for another reader"
_NOT_THEIRS: Final = (
    "RFC 9112 section 6.3: bytes after a response belong to no request; the connection cannot be trusted again"
)
_NO_BODY: Final = "RFC 9112 section 6.3: 204 and 304 end with their head, whatever it says of a body"

REFUSED: Final[dict[str, Refused]] = {
    "transfer coding gzip": Refused(
        _HEAD + b"Transfer-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(b"body"), _ONE_CODING
    ),
    "transfer coding gzip with length": Refused(_with(b"Transfer-Encoding: gzip"), _ONE_CODING),
    "transfer codings gzip, chunked": Refused(
        _HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + _CHUNKS + b"\r\n", _ONE_CODING
    ),
    "transfer codings chunked, gzip": Refused(
        _HEAD + b"Transfer-Encoding: chunked, gzip\r\nConnection: close\r\n\r\n" + _CHUNKS + b"\r\n", _ONE_CODING
    ),
    "transfer coding chunked twice": Refused(
        _HEAD + b"Transfer-Encoding: chunked, chunked\r\n\r\n" + _CHUNKS + b"\r\n", _ONE_CODING
    ),
    "transfer coding chunked in two fields": Refused(
        _HEAD + b"Transfer-Encoding: chunked\r\n" + _CHUNKED + _CHUNKS + b"\r\n", _ONE_CODING
    ),
    "transfer coding identity": Refused(
        _HEAD + b"Transfer-Encoding: identity\r\nConnection: close\r\n\r\n", _ONE_CODING
    ),
    "transfer coding unknown": Refused(
        _HEAD + b"Transfer-Encoding: xchunked\r\nConnection: close\r\n\r\n" + _CHUNKS + b"\r\n", _ONE_CODING
    ),
    "length before chunks": Refused(_HEAD + b"Content-Length: 4\r\n" + _CHUNKED + _CHUNKS + b"\r\n", _BOTH),
    "length after chunked": Refused(
        _HEAD + b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + _CHUNKS + b"\r\n", _BOTH
    ),
    "length twice, the same": Refused(_with(b"Content-Length: 4"), _NO_LENGTH),
    "length twice, another": Refused(_with(b"Content-Length: 5"), _NO_LENGTH),
    "length as a list": Refused(_HEAD + b"Content-Length: 4, 4\r\n\r\nbody", _NO_LENGTH),
    "length with a sign": Refused(_HEAD + b"Content-Length: +4\r\n\r\nbody", _NO_LENGTH),
    "length with an underscore": Refused(_HEAD + b"Content-Length: 0_4\r\n\r\nbody", _NO_LENGTH),
    "length in other digits": Refused(_HEAD + "Content-Length: \u0664\r\n\r\nbody".encode(), _NO_LENGTH),
    "length of no digits": Refused(_HEAD + b"Content-Length: \r\n\r\nbody", _NO_LENGTH),
    "length beyond 64 bits": Refused(_HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nbody", _NO_LENGTH),
    "blank before the colon of a length": Refused(_HEAD + b"Content-Length : 4\r\n\r\nbody", _NO_NAME),
    "blank before the colon of a coding": Refused(
        _HEAD + b"Transfer-Encoding : chunked\r\n\r\n" + _CHUNKS + b"\r\n", _NO_NAME
    ),
    "blank before a colon": Refused(_with(b"X-Field : 1"), _NO_NAME),
    "tab before a colon": Refused(_with(b"X-Field\t: 1"), _NO_NAME),
    "field without a name": Refused(_with(b": 1"), _NO_NAME),
    "blank in a field name": Refused(_with(b"X Field: 1"), _NO_NAME),
    "quote in a field name": Refused(_with(b'X"Field: 1'), _NO_NAME),
    "8-bit field name": Refused(_with(b"X-Caf\xe9: 1"), _NO_NAME),
    "NUL in a field name": Refused(_with(b"X-\0Field: 1"), _NO_NAME),
    "NUL in a field value": Refused(_with(b"X-Field: a\0b"), _NO_TEXT),
    "NUL in the reason": Refused(b"HTTP/1.1 200 O\0K\r\n" + _BODY, _NO_TEXT),
    "bare CR in a field value": Refused(_with(b"X-Field: a\rb"), _NO_TEXT),
    "bare CR before the end of a line": Refused(_with(b"X-Field: a\r"), _NO_TEXT),
    "bare CR in the reason": Refused(b"HTTP/1.1 200 O\rK\r\n" + _BODY, _NO_TEXT),
    "field line of 9 000 bytes": Refused(_with(b"X-Field: " + b"v" * 9000), _TOO_LONG),
    "field name of 9 000 bytes": Refused(_with(b"X" * 9000 + b": 1"), _TOO_LONG),
    "status line of 9 000 bytes": Refused(b"HTTP/1.1 200 " + b"O" * 9000 + b"\r\n" + _BODY, _TOO_LONG),
    "101 fields": Refused(_many(101), _TOO_LONG),
    "status 099": Refused(b"HTTP/1.1 099 Odd\r\n" + _BODY, _NO_STATUS),
    "status 000": Refused(b"HTTP/1.1 000 Odd\r\n" + _BODY, _NO_STATUS),
    "status of four digits": Refused(b"HTTP/1.1 2000 OK\r\n" + _BODY, _NO_STATUS),
    "two blanks before the status": Refused(b"HTTP/1.1  200 OK\r\n" + _BODY, _NO_STATUS),
    "status and reason in one": Refused(b"HTTP/1.1 200OK\r\n" + _BODY, _NO_STATUS),
    "HTTP/2.0": Refused(b"HTTP/2.0 200 OK\r\n" + _BODY, _NO_VERSION),
    "HTTP/1.2": Refused(b"HTTP/1.2 200 OK\r\n" + _BODY, _NO_VERSION),
    "HTTP/0.9": Refused(b"HTTP/0.9 200 OK\r\n" + _BODY, _NO_VERSION),
    "http in small letters": Refused(b"http/1.1 200 OK\r\n" + _BODY, _NO_VERSION),
    "blank before a chunk size": Refused(_HEAD + _CHUNKED + b" " + _CHUNKS + b"\r\n", _NO_CHUNK),
    "chunk size with 0x": Refused(_HEAD + _CHUNKED + b"0x" + _CHUNKS + b"\r\n", _NO_CHUNK),
    "chunk size with a sign": Refused(_HEAD + _CHUNKED + b"+" + _CHUNKS + b"\r\n", _NO_CHUNK),
    "chunk size beyond 64 bits": Refused(_HEAD + _CHUNKED + b"f" * 17 + b"\r\nbody", _NO_CHUNK),
    "chunk size that ends in LF": Refused(_HEAD + _CHUNKED + b"4\nbody\r\n0\r\n\r\n", _NO_CHUNK),
    "chunk that is longer than its size": Refused(_HEAD + _CHUNKED + b"4\r\nbodybody\r\n0\r\n\r\n", _NO_CHUNK),
    "chunk without its CRLF": Refused(_HEAD + _CHUNKED + b"4\r\nbodyXX0\r\n\r\n", _NO_CHUNK),
    "length in the trailer": Refused(_HEAD + _CHUNKED + _CHUNKS + b"Content-Length: 9\r\n\r\n", _NO_TRAILER),
    "trailer without a colon": Refused(_HEAD + _CHUNKED + _CHUNKS + b"no colon\r\n\r\n", _NO_TRAILER),
    "trailer line of 9 000 bytes": Refused(
        _HEAD + _CHUNKED + _CHUNKS + b"X-Field: " + b"v" * 9000 + b"\r\n\r\n", _TOO_LONG
    ),
}
"""Responses that are refused, by name."""

ACCEPTED: Final[dict[str, Accepted]] = {
    "99 fields": Accepted(_many(99), _TOO_LONG, is_reused=True),
    "field line of 8 000 bytes": Accepted(_with(b"X-Field: " + b"v" * 7991), _TOO_LONG, is_reused=True),
    "8-bit field value": Accepted(_with(b"X-Field: caf\xe9"), "RFC 9110 section 5.5: obs-text, opaque", is_reused=True),
    "status 999": Accepted(
        b"HTTP/1.1 999 Odd\r\n" + _BODY, "every status is returned, the platform's own 901 too", 999, is_reused=True
    ),
    "lines that end in LF": Accepted(
        _with(b"X-Field: 1").replace(b"\r\n", b"\n"), "RFC 9112 section 2.2 allows it", is_reused=True
    ),
    "chunked in capitals": Accepted(
        _HEAD + _CHUNKED.replace(b"chunked", b"CHUNKED") + _CHUNKS + b"\r\n", "codings have no case", is_reused=True
    ),
    "chunked HTTP/1.0": Accepted(
        b"HTTP/1.0 200 OK\r\n" + _CHUNKED + _CHUNKS + b"\r\n",
        "RFC 9112 section 6.1: the framing is faulty; close the connection after the message",
        is_reused=False,
    ),
    "chunk extension": Accepted(
        _HEAD + _CHUNKED + b"4;name=value\r\nbody\r\n0\r\n\r\n", "RFC 9112 section 7.1.1: ignored", is_reused=True
    ),
    "trailer": Accepted(
        _HEAD + _CHUNKED + _CHUNKS + b"X-Field: 1\r\n\r\n", "RFC 9112 section 7.1.2: ignored", is_reused=True
    ),
    "chunked 204": Accepted(b"HTTP/1.1 204 No Content\r\n" + _CHUNKED, _NO_BODY, 204, b"", is_reused=None),
    "chunked 304": Accepted(b"HTTP/1.1 304 Not Modified\r\n" + _CHUNKED, _NO_BODY, 304, b"", is_reused=None),
    "304 with length": Accepted(
        b"HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", _NO_BODY, 304, b"", is_reused=None
    ),
    "101 that was not requested": Accepted(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
        "every status is returned; what comes after it is no HTTP (RFC 9110 section 15.2.2)",
        101,
        b"",
        is_reused=False,
    ),
}
"""Responses that are accepted, by name; the server keeps the connection."""

FOLLOWED: Final[dict[str, Accepted]] = {
    "garbage": Accepted(_HEAD + _BODY + b"garbage\r\n\r\n", _NOT_THEIRS, is_reused=False),
    "one byte": Accepted(_HEAD + _BODY + b"x", _NOT_THEIRS, is_reused=False),
    "an answer": Accepted(_HEAD + _BODY + http_answer(200, b"for somebody else"), _NOT_THEIRS, is_reused=False),
    "half an answer": Accepted(_HEAD + _BODY + b"HTTP/1.1 200 OK\r\nConte", _NOT_THEIRS, is_reused=False),
    "filler and an answer": Accepted(
        _HEAD + _BODY + "ä".encode() + http_answer(200, b"for somebody else"), _NOT_THEIRS, is_reused=False
    ),
    "garbage, after chunks": Accepted(
        _HEAD + _CHUNKED + _CHUNKS + b"\r\ngarbage\r\n\r\n", _NOT_THEIRS, is_reused=False
    ),
    "an answer, after chunks": Accepted(
        _HEAD + _CHUNKED + _CHUNKS + b"\r\n" + http_answer(200, b"for somebody else"), _NOT_THEIRS, is_reused=False
    ),
    "a body, after 204": Accepted(b"HTTP/1.1 204 No Content\r\n" + _BODY, _NO_BODY, 204, b"", is_reused=False),
    "chunks, after 204": Accepted(
        b"HTTP/1.1 204 No Content\r\n" + _CHUNKED + _CHUNKS + b"\r\n", _NO_BODY, 204, b"", is_reused=False
    ),
    "a body, after 304": Accepted(b"HTTP/1.1 304 Not Modified\r\n" + _BODY, _NO_BODY, 304, b"", is_reused=False),
}
"""Complete responses followed by more bytes in the same write, by what follows."""


class MalformedCases(SocketHarness):
    """Cases about malformed responses: accepted or refused, and whether the connection is reused."""

    @pytest.mark.parametrize("what", REFUSED)
    def test_malformed_answer_is_refused(self, what: str) -> None:
        raw, why = REFUSED[what]
        with ScriptedServer(_answering_each(raw)) as server, self.opened() as sender:
            found = _outcome(sender, server)
            assert isinstance(found, FaaSResponseFormatError), f"{what} is refused, because {why}; here: {found!r}"
            assert found.delivered == "unknown", f"{what}: the server has read the request, so it may have executed it"
            assert server.wait_until_idle(GRACE + 1), (
                f"{what}: it is unknown what comes next, so the connection is closed"
            )

    @pytest.mark.parametrize("what", ACCEPTED)
    def test_unusual_answer_is_accepted(self, what: str) -> None:
        with ScriptedServer(_answering_each(ACCEPTED[what].raw)) as server, self.opened() as sender:
            _assert_accepted(sender, server, what, ACCEPTED[what])

    @pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
    @pytest.mark.parametrize("what", FOLLOWED)
    def test_bytes_behind_a_whole_answer_end_its_connection(self, what: str, tls: bool) -> None:
        with _served(_answering_each(FOLLOWED[what].raw), tls=tls) as server, self.opened(**_trusting(tls)) as sender:
            _assert_accepted(sender, server, f"an answer with {what} behind it", FOLLOWED[what])

    @pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
    def test_answer_that_comes_before_the_upload_was_taken_is_returned_and_ends_its_connection(self, tls: bool) -> None:
        why = (
            "an early 413 says more than a broken upload (RFC 9112 section 9.5); the rest of it is in the way of others"
        )

        def reject_early(peer: Conversation) -> None:
            peer.receive(100)
            peer.send(http_answer(413, b"too much"))
            peer.wait_for_close()

        with _served(reject_early, tls=tls) as server, self.opened(**_trusting(tls)) as sender:
            for number in (1, 2):
                found = _outcome(sender, server, bytes(16 * _MIB))
                assert _is_answer(found, 413, b"too much"), f"{why}; here: {found!r}"
                assert server.connections == number, why

    @pytest.mark.parametrize("is_said", [True, False], ids=["close_notify", "no close_notify"])
    def test_body_that_ends_with_its_tls_connection_is_whole_only_if_tls_says_so(self, is_said: bool) -> None:
        def close_after(peer: Conversation) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nbody")
            if is_said:
                peer.end_tls()

        with _served(close_after, tls=True) as server, self.opened(**_trusting(True)) as sender:
            found = _outcome(sender, server)
        if is_said:
            assert _is_answer(found, 200, b"body"), f"close_notify ends the body; here: {found!r}"
        else:
            why = "RFC 9112 section 9.8: without close_notify anybody on the way may have cut the body short"
            assert isinstance(found, FaaSConnectionError), f"{why}; here: {found!r}"
            assert found.delivered == "unknown", "the server has read the request, so it may have executed it"


def _answering_each(raw: bytes) -> Callable[[Conversation], None]:
    """Answer every request with *raw*, in one write, and keep the connection."""

    def script(peer: Conversation) -> None:
        while peer.read_request() is not None:
            peer.send(raw)

    return script


def _served(script: Callable[[Conversation], None], *, tls: bool) -> ScriptedServer:
    return ScriptedServer(script, tls=certificates.server_context() if tls else None)


def _trusting(tls: bool) -> TransportOptions:
    return {"ssl_context": certificates.client_context()} if tls else {}


def _outcome(sender: Sender, server: ScriptedServer, content: bytes = b"{}") -> HttpResponse | FaaSRequestError:
    try:
        return sender.send(post(server.url(), content, _PATIENCE_SECONDS))
    except FaaSRequestError as error:
        return error


def _is_answer(found: HttpResponse | FaaSRequestError, status: int, content: bytes) -> bool:
    return not isinstance(found, FaaSRequestError) and (found.status, found.content) == (status, content)


def _assert_accepted(sender: Sender, server: ScriptedServer, what: str, row: Accepted) -> None:
    for _ in range(2):
        found = _outcome(sender, server)
        assert _is_answer(found, row.status, row.content), f"{what} is accepted, because {row.why}; here: {found!r}"
    if row.is_reused is not None:
        again = "be used again" if row.is_reused else "not be used again"
        assert server.connections == (1 if row.is_reused else 2), f"{what}: the connection must {again}: {row.why}"
