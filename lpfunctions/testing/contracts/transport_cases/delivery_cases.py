"""``delivered``, for a server that executes a request as soon as it has read the head, and then sends no response.

With ``delivered="no"`` a call is repeated. A transport may say so only if no byte of the request was written to a
socket; a reset, a close or a timeout after that does not show what the server has done.
"""

# The name of a test is its docstring.

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import AMPLE, SHORT, failure_of, get, post
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.attempts import Delivered
    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.testing.contracts.support.harness import Sender, TransportOptions

_MIB: Final = 2**20
_REQUESTS: Final = 40


def _half_close(peer: Conversation) -> None:
    peer.half_close()
    peer.wait_for_close()


def _half_a_head(peer: Conversation) -> None:
    # An incomplete head with a status like 429 does not mean that the request was refused.
    peer.send(b"HTTP/1.1 429 Too Many")
    peer.close()


_ENDINGS: Final[dict[str, Callable[[Conversation], None]]] = {
    "reset": Conversation.reset,
    "close": Conversation.close,
    "half close": _half_close,
    "silence": Conversation.wait_for_close,
    "half a head": _half_a_head,
}
_BODIES: Final = {"small body": 2, "large body": 8 * _MIB}


class _Actor:
    """A server that answers ``/first``; it executes each other request when its head has arrived, and then *ends*.

    Attributes:
        acted: the targets of the requests that it has executed.
    """

    def __init__(self, end: Callable[[Conversation], None]) -> None:
        self.acted: list[str] = []
        self._end = end

    def __call__(self, peer: Conversation) -> None:
        while (head := peer.read_head()) is not None:
            if head.target != "/first":
                self.acted.append(head.target)
                self._end(peer)
                return
            peer.send(http_answer(200, b"first"))


class DeliveryCases(SocketHarness):
    """Cases that compare ``delivered`` with what a server did."""

    @pytest.mark.parametrize("is_kept", [False, True], ids=["new connection", "kept connection"])
    @pytest.mark.parametrize("body", _BODIES)
    @pytest.mark.parametrize("how", _ENDINGS)
    def test_request_whose_head_was_read_may_have_been_acted_on(self, how: str, body: str, is_kept: bool) -> None:
        self._assert_unknown(_ENDINGS[how], _BODIES[body], is_kept=is_kept)

    @pytest.mark.parametrize("number", [1, 30])
    def test_request_of_which_bytes_have_left_may_have_been_acted_on(self, number: int) -> None:
        def script(peer: Conversation) -> None:
            peer.receive(number)
            peer.reset()

        with ScriptedServer(script) as server, self.opened() as sender:
            error = failure_of(sender, post(server.url()))
        assert error.delivered == "unknown", "the whole request was written, and cannot be recalled"

    def test_connection_that_closes_while_idle_is_never_an_excuse_for_a_request_that_was_acted_on(self) -> None:
        actor = _ClosesAfterAnswers()
        with ScriptedServer(actor) as server, self.opened() as sender:
            for number in range(_REQUESTS):
                request = get(server.url(f"/{number}"))
                told = _delivered(sender, request)
                acted = actor.acted.count(f"/{number}")
                assert told != "no" or not acted, f"reported as not delivered, and executed {acted} times"
        assert max(map(actor.acted.count, actor.acted)) == 1, "no transport repeats a request by itself"

    def _assert_unknown(
        self, end: Callable[[Conversation], None], body_bytes: int, *, is_kept: bool, is_tls: bool = False
    ) -> None:
        # A machine that is busy with other things may let the first deadline pass before the server reads anything.
        for seconds in (SHORT * 2, AMPLE):
            acted, error = self._ended_by(end, body_bytes, seconds, is_kept=is_kept, is_tls=is_tls)
            if acted:
                break
        assert acted == ["/acted"], "the server must read the head of the request, once"
        assert error.delivered == "unknown", "the server has executed the request; the port asks for unknown here"

    def _ended_by(
        self, end: Callable[[Conversation], None], body_bytes: int, seconds: float, *, is_kept: bool, is_tls: bool
    ) -> tuple[list[str], FaaSRequestError]:
        actor = _Actor(end)
        options: TransportOptions = {"ssl_context": certificates.client_context()} if is_tls else {}
        tls = certificates.server_context() if is_tls else None
        with ScriptedServer(actor, tls=tls) as server, self.opened(**options) as sender:
            if is_kept:
                assert sender.send(get(server.url("/first"))).content == b"first"
            error = failure_of(sender, post(server.url("/acted"), bytes(body_bytes), seconds))
        return actor.acted, error


class TlsDeliveryCases(DeliveryCases):
    """The same over TLS."""

    @pytest.mark.parametrize("is_kept", [False, True], ids=["new connection", "kept connection"])
    @pytest.mark.parametrize("body", _BODIES)
    @pytest.mark.parametrize("how", _ENDINGS)
    def test_request_whose_head_was_read_over_tls_may_have_been_acted_on(
        self, how: str, body: str, is_kept: bool
    ) -> None:
        self._assert_unknown(_ENDINGS[how], _BODIES[body], is_kept=is_kept, is_tls=True)


def _delivered(sender: Sender, request: HttpRequest) -> Delivered:
    try:
        sender.send(request)
    except FaaSRequestError as error:
        return error.delivered
    return "yes"


class _ClosesAfterAnswers:
    """Answer, and close the connection at about the time of the next request."""

    def __init__(self) -> None:
        self.acted: list[str] = []

    def __call__(self, peer: Conversation) -> None:
        for _ in range(2):
            head = peer.read_head()
            if head is None:
                return
            self.acted.append(head.target)
            peer.send(http_answer(200, b"fine"))
        peer.stopping.wait(peer.number % 5 * 0.0003)
