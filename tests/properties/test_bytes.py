"""R9: whatever bytes a server sends, a transport returns an answer or an error of ours, in time and within bounds."""

from __future__ import annotations

import gzip
import time
import tracemalloc
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.errors import FaaSError, FaaSRequestError
from lpfunctions.core.http.decoding import BodyDecoder
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.contracts.support.harness import sender_for
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from tests.support.strategies import mutated

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.contracts.support.harness import Sender
    from lpfunctions.testing.faults.scripted_server import Conversation

pytestmark = pytest.mark.sockets


MOST = 100_000
PLAIN = b'{"hello": "Ada"}'
BOMB = gzip.compress(bytes(50 * 2**20), 9)

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
VALID = [
    _HEAD + b"Content-Length: 16\r\n\r\n" + PLAIN,
    _HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n" + PLAIN[:5] + b"\r\nb\r\n" + PLAIN[5:] + b"\r\n0\r\n\r\n",
    _HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + gzip.compress(PLAIN),
    _HEAD + b"Content-Encoding: deflate\r\nConnection: close\r\n\r\n" + zlib.compress(PLAIN),
    b"HTTP/1.1 901 \r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n",
]

raw_answers = st.one_of(
    st.sampled_from(VALID).flatmap(mutated),
    st.binary(max_size=300),
    st.integers(0, 3000).map(lambda count: _HEAD + b"X: y\r\n" * count + b"Content-Length: 2\r\n\r\n{}"),
    st.integers(0, 200_000).map(lambda size: _HEAD + b"X: " + b"y" * size + b"\r\nContent-Length: 2\r\n\r\n{}"),
    st.integers(0, 150_000).map(lambda size: _HEAD + b"Content-Length: %d\r\n\r\n" % size + bytes(size)),
    mutated(BOMB[:1000]).map(
        lambda start: _HEAD + b"Content-Encoding: gzip\r\nConnection: close\r\n\r\n" + start + BOMB[1000:]
    ),
)


class AnsweringServer:
    """A transport, and a server that sends what the test says and hangs up."""

    sender: Sender

    def __init__(self) -> None:
        self.server = ScriptedServer(self.play)
        self.raw = b""

    def play(self, peer: Conversation) -> None:
        if peer.read_request() is not None:
            peer.send(self.raw)
            peer.half_close()
            peer.wait_for_close()


@pytest.fixture(scope="module", params=["requests", "aiohttp"])
def answering(request: pytest.FixtureRequest) -> Iterator[AnsweringServer]:
    limits = TransportLimits(max_response_bytes=MOST)
    transport = RequestsTransport(limits=limits) if request.param == "requests" else AiohttpTransport(limits=limits)
    answering = AnsweringServer()
    with answering.server, sender_for(transport) as answering.sender:
        yield answering


def examine(response: HttpResponse) -> None:
    assert len(response.content) <= MOST
    assert all(name == name.lower() for name in response.headers)


def examine_failure(error: FaaSRequestError) -> None:
    assert error.delivered == "unknown", repr(error)
    assert str(error).isprintable()
    assert len(str(error)) < 1000
    assert error.__cause__ is None


@given(raw=raw_answers)
def test_whatever_bytes_a_server_sends(answering: AnsweringServer, raw: bytes) -> None:
    answering.raw = raw
    started = time.monotonic()
    try:
        examine(answering.sender.send(HttpRequest("POST", answering.server.url(), {}, b"{}", 2.0)))
    except FaaSRequestError as error:
        examine_failure(error)
    assert time.monotonic() - started < 2.5


@given(
    coding=st.sampled_from(["", "identity", "gzip", "deflate", "GZIP ", "br", "gzip, gzip"]),
    content=st.one_of(
        mutated(gzip.compress(PLAIN * 20)), mutated(zlib.compress(PLAIN * 20)), mutated(BOMB), st.binary(max_size=200)
    ),
    step=st.integers(1, 70_000),
)
def test_whatever_a_body_holds_memory_is_bounded(coding: str, content: bytes, step: int) -> None:
    tracemalloc.start()
    try:
        decoder = BodyDecoder(coding, MOST)
        for start in range(0, len(content), max(step, len(content) // 50)):
            decoder.feed(content[start : start + max(step, len(content) // 50)])
        assert len(decoder.finish()) <= MOST
    except FaaSError:
        pass
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 4 * MOST + len(content)
