"""How a response is read."""

# The name of a test is its docstring.

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from typing import Final
from urllib.parse import urlsplit

import pytest

from lpfunctions.core.errors import FaaSResponseFormatError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing.contracts.support.assertions import AMPLE, GRACE, assert_told, failure_of, get, within
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

BODY: Final = b'{"result":"' + bytes(range(32, 127)) * 500 + b'"}'

_MEBIBYTE: Final = 2**20
_SMALL: Final = TransportLimits(max_response_bytes=64 * 1024)


def chunked(body: bytes, size: int = 1000) -> bytes:
    """*body* in the chunked transfer-coding, with a trailer."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nX-Trailer: 1\r\n\r\n"


def raw_deflate(body: bytes) -> bytes:
    """*body* deflated without the zlib header, as some servers send it."""
    deflater = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return deflater.compress(body) + deflater.flush()


_CODED: Final = {
    "gzip": ("gzip", gzip.compress(BODY)),
    "gzip in capitals": ("GZIP", gzip.compress(BODY)),
    "deflate": ("deflate", zlib.compress(BODY)),
    "raw deflate": ("deflate", raw_deflate(BODY)),
    "identity": ("identity", BODY),
}


class AnswerCases(SocketHarness):
    """Cases about status line, header fields, framing, content-coding and size."""

    def _answer(self, raw: bytes, method: str = "GET") -> HttpResponse:
        def once(peer: Conversation) -> None:
            peer.read_request()
            peer.send(raw)

        with ScriptedServer(once) as server, self.opened() as sender:
            return sender.send(HttpRequest(method, server.url(), {}, None, AMPLE))

    @pytest.mark.parametrize("version", ["1.0", "1.1"])
    def test_version_and_peer_are_true_or_left_out(self, version: str) -> None:
        def once(peer: Conversation) -> None:
            peer.read_request()
            peer.send(f"HTTP/{version} 200 OK\r\nContent-Length: 2\r\n\r\nok".encode())

        with ScriptedServer(once) as server, self.opened() as sender:
            answer = sender.send(get(server.url()))
            where = urlsplit(server.url())
        assert answer.http_version in {version, ""}
        assert answer.peer in {(where.hostname, where.port), None}

    @pytest.mark.parametrize(
        ("line", "reason"),
        [("HTTP/1.1 901 Lambda Failed Badly", "Lambda Failed Badly"), ("HTTP/1.1 200 ", ""), ("HTTP/1.1 200", "")],
        ids=["phrase", "empty phrase", "no phrase"],
    )
    def test_reason_phrase_is_kept(self, line: str, reason: str) -> None:
        response = self._answer(line.encode() + b"\r\nContent-Length: 2\r\n\r\nok")
        assert (response.reason, response.content) == (reason, b"ok")

    def test_header_names_are_lower_case_and_repeated_fields_joined(self) -> None:
        fields = (("X-Request-ID", "1"), ("Retry-After", "2"), ("x-many", "a"), ("X-Many", "b"), ("X-MANY", "c"))
        headers = self._answer(http_answer(200, b"", fields=fields)).headers
        assert (headers["x-request-id"], headers["retry-after"]) == ("1", "2")
        assert headers["x-many"] == "a, b, c"
        assert all(name == name.lower() for name in headers)

    def test_header_value_keeps_its_inner_space_and_loses_its_outer(self) -> None:
        wide = "a" + " " * 6000 + "b"
        with within(1.0):
            headers = self._answer(http_answer(200, b"", fields=[("X-Wide", f"  {wide} \t")])).headers
        assert headers["x-wide"] == wide

    def test_header_folded_over_two_lines_is_one_value(self) -> None:
        raw = b"HTTP/1.1 200 OK\r\nX-Folded: one\r\n  two\r\nContent-Length: 2\r\n\r\nok"
        response = self._answer(raw)
        assert response.headers["x-folded"].split() == ["one", "two"]
        assert response.content == b"ok"

    def test_long_header_value_is_accepted(self) -> None:
        assert self._answer(http_answer(200, b"", fields=[("X-Long", "v" * 6000)])).headers["x-long"] == "v" * 6000

    @pytest.mark.parametrize("name", _CODED)
    def test_content_coding_is_undone(self, name: str) -> None:
        coding, coded = _CODED[name]
        response = self._answer(http_answer(200, coded, fields=[("Content-Encoding", coding)]))
        assert response.content == BODY

    @pytest.mark.parametrize("name", _CODED)
    def test_chunked_body_is_put_together_and_decoded(self, name: str) -> None:
        coding, coded = _CODED[name]
        fields = [("Transfer-Encoding", "chunked"), ("Content-Encoding", coding)]
        assert self._answer(http_answer(200, chunked(coded), fields=fields)).content == BODY

    def test_body_without_length_ends_with_the_connection(self) -> None:
        assert self._answer(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + BODY).content == BODY

    def test_http_1_0_answer_is_read(self) -> None:
        response = self._answer(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold")
        assert (response.status, response.content) == (200, b"old")

    def test_answer_to_head_has_no_body(self) -> None:
        response = self._answer(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", method="HEAD")
        assert (response.status, response.content) == (200, b"")

    def test_unknown_content_coding_is_refused(self) -> None:
        raw = http_answer(200, b"xx", fields=[("Content-Encoding", "br")])
        with ScriptedServer(answering(raw)) as server, self.opened() as sender:
            assert isinstance(failure_of(sender, get(server.url())), FaaSResponseFormatError)

    @pytest.mark.parametrize("body", [BODY, b""], ids=["full", "empty"])
    def test_body_of_exactly_the_limit_is_accepted(self, body: bytes) -> None:
        limits = TransportLimits(max_response_bytes=len(body) or 1)
        with ScriptedServer(answering(http_answer(200, body))) as server, self.opened(limits=limits) as sender:
            assert sender.send(get(server.url())).content == body

    @pytest.mark.parametrize("framing", ["length", "chunks", "close"])
    def test_body_over_the_limit_is_refused(self, framing: str) -> None:
        body = b"x" * (_SMALL.max_response_bytes + 1)
        raw = {
            "length": http_answer(200, body),
            "chunks": http_answer(200, chunked(body), fields=[("Transfer-Encoding", "chunked")]),
            "close": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body,
        }[framing]
        self._assert_refused(raw)

    def test_gzip_bomb_is_refused_in_little_memory(self) -> None:
        bomb = gzip.compress(bytes(64 * _MEBIBYTE))
        self._assert_refused(http_answer(200, bomb, fields=[("Content-Encoding", "gzip")]))

    def test_announced_length_over_the_limit_is_refused_before_the_body_comes(self) -> None:
        def announce(peer: Conversation) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
            peer.wait_for_close()

        with ScriptedServer(announce) as server, self.opened(limits=_SMALL) as sender:
            with within(1.0):
                error = failure_of(sender, get(server.url()))
            assert isinstance(error, FaaSResponseFormatError)
            assert_told(error, delivered="unknown", because="the server has the whole request")
            assert server.wait_until_idle(GRACE + 1), "the connection cannot be used again and is closed"

    def _assert_refused(self, raw: bytes) -> None:
        with ScriptedServer(answering(raw)) as server, self.opened(limits=_SMALL) as sender:
            tracemalloc.start()
            try:
                error = failure_of(sender, get(server.url()))
                _, peak = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        assert isinstance(error, FaaSResponseFormatError)
        assert_told(error, delivered="unknown", because="the server has the whole request")
        assert peak < 4 * _MEBIBYTE
