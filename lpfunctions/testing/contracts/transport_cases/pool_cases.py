"""Connections: how many, for how long, and which response arrives on which."""

# The name of a test is its docstring.

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

import pytest

from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.testing.contracts.support.assertions import (
    AMPLE,
    SHORT,
    assert_told,
    content_or_failure,
    failure_of,
    get,
    post,
    timeout_of,
    within,
)
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.conversation import PATIENCE_SECONDS
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable


_ONE: Final = TransportLimits(max_connections=1)


def _echo(peer: Conversation) -> None:
    while (request := peer.read_request()) is not None:
        peer.stopping.wait(0.01)
        peer.send(http_answer(200, request.body))


def _failing(how: Callable[[Conversation], None]) -> Callable[[Conversation], None]:
    """Fail as *how* says if the target is /fail; otherwise answer."""

    def script(peer: Conversation) -> None:
        while (request := peer.read_request()) is not None:
            if request.target == "/fail":
                how(peer)
                return
            peer.send(http_answer(200, b"fine"))

    return script


def _sending(raw: bytes) -> Callable[[Conversation], None]:
    return lambda peer: peer.send(raw)


_FAILURES: Final[dict[str, Callable[[Conversation], None]]] = {
    "time": Conversation.wait_for_close,
    "reset": Conversation.reset,
    "close": Conversation.close,
    "garbage": _sending(b"garbage\r\n\r\n"),
    "cut short": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf"),
    "too large": _sending(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\nhalf"),
    "unknown coding": _sending(http_answer(200, b"x", fields=[("Content-Encoding", "br")])),
    "damaged gzip": _sending(http_answer(200, b"xx", fields=[("Content-Encoding", "gzip")])),
}


class PoolCases(SocketHarness):
    """Cases about the number of connections, their reuse and their end."""

    def test_connection_is_used_again(self) -> None:
        answers = (http_answer(200, b"one"), http_answer(204), http_answer(304), http_answer(500, b"two"))
        with ScriptedServer(answering(*answers)) as server, self.opened() as sender:
            for _ in range(8):
                sender.send(post(server.url()))
            assert server.connections == 1

    def test_no_more_connections_are_opened_than_allowed(self) -> None:
        limits = TransportLimits(max_connections=4)
        with ScriptedServer(_echo) as server, self.opened(limits=limits) as sender, ThreadPoolExecutor(16) as threads:
            bodies = [b"%d" % number for number in range(64)]
            answers = list(threads.map(sender.send, [post(server.url(), body) for body in bodies]))
            assert [answer.content for answer in answers] == bodies
            assert server.most_open <= 4
            assert server.connections <= 4

    def test_waiting_for_a_free_connection_does_not_outlast_the_deadline(self) -> None:
        is_free = threading.Event()

        def answer_late(peer: Conversation) -> None:
            peer.read_request()
            is_free.wait(PATIENCE_SECONDS)
            peer.send(http_answer(200, b"late"))

        with (
            ScriptedServer(answer_late) as server,
            self.opened(limits=_ONE) as sender,
            ThreadPoolExecutor(1) as thread,
        ):
            busy = thread.submit(sender.send, post(server.url()))
            assert server.wait_for_requests(1)
            error = timeout_of(sender, post(server.url(), timeout_seconds=SHORT))
            assert_told(
                error, delivered="no", phase="pool", because="no connection was free, so that no request was sent"
            )
            is_free.set()
            assert busy.result().content == b"late"

    def test_deadline_too_short_for_anything_neither_takes_nor_makes_a_place(self) -> None:
        with ScriptedServer(_echo) as server, self.opened(limits=_ONE) as sender, ThreadPoolExecutor(4) as threads:
            for _ in range(20):
                assert_told(
                    timeout_of(sender, post(server.url(), timeout_seconds=1e-9)),
                    delivered="no",
                    because="there was no time to send anything",
                )
            # A connection that was given up while it was opened reaches the server late, but before this one.
            with self.opened() as last:
                last.send(post(server.url()))
            assert server.wait_until_idle()
            server.most_open = 0
            answers = list(threads.map(sender.send, [post(server.url(), b"%d" % number) for number in range(8)]))
            assert [answer.content for answer in answers] == [b"%d" % number for number in range(8)]
            assert server.most_open == 1

    def test_freed_connection_goes_to_the_one_who_waits(self) -> None:
        with ScriptedServer(_echo) as server, self.opened(limits=_ONE) as sender, ThreadPoolExecutor(3) as threads:
            with within(1.0):
                answers = list(threads.map(sender.send, [post(server.url(), body) for body in (b"1", b"2", b"3")]))
            assert [answer.content for answer in answers] == [b"1", b"2", b"3"]
            assert server.connections == 1

    @pytest.mark.parametrize("how", _FAILURES)
    def test_failed_exchange_frees_its_place_and_not_its_connection(self, how: str) -> None:
        with ScriptedServer(_failing(_FAILURES[how])) as server, self.opened(limits=_ONE) as sender:
            sender.send(get(server.url()))
            failure_of(sender, get(server.url("/fail"), SHORT if how == "time" else AMPLE))
            assert sender.send(get(server.url())).content == b"fine"
            assert server.connections == 2

    def test_connection_idle_for_too_long_is_dropped(self) -> None:
        # A busy machine may let the short time pass between two requests.
        assert any(map(self._is_used_again_and_dropped_after, (0.1, 1.0)))

    @pytest.mark.parametrize("closing", ["FIN", "RST"])
    def test_connection_that_the_server_closed_while_idle_is_not_used(self, closing: str) -> None:
        def answer_once(peer: Conversation) -> None:
            peer.read_request()
            peer.send(http_answer(200, b"once"))
            if closing == "RST":
                time.sleep(0.01)  # an immediate reset would discard the response
                peer.reset()

        with ScriptedServer(answer_once) as server, self.opened() as sender:
            for number in range(1, 6):
                assert sender.send(post(server.url())).content == b"once"
                assert server.wait_until_idle()
                time.sleep(0.005)
                assert server.connections == number

    def test_connection_that_is_announced_to_close_is_not_used(self) -> None:
        raw = http_answer(200, b"last", fields=[("Connection", "close")])
        with ScriptedServer(answering(raw)) as server, self.opened() as sender:
            sender.send(post(server.url()))
            sender.send(post(server.url()))
            assert server.connections == 2

    def test_bytes_after_an_answer_do_not_become_the_next_answer(self) -> None:
        stray = http_answer(200, b"for somebody else")

        def answer_too_much(peer: Conversation) -> None:
            peer.read_request()
            peer.send(http_answer(200, b"yours") + stray)
            peer.wait_for_close()

        with ScriptedServer(answer_too_much) as server, self.opened() as sender:
            for _ in range(3):
                assert content_or_failure(sender, get(server.url(), SHORT)) in {b"yours", b""}

    def test_close_ends_idle_connections(self) -> None:
        with ScriptedServer(answering(http_answer())) as server, self.opened() as sender:
            sender.send(get(server.url()))
            assert not server.wait_until_idle(0.02)
            sender.close()
            assert server.wait_until_idle()

    def _is_used_again_and_dropped_after(self, seconds: float) -> bool:
        limits = TransportLimits(keepalive_seconds=seconds)
        with ScriptedServer(answering(http_answer())) as server, self.opened(limits=limits) as sender:
            sender.send(post(server.url()))
            sender.send(post(server.url()))
            is_used_again = server.connections == 1
            time.sleep(seconds * 1.5)
            connections = server.connections
            sender.send(post(server.url()))
            assert server.connections == connections + 1
            assert server.most_open <= 2
        return is_used_again
