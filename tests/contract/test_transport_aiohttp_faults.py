"""What goes wrong around `AiohttpTransport`: a loop that stands still, a peer that stalls, a close in between."""

from __future__ import annotations

import asyncio
import gc
import gzip
import itertools
import math
import threading
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from lpfunctions.adapters.aio.http.release import is_replaced
from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.core.errors import FaaSConnectionError, FaaSResponseFormatError, FaaSTimeoutError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import get, post
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, straying

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


MIB = 2**20


@pytest.fixture
async def transport() -> AsyncIterator[AiohttpTransport]:
    made = AiohttpTransport(ssl_context=certificates.client_context(), limits=TransportLimits(max_connections=2))
    yield made
    await made.aclose()


@pytest.fixture
def loop_errors() -> list[str]:
    """What asyncio reports to the exception handler of the running loop, once `listen_to` was called."""
    return []


def listen_to(loop_errors: list[str]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: loop_errors.append(context["message"]))


async def test_answer_that_strayed_while_the_loop_stood_still_is_given_to_nobody(transport: AiohttpTransport) -> None:
    has_strayed = threading.Event()
    with ScriptedServer(straying(has_strayed)) as server:
        await transport.send(get(server.url()))
        assert has_strayed.wait(1)
        assert (await transport.send(get(server.url()))).content == b"first", "on a new connection"


@pytest.mark.parametrize("closing", ["FIN", "RST"])
async def test_connection_that_ended_while_the_loop_stood_still_is_not_used(
    transport: AiohttpTransport, closing: str
) -> None:
    def answer_once(peer: Conversation) -> None:
        peer.read_request()
        peer.send(http_answer(200, b"once"))
        time.sleep(0.02)
        if closing == "RST":
            peer.reset()

    with ScriptedServer(answer_once) as server:
        for _ in range(3):
            assert (await transport.send(post(server.url()))).content == b"once"
            assert server.wait_until_idle()  # holds the loop


async def test_tls_connection_is_dropped_when_the_answer_came_before_the_upload_was_taken(
    transport: AiohttpTransport,
) -> None:
    is_over = threading.Event()

    def reject_early(peer: Conversation) -> None:
        peer.receive(100)
        peer.send(http_answer(413, b"too much"))
        is_over.wait(2)
        peer.wait_for_close()

    with ScriptedServer(reject_early, tls=certificates.server_context()) as server:
        for _ in range(3):
            answer = await transport.send(post(server.url(), bytes(8 * MIB), 1.0))
            assert answer.content == b"too much"
        is_over.set()


@pytest.mark.parametrize("tls", [False, True], ids=["tcp", "tls"])
async def test_large_upload_does_not_hold_up_the_deadlines_of_others(transport: AiohttpTransport, tls: bool) -> None:
    context = certificates.server_context() if tls else None
    with ScriptedServer(Conversation.wait_for_close, tls=context) as server:
        # Of the loop's own time: what other processes of the machine take is not its doing.
        started = time.thread_time()
        small = asyncio.ensure_future(transport.send(get(server.url(), 0.05)))
        large = asyncio.ensure_future(transport.send(post(server.url(), bytes(64 * MIB), 10)))
        with pytest.raises(FaaSTimeoutError):
            await small
        held = time.thread_time() - started
        large.cancel()
        await asyncio.wait((large,))
    assert held < 0.05 + 0.1


