"""Failures below HTTP and in HTTP: which error is raised, and whether the server may have executed the request."""

# The name of a test is its docstring.

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Final

import pytest

from lpfunctions.core.errors import FaaSConnectionError, FaaSResponseFormatError
from lpfunctions.testing.contracts.support.assertions import assert_told, failure_of, get, post
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer, refused_port

if TYPE_CHECKING:
    from collections.abc import Callable

_HEAD: Final = b"HTTP/1.1 200 OK\r\n"
_CHUNKED: Final = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
_GZIPPED: Final = gzip.compress(b"a body that is cut short" * 50)

_CUT_SHORT: Final = {
    "before the answer": b"",
    "in the body": _HEAD + b"Content-Length: 100\r\n\r\nhalf",
    "before the body": _HEAD + b"Content-Length: 100\r\n\r\n",
    "in a chunk": _CHUNKED + b"64\r\nhalf",
    "in a chunk size": _CHUNKED + b"6",
    "between chunks": _CHUNKED + b"4\r\nhalf\r\n",
    "before the first chunk": _CHUNKED,
    "in a gzip stream": http_answer(200, _GZIPPED[:-12], fields=[("Content-Encoding", "gzip")]),
}
_DAMAGED: Final = b"\x1f\x8b\x08" + b"\x00" * 7 + b"\xff" * 50

_UNREADABLE: Final = {
    "a greeting": b"220 mail.example ESMTP ready\r\n\r\n",
    "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x46",
    "binary": bytes(range(128, 256)) * 4 + b"\r\n\r\n",
    "no status": b"HTTP/1.1 abc OK\r\n\r\n",
    "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/3.7": b"HTTP/3.7 200 OK\r\nContent-Length: 0\r\n\r\n",
    "two lengths": _HEAD + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody.",
    "damaged gzip": http_answer(200, _DAMAGED, fields=[("Content-Encoding", "gzip")]),
    "gzip that is none": http_answer(200, b"plain text", fields=[("Content-Encoding", "gzip")]),
    "endless header": _HEAD + b"X-Long: " + b"v" * 2**20 + b"\r\n\r\n",
    "endless status line": b"HTTP/1.1 200 " + b"O" * 2**20 + b"\r\n\r\n",
    "too many headers": _HEAD + b"".join(b"X-%d: 1\r\n" % n for n in range(20_000)) + b"\r\n",
}


def reading_then(send: bytes, end: Callable[[Conversation], None]) -> Callable[[Conversation], None]:
    """Return a script that reads a request, sends *send*, and ends with *end*."""

    def script(peer: Conversation) -> None:
        peer.read_request()
        peer.send(send)
        end(peer)

    return script


class FailingHarness(SocketHarness):
    """Assertions about the two ways in which a response can fail."""

    def assert_lost(self, script: Callable[[Conversation], None], content: bytes = b"{}") -> None:
        """Assert that the response is lost, with ``delivered="unknown"``."""
        with ScriptedServer(script) as server, self.opened() as sender:
            error = failure_of(sender, post(server.url(), content))
            assert isinstance(error, FaaSConnectionError), repr(error)
            assert_told(error, delivered="unknown", because="the server has the whole request")

    def assert_unreadable(self, raw: bytes) -> None:
        """Assert that *raw* cannot be read as a response."""
        with ScriptedServer(reading_then(raw, Conversation.close)) as server, self.opened() as sender:
            error = failure_of(sender, post(server.url()))
            assert isinstance(error, FaaSResponseFormatError), repr(error)
            assert_told(error, delivered="unknown", because="the server has the whole request")


class FailureCases(FailingHarness):
    """Cases about requests not sent, of unknown outcome, and with an unreadable response."""

    def test_refused_connection_was_never_sent(self) -> None:
        with self.opened() as sender:
            error = failure_of(sender, post(f"http://127.0.0.1:{refused_port()}/"))
            assert isinstance(error, FaaSConnectionError)
            assert_told(error, delivered="no", because="nothing listens at the address")

    def test_unknown_host_was_never_sent(self) -> None:
        with self.opened() as sender:
            error = failure_of(sender, post("http://nobody-has-this-name.invalid/"))
            assert isinstance(error, FaaSConnectionError)
            assert_told(error, delivered="no", because="nobody has the name of the host")
            assert "nobody-has-this-name.invalid" in str(error)

    @pytest.mark.parametrize("where", _CUT_SHORT)
    def test_answer_cut_short_may_have_been_acted_on(self, where: str) -> None:
        self.assert_lost(reading_then(_CUT_SHORT[where], Conversation.close))

    @pytest.mark.parametrize("where", _CUT_SHORT)
    def test_half_closed_answer_may_have_been_acted_on(self, where: str) -> None:
        def half_close(peer: Conversation) -> None:
            peer.half_close()
            peer.wait_for_close()

        self.assert_lost(reading_then(_CUT_SHORT[where], half_close))

    @pytest.mark.parametrize("where", ["before the answer", "in the body", "in a chunk"])
    def test_reset_may_have_been_acted_on(self, where: str) -> None:
        self.assert_lost(reading_then(_CUT_SHORT[where], Conversation.reset))

    def test_reset_during_upload_may_have_been_acted_on(self) -> None:
        def reset(peer: Conversation) -> None:
            peer.receive(1000)
            peer.reset()

        self.assert_lost(reset, content=bytes(4 * 2**20))

    @pytest.mark.parametrize("what", _UNREADABLE)
    def test_answer_that_is_no_http_cannot_be_read(self, what: str) -> None:
        self.assert_unreadable(_UNREADABLE[what])

    def test_garbage_of_the_server_is_not_shown_at_length(self) -> None:
        secret = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"
        script = reading_then(secret + b"x" * 5000 + b"\r\n\r\n", Conversation.close)
        with ScriptedServer(script) as server, self.opened() as sender:
            error = failure_of(sender, get(server.url()))
            assert secret.decode() not in str(error)
            assert len(str(error)) < 500
            assert "\n" not in str(error)
