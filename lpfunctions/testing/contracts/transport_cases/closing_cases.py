"""Closing: idle connections are closed at once, requests under way complete, and no caller waits."""

# The name of a test is its docstring.

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.testing.contracts.support.assertions import AMPLE, post
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from collections.abc import Callable

_ONE: Final = TransportLimits(max_connections=1)


def _answering_when(may_answer: threading.Event) -> Callable[[Conversation], None]:
    """Answer the target /slow when *may_answer* is set, everything else at once."""

    def script(peer: Conversation) -> None:
        while (request := peer.read_request()) is not None:
            if request.target == "/slow":
                may_answer.wait(AMPLE)
            peer.send(http_answer(200, request.target.encode()))

    return script


class ClosingCases(SocketHarness):
    """Cases about ``close`` and ``aclose``, which mean the same."""

    def test_closing_leaves_exchanges_under_way_alone_and_closes_behind_them(self) -> None:
        may_answer = threading.Event()
        with (
            ScriptedServer(_answering_when(may_answer)) as server,
            self.opened() as sender,
            ThreadPoolExecutor(4) as threads,
        ):
            sender.send(post(server.url("/")))
            slow = [threads.submit(sender.send, post(server.url("/slow"), timeout_seconds=AMPLE)) for _ in range(4)]
            assert server.wait_for_requests(5)
            sender.close()
            assert not any(one.done() for one in slow), "close waits for no request, and cancels none"
            may_answer.set()
            assert [one.result().content for one in slow] == [b"/slow"] * 4, "each request got its own response"
            assert len(server.requests) == 5, "closing repeats no request"
            assert server.wait_until_idle(), "each connection is closed when its request is done"

    def test_closing_ends_free_connections_while_others_are_in_use(self) -> None:
        may_answer = threading.Event()
        has_closed = threading.Event()

        def script(peer: Conversation) -> None:
            _answering_when(may_answer)(peer)
            has_closed.set()

        with ScriptedServer(script) as server, self.opened() as sender, ThreadPoolExecutor(1) as threads:
            slow = threads.submit(sender.send, post(server.url("/slow")))
            assert server.wait_for_requests(1)
            sender.send(post(server.url("/")))
            sender.close()
            assert has_closed.wait(AMPLE), "the idle connection is closed now, not when the other request is done"
            assert not slow.done()
            may_answer.set()
            assert slow.result().content == b"/slow"

    def test_request_that_waits_for_a_connection_while_it_is_closed_is_sent_all_the_same(self) -> None:
        may_answer = threading.Event()
        with (
            ScriptedServer(_answering_when(may_answer)) as server,
            self.opened(limits=_ONE) as sender,
            ThreadPoolExecutor(3) as threads,
        ):
            slow = threads.submit(sender.send, post(server.url("/slow")))
            assert server.wait_for_requests(1)
            waiting = [threads.submit(sender.send, post(server.url(f"/{number}"))) for number in range(2)]
            sender.close()
            may_answer.set()
            assert slow.result().content == b"/slow"
            assert [one.result().content for one in waiting] == [b"/0", b"/1"]
            assert server.wait_until_idle()

    def test_upload_under_way_while_it_is_closed_arrives_whole(self) -> None:
        has_begun, may_read = threading.Event(), threading.Event()
        body = bytes(range(256)) * 2**14

        def read_late(peer: Conversation) -> None:
            has_begun.set()
            may_read.wait(AMPLE)
            while (request := peer.read_request()) is not None:
                peer.send(http_answer(200, b"whole" if request.body == body else b"not whole"))

        with ScriptedServer(read_late) as server, self.opened() as sender, ThreadPoolExecutor(1) as threads:
            upload = threads.submit(sender.send, post(server.url(), body))
            assert has_begun.wait(AMPLE)
            sender.close()
            may_read.set()
            assert upload.result().content == b"whole"
            assert server.wait_until_idle()

    def test_what_is_sent_after_closing_leaves_no_connection_behind(self) -> None:
        with ScriptedServer(_answering_when(threading.Event())) as server, self.opened() as sender:
            sender.close()
            for number in range(3):
                assert sender.send(post(server.url(f"/{number}"))).content == b"/%d" % number
                assert server.wait_until_idle(), "a connection opened after closing is closed after its request"
