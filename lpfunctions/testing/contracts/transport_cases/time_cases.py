"""The timeout bounds the whole request, whichever part of it is slow."""

# The name of a test is its docstring.

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from lpfunctions.testing.contracts.support.assertions import (
    SHORT,
    assert_told,
    get,
    post,
    timeout_of,
    timeout_once_sent,
)
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import DeadAddress

if TYPE_CHECKING:
    from collections.abc import Callable

_PAUSE: Final = SHORT / 5
"""Seconds between two bytes: so short that no single read times out."""


def _dripping(at_once: bytes, drop_by_drop: bytes) -> Callable[[Conversation], None]:
    def script(peer: Conversation) -> None:
        peer.read_request()
        peer.send(at_once)
        peer.drip(drop_by_drop * 1000, _PAUSE)

    return script


_HEAD: Final = b"HTTP/1.1 200 OK\r\n"
_CHUNKED: Final = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

BODY_DRIPS: Final = {
    "body": _dripping(_HEAD + b"Content-Length: 5000\r\n\r\n", b"b"),
    "body until close": _dripping(_HEAD + b"Connection: close\r\n\r\n", b"b"),
    "chunk": _dripping(_CHUNKED + b"1000\r\n", b"c"),
    "chunk after chunk": _dripping(_CHUNKED, b"1\r\nc\r\n"),
}
OTHER_DRIPS: Final = {
    "status line": _dripping(b"", b"HTTP/1.1 200 OK"),
    "header name": _dripping(_HEAD, b"x"),
    "header value": _dripping(_HEAD + b"X-Slow: ", b"v"),
    "header after header": _dripping(_HEAD, b"a:b\r\n"),
    "chunk size": _dripping(_CHUNKED, b"0"),
    "chunk extension": _dripping(_CHUNKED + b"1", b";ext"),
    "trailer": _dripping(_CHUNKED + b"2\r\nok\r\n0\r\nX-Trailer: ", b"t"),
    "interim answers": _dripping(b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
}


class _TimedHarness(SocketHarness):
    def _assert_response_times_out(self, script: Callable[[Conversation], None]) -> None:
        with ScriptedServer(script) as server, self.opened() as sender:
            error = timeout_once_sent(sender, post(server.url(), timeout_seconds=SHORT))
            assert_told(error, delivered="unknown", phase="response", because="the server has the whole request")
            assert server.wait_until_idle(), "the connection is closed, because the response may still arrive"


class DripCases(_TimedHarness):
    """Cases that no timeout of a single read can bound."""

    @pytest.mark.parametrize("part", OTHER_DRIPS)
    def test_dripping_answer_does_not_outlast_the_deadline(self, part: str) -> None:
        self._assert_response_times_out(OTHER_DRIPS[part])


class TimeCases(_TimedHarness):
    """Each case sets a short deadline and expects that it is kept, with ``phase`` and ``delivered``."""

    @pytest.mark.parametrize("part", BODY_DRIPS)
    def test_dripping_body_does_not_outlast_the_deadline(self, part: str) -> None:
        self._assert_response_times_out(BODY_DRIPS[part])

    def test_silent_server_does_not_outlast_the_deadline(self) -> None:
        def silent(peer: Conversation) -> None:
            peer.read_request()
            peer.wait_for_close()

        self._assert_response_times_out(silent)

    def test_body_that_stops_does_not_outlast_the_deadline(self) -> None:
        def stopping(peer: Conversation) -> None:
            peer.read_request()
            peer.send(_HEAD + b"Content-Length: 10\r\n\r\nhalf")
            peer.wait_for_close()

        self._assert_response_times_out(stopping)

    def test_upload_that_nobody_reads_does_not_outlast_the_deadline(self) -> None:
        with ScriptedServer(Conversation.stall) as server, self.opened() as sender:
            error = timeout_once_sent(sender, post(server.url(), bytes(32 * 2**20), SHORT))
            assert_told(error, delivered="unknown", phase="response", because="a part of the request was sent")

    def test_upload_that_is_read_by_drops_does_not_outlast_the_deadline(self) -> None:
        def sipping(peer: Conversation) -> None:
            while not peer.stopping.wait(_PAUSE) and not peer.is_out_of_patience:
                peer.receive(64 * 1024)

        with ScriptedServer(sipping) as server, self.opened() as sender:
            error = timeout_once_sent(sender, post(server.url(), bytes(32 * 2**20), SHORT))
            assert_told(error, delivered="unknown", phase="response", because="a part of the request was sent")

    def test_address_that_does_not_answer_does_not_outlast_the_deadline(self) -> None:
        with DeadAddress() as dead, self.opened() as sender:
            error = timeout_of(sender, post(dead.url(), timeout_seconds=SHORT))
            assert_told(
                error, delivered="no", phase="connect", because="the address never answered, so that nothing was sent"
            )

    def test_second_exchange_on_a_connection_has_a_deadline_of_its_own(self) -> None:
        def answer_then_wait(peer: Conversation) -> None:
            peer.read_request()
            peer.send(_HEAD + b"Content-Length: 0\r\n\r\n")
            peer.read_request()
            peer.wait_for_close()

        with ScriptedServer(answer_then_wait) as server, self.opened() as sender:
            sender.send(get(server.url()))
            error = timeout_of(sender, post(server.url(), timeout_seconds=SHORT * 2))
            assert_told(error, delivered="unknown", phase="response", because="the server has the whole request")
            assert server.connections == 1