async def test_body_without_length_that_ends_in_a_reset_is_no_answer(transport: AiohttpTransport) -> None:
    def cut(peer: Conversation) -> None:
        peer.read_request()
        peer.send(b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"half":')
        peer.stopping.wait(0.03)
        peer.reset()

    with ScriptedServer(cut) as server:
        with pytest.raises(FaaSConnectionError) as caught:
            await transport.send(post(server.url()))
        assert caught.value.delivered == "unknown"


async def test_upload_that_stalls_while_it_is_closed_ends_at_its_deadline(loop_errors: list[str]) -> None:
    listen_to(loop_errors)
    with ScriptedServer(Conversation.stall) as server:
        transport = AiohttpTransport()
        sending = asyncio.ensure_future(transport.send(post(server.url(), bytes(16 * MIB), 0.3)))
        await asyncio.sleep(0.1)
        await transport.aclose()
        assert not sending.done()
        with pytest.raises(FaaSTimeoutError):
            await sending
    assert loop_errors == []


async def test_exchange_that_is_given_up_after_closing_leaves_nothing_behind(loop_errors: list[str]) -> None:
    listen_to(loop_errors)

    def answer_half(peer: Conversation) -> None:
        peer.receive(100)
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
        peer.wait_for_close()

    with ScriptedServer(answer_half) as server:
        transport = AiohttpTransport()
        sending = asyncio.ensure_future(transport.send(post(server.url(), bytes(32 * MIB), math.inf)))
        await asyncio.sleep(0.15)
        await transport.aclose()
        sending.cancel()
        await asyncio.wait((sending,))
        assert sending.cancelled()
        assert await asyncio.to_thread(server.wait_until_idle)
    assert loop_errors == []


async def test_head_over_tls_ends_with_its_head(transport: AiohttpTransport) -> None:
    """It announces no length and no chunks; no end of the connection is waited for."""
    raw = b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n"
    with ScriptedServer(answering(raw), tls=certificates.server_context()) as server:
        assert (await transport.send(get(server.url())._replace(method="HEAD"))).status == 200


async def test_endless_empty_gzip_members_hold_the_loop_no_longer_than_anything_else(
    transport: AiohttpTransport,
) -> None:
    member = gzip.compress(b"")

    def endless(peer: Conversation) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n")
        while not peer.is_out_of_patience:
            peer.send(member * 10_000)

    with ScriptedServer(endless) as server:
        started = time.thread_time()
        with pytest.raises(FaaSResponseFormatError, match="empty members") as caught:
            await transport.send(post(server.url(), b"", 1.0))
    assert caught.value.delivered == "unknown"
    assert time.thread_time() - started < 0.1, "of the loop's own time"


async def test_body_that_unfolds_to_megabytes_never_holds_the_loop_for_long(transport: AiohttpTransport) -> None:
    raw = http_answer(200, gzip.compress(bytes(30 * MIB), 1), fields=[("Content-Encoding", "gzip")])
    turns: list[float] = []
    started = time.thread_time()
    bytes(bytearray(30 * MIB))
    copying = time.thread_time() - started

    async def take_turns() -> None:
        while True:
            turns.append(time.thread_time())
            await asyncio.sleep(0)

    with ScriptedServer(answering(raw)) as server:
        others = asyncio.ensure_future(take_turns())
        assert len((await transport.send(post(server.url()))).content) == 30 * MIB
        await asyncio.sleep(0)
        others.cancel()
    assert max(later - earlier for earlier, later in itertools.pairwise(turns)) < 0.01 + 3 * copying


async def test_reset_after_an_answer_in_two_pieces_is_reported_once(loop_errors: list[str]) -> None:
    listen_to(loop_errors)

    def script(peer: Conversation) -> None:
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
        peer.stopping.wait(0.03)
        peer.send(b"world")
        peer.read_request()
        peer.reset()

    with ScriptedServer(script) as server:
        transport = AiohttpTransport()
        await transport.send(post(server.url()))
        with pytest.raises(FaaSConnectionError):
            await transport.send(post(server.url()))
        await transport.aclose()
    del transport
    gc.collect()
    assert loop_errors == []


class _PlainHandle:
    """As uvloop gives for what is due at once: it cannot be asked when that is."""

    def __init__(self, timer: asyncio.TimerHandle) -> None:
        self.cancel = timer.cancel
        self.cancelled = timer.cancelled


class _LoopWithPlainHandles(asyncio.SelectorEventLoop):
    def call_at(self, when: float, callback: Any, *args: Any, context: Any = None) -> Any:  # type: ignore[override]
        return _PlainHandle(super().call_at(when, callback, *args, context=context))


def test_deadlines_ask_nothing_of_a_timer_but_to_be_cancelled() -> None:
    async def main(server: ScriptedServer) -> list[object]:
        transport = AiohttpTransport()
        requests = [post(server.url(), b"", seconds) for seconds in (0.0003, 5.0, 4.0)]
        found = await asyncio.gather(*map(transport.send, requests), return_exceptions=True)
        await transport.aclose()
        return [getattr(one, "status", one) for one in found[1:]]

    server = ScriptedServer(answering(http_answer()))
    with server, asyncio.Runner(loop_factory=_LoopWithPlainHandles) as runner:
        assert runner.run(main(server)) == [200, 200]


def test_whoever_replaces_the_session_s_request_sees_every_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Monitors and test doubles do; the direct path would pass them by."""
    assert not is_replaced()
    original: Any = vars(aiohttp.ClientSession)["_request"]

    async def watched(*args: Any, **options: Any) -> object:
        return await original(*args, **options)

    monkeypatch.setattr(aiohttp.ClientSession, "_request", watched)
    assert is_replaced()
