"""Responses for which a lenient reader would take a part for the whole."""

# The name of a test is its docstring.

from __future__ import annotations

import threading
import time
from typing import Final

import pytest

from lpfunctions.testing.contracts.support.assertions import content_or_failure, get
from lpfunctions.testing.contracts.transport_cases.failure_cases import FailingHarness, reading_then
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, straying

_HEAD: Final = b"HTTP/1.1 200 OK\r\n"
_CHUNKED: Final = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

_CUT_HEADS: Final = {
    "in the status line": b"HTTP/1.1 20",
    "after the status line": _HEAD,
    "in a header name": _HEAD + b"Content-Len",
    "in a header value": _HEAD + b"Content-Length: 1",
    "after a header": _HEAD + b"Content-Length: 0\r\n",
}
_NONSENSE: Final = {
    "header without colon": _HEAD + b"no colon here\r\nContent-Length: 0\r\n\r\n",
    "length in words": _HEAD + b"Content-Length: many\r\n\r\nbody",
    "negative length": _HEAD + b"Content-Length: -5\r\n\r\nbody",
    "chunk size in words": _CHUNKED + b"many\r\nbody\r\n0\r\n\r\n",
    "negative chunk size": _CHUNKED + b"-4\r\nbody\r\n0\r\n\r\n",
}


class StrictnessCases(FailingHarness):
    """Cases about truncated heads, invalid numbers and interim responses."""

    @pytest.mark.parametrize("where", _CUT_HEADS)
    def test_head_cut_short_is_no_answer(self, where: str) -> None:
        self.assert_lost(reading_then(_CUT_HEADS[where], Conversation.close))

    @pytest.mark.parametrize("what", _NONSENSE)
    def test_nonsense_is_not_guessed_at(self, what: str) -> None:
        self.assert_unreadable(_NONSENSE[what])

    def test_answer_that_nobody_asked_for_is_given_to_nobody(self) -> None:
        has_strayed = threading.Event()
        with ScriptedServer(straying(has_strayed)) as server, self.opened() as sender:
            assert sender.send(get(server.url())).content == b"first"
            assert has_strayed.wait(1)
            time.sleep(0.02)
            assert content_or_failure(sender, get(server.url())) in {b"first", b"second", b""}

    def test_interim_answers_are_passed_over(self) -> None:
        interim = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
        raw = interim + http_answer(200, b"final")
        with ScriptedServer(answering(raw)) as server, self.opened() as sender:
            response = sender.send(get(server.url()))
        assert (response.status, response.content) == (200, b"final")
        assert "link" not in response.headers
