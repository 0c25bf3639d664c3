"""`AiohttpTransport` keeps the contract of `AsyncTransport`, and its own word on sessions and connections."""

from __future__ import annotations

import asyncio
import gc
import math
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

import aiohttp
import pytest
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor

from lpfunctions.adapters.aio.http.release import DIRECT, SESSION, Release, installed, log_once
from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.core.errors import FaaSConnectionError, FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing.contracts import AsyncTransportContract, UsersSessionContract
from lpfunctions.testing.contracts.transport_cases.request_cases import TargetCases
from lpfunctions.testing.contracts.transport_cases.strictness_cases import StrictnessCases
from lpfunctions.testing.contracts.transport_cases.time_cases import DripCases
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, refused_port

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Unpack

    from lpfunctions.testing.contracts import TransportOptions

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


_AMPLE = 5.0

_Suite = TypeVar("_Suite", bound=type)


@pytest.fixture
def collected() -> Iterator[None]:
    """Collect what the test has left while its own filter of warnings holds, and not in the middle of another test."""
    yield
    gc.collect(1)


def closed_by_the_collector(suite: _Suite) -> _Suite:
    """Let connections of *suite* be closed when they are collected.

    The session of aiohttp drops the connection of a response that it refuses, and asyncio may collect it before it has
    closed it. Connections of our own are held to leave nothing.
    """
    tolerant = pytest.mark.filterwarnings(
        "ignore:unclosed:ResourceWarning",
        "ignore:Exception ignored in. <function _SelectorTransport:pytest.PytestUnraisableExceptionWarning",
        "ignore:Exception ignored in. <socket:pytest.PytestUnraisableExceptionWarning",
    )
    return tolerant(pytest.mark.usefixtures("collected")(suite))


class TestAiohttpTransport(AsyncTransportContract):
    def build(self, **options: Unpack[TransportOptions]) -> AiohttpTransport:
        return AiohttpTransport(**options)


@closed_by_the_collector
class TestAiohttpTransportUnderInstrumentation(AsyncTransportContract):
    """An instrumented aiohttp has traces in every session, and requests go through sessions to be traced."""

    @pytest.fixture(autouse=True)
    def instrumented(self) -> Iterator[None]:
        instrumentor = AioHttpClientInstrumentor()
        instrumentor.instrument()
        yield
        instrumentor.uninstrument()

    def build(self, **options: Unpack[TransportOptions]) -> AiohttpTransport:
        return AiohttpTransport(**options)


class _OverUsersSession:
    """A transport over a session whose every default is in the way."""

    def __init__(self, limits: TransportLimits) -> None:
        self._limits = limits
        self._session: aiohttp.ClientSession | None = None

    async def send(self, request: HttpRequest) -> HttpResponse:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={"authorization": "theirs", "User-Agent": "theirs", "X-Theirs": "1"},
                cookies={"theirs": "1"},
                timeout=aiohttp.ClientTimeout(total=0.001, sock_read=0.001),
                raise_for_status=True,
                middlewares=(_refuse,),
            )
            self._transport = AiohttpTransport(session=self._session, limits=self._limits)
        return await self._transport.send(request)

    async def aclose(self) -> None:
        if self._session is not None:
            await self._transport.aclose()
            await self._session.close()


async def _refuse(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    raise AssertionError("a middleware of the session was called")


@closed_by_the_collector
class TestAiohttpTransportOverUsersSession(UsersSessionContract, TargetCases, DripCases, StrictnessCases):
    def build(self, **options: Unpack[TransportOptions]) -> _OverUsersSession:
        return _OverUsersSession(options.get("limits", TransportLimits()))


def _get(url: str, timeout_seconds: float = _AMPLE, **headers: str) -> HttpRequest:
    return HttpRequest("GET", url, headers, None, timeout_seconds)


def _echo_target(peer: Conversation) -> None:
    while (request := peer.read_request()) is not None:
        peer.send(http_answer(200, request.target.encode()))


def _answer_once_then_close_on_the_second(peer: Conversation) -> None:
    peer.read_request()
    peer.send(http_answer())
    peer.read_request()


def _read_and_stall(peer: Conversation) -> None:
    peer.receive(100)
    peer.stall()


async def _answers_after_a_broken_one(transport: AiohttpTransport, server: ScriptedServer) -> list[str]:
    await transport.send(_get(server.url("/1")))
    with pytest.raises(FaaSConnectionError) as caught:
        await transport.send(_get(server.url("/2")))
    assert caught.value.delivered == "unknown"
    return [request.target for request in server.requests]


class TestConnections:
    async def test_get_is_not_sent_again_after_its_connection_broke(self) -> None:
        """aiohttp would do so by itself, once, for methods that it takes for idempotent."""
        with ScriptedServer(_answer_once_then_close_on_the_second) as server:
            transport = AiohttpTransport()
            assert await _answers_after_a_broken_one(transport, server) == ["/1", "/2"]
            await transport.aclose()

    async def test_framing_that_breaks_after_the_head_ends_the_exchange_at_once(self) -> None:
        """aiohttp closes the connection and leaves its reader waiting, here without any deadline."""

        def script(peer: Conversation) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
            peer.drip(b"ZZ\r\n", 0.02)
            peer.wait_for_close()

        with ScriptedServer(script) as server:
            transport = AiohttpTransport()
            async with asyncio.timeout(_AMPLE):
                with pytest.raises(FaaSRequestError) as caught:
                    await transport.send(_get(server.url(), math.inf))
            assert caught.value.delivered == "unknown"
            await transport.aclose()

    async def test_connection_is_dropped_when_the_answer_came_before_the_upload_was_taken(self) -> None:
        over = threading.Event()

        def script(peer: Conversation) -> None:
            peer.receive(100)
            peer.send(http_answer(413, b"too much"))
            over.wait(_AMPLE)
            peer.wait_for_close()

        with ScriptedServer(script) as server:
            transport = AiohttpTransport(limits=TransportLimits(max_connections=1))
            request = HttpRequest("POST", server.url(), {}, bytes(16 * 2**20), _AMPLE)
            assert (await transport.send(request)).content == b"too much"
            over.set()
            assert await asyncio.to_thread(server.wait_until_idle)
            await transport.aclose()

    async def test_forgotten_transport_closes_its_connections(self) -> None:
        with ScriptedServer(_echo_target) as server:
            await AiohttpTransport().send(_get(server.url()))
            gc.collect()
            assert await asyncio.to_thread(server.wait_until_idle)

    async def test_closing_during_a_lookup_ends_nobody(self) -> None:
        release = threading.Event()
        with ThreadPoolExecutor(1) as only_thread:
            asyncio.get_running_loop().set_default_executor(only_thread)
            only_thread.submit(release.wait, _AMPLE)
            transport = AiohttpTransport()
            sending = asyncio.ensure_future(transport.send(_get(f"http://localhost:{refused_port()}/")))
            await asyncio.sleep(0.02)
            await transport.aclose()
            assert not sending.done()
            release.set()
            with pytest.raises(FaaSConnectionError, match="cannot be reached") as caught:
                await sending
            assert caught.value.delivered == "no"

    async def test_user_who_closes_the_session_during_a_lookup_cancels_nobody(self) -> None:
        """aiohttp cancels the look-up, and with it would go a task that nobody wanted to stop."""
        release = threading.Event()
        with ThreadPoolExecutor(1) as only_thread:
            asyncio.get_running_loop().set_default_executor(only_thread)
            only_thread.submit(release.wait, _AMPLE)
            session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(resolver=aiohttp.ThreadedResolver()))
            sending = asyncio.ensure_future(AiohttpTransport(session=session).send(_get("http://localhost:1/")))
            await asyncio.sleep(0.02)
            await session.close()
            with pytest.raises(FaaSConnectionError) as caught:
                await sending
            assert caught.value.delivered == "no"
            release.set()

    async def test_lookup_that_hangs_does_not_outlast_the_deadline(self) -> None:
        release = threading.Event()
        with ThreadPoolExecutor(1) as only_thread:
            asyncio.get_running_loop().set_default_executor(only_thread)
            only_thread.submit(release.wait, _AMPLE)
            transport = AiohttpTransport()
            with pytest.raises(FaaSTimeoutError) as caught:
                await transport.send(_get("http://localhost:1/", 0.1))
            assert (caught.value.phase, caught.value.delivered) == ("connect", "no")
            release.set()
            await transport.aclose()

    @pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "127.0.0.1:1", "nonsense"])
    async def test_proxy_of_another_kind_is_not_spoken_to(self, proxy: str) -> None:
        transport = AiohttpTransport(proxy=proxy)
        with pytest.raises(FaaSRequestError) as caught:
            await transport.send(_get("http://functions.test/"))
        assert (caught.value.delivered, caught.value.retryable) == ("no", False)
        await transport.aclose()

    async def test_ca_bundle_that_is_missing_is_named(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/no/such/bundle")
        transport = AiohttpTransport(trust_env=True)
        with pytest.raises(FaaSRequestError, match="'/no/such/bundle'") as caught:
            await transport.send(_get("https://127.0.0.1:1/"))
        assert (caught.value.delivered, caught.value.retryable) == ("no", False)
        await transport.aclose()

    def test_two_loops_at_the_same_time_have_a_pool_each(self) -> None:
        with ScriptedServer(_echo_target) as server, ThreadPoolExecutor(2) as threads:
            transport = AiohttpTransport()

            async def many(name: str) -> list[bytes]:
                answers = [await transport.send(_get(server.url(f"/{name}{number}"))) for number in range(50)]
                return [answer.content for answer in answers]

            def run(name: str) -> list[bytes]:
                return asyncio.run(many(name))

            results = list(threads.map(run, "ab"))
            assert results == [[f"/{name}{number}".encode() for number in range(50)] for name in "ab"]
            assert server.connections == 2

    def test_forked_child_opens_connections_of_its_own(self) -> None:
        with ScriptedServer(_echo_target) as server:
            transport = AiohttpTransport()
            loop = asyncio.new_event_loop()

            def targets(loop: asyncio.AbstractEventLoop, name: str) -> bool:
                requests = [_get(server.url(f"/{name}/{number}")) for number in range(20)]
                answers: list[HttpResponse] = loop.run_until_complete(_gathered(transport, requests))
                return [answer.content for answer in answers] == [f"/{name}/{n}".encode() for n in range(20)]

            assert targets(loop, "before")
            child = os.fork()
            if child == 0:
                os._exit(0 if targets(asyncio.new_event_loop(), "child") else 1)
            assert targets(loop, "parent")
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
            assert targets(loop, "after")
            loop.run_until_complete(transport.aclose())
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()


async def _gathered(transport: AiohttpTransport, requests: list[HttpRequest]) -> list[HttpResponse]:
    return await asyncio.gather(*map(transport.send, requests))


_NEWER = Release("3.99.0", frozenset(DIRECT))
_LACKING = Release("3.14.9", frozenset({"http.StreamWriter.write_headers(self, status_line, headers)"}))


@closed_by_the_collector
class TestAiohttpTransportOnAnUnknownRelease(AsyncTransportContract):
    """Later than any that was looked at, and without a name that the direct path needs."""

    def build(self, **options: Unpack[TransportOptions]) -> AiohttpTransport:
        return AiohttpTransport(**options, release=_NEWER)


class TestReleases:
    def test_installed_aiohttp_is_known_and_has_every_name_that_is_needed(self) -> None:
        """If this fails: see ``release.py``, raise the release that is known, and see that this file still passes."""
        assert (installed().missing, installed().unsupported()) == (frozenset(), None)

    @pytest.mark.parametrize(
        ("release", "why"),
        [
            (Release("3.14.99"), None),
            (Release("3.15.0"), "aiohttp 3.15.0 is newer than 3.14, the last that is known"),
            (Release("4.0.0a1"), "aiohttp 4.0.0a1 is newer than 3.14, the last that is known"),
            (_LACKING, "aiohttp 3.14.9 has no http.StreamWriter.write_headers(self, status_line, headers)"),
        ],
        ids=lambda given: getattr(given, "version", ""),
    )
    def test_what_is_unknown_or_lacks_a_name_is_not_asked_directly(self, release: Release, why: str | None) -> None:
        assert release.unsupported() == why

    @pytest.mark.parametrize("release", [_NEWER, _LACKING], ids=["newer", "lacking"])
    async def test_slower_way_is_taken_and_said_once(self, release: Release, caplog: pytest.LogCaptureFixture) -> None:
        log_once.cache_clear()
        caplog.set_level("DEBUG", "lpfunctions.aiohttp")
        with ScriptedServer(_echo_target) as server:
            for _ in range(2):
                transport = AiohttpTransport(release=release)
                assert (await transport.send(_get(server.url("/there")))).content == b"/there"
                await transport.aclose()
        assert [(record.levelname, str(release.unsupported()) in record.getMessage()) for record in caplog.records] == [
            ("DEBUG", True)
        ]

    @pytest.mark.parametrize("name", sorted(SESSION))
    async def test_nothing_is_sent_where_it_could_not_be_told_what_was_sent(self, name: str) -> None:
        transport = AiohttpTransport(release=Release("3.99.0", frozenset({name})))
        with pytest.raises(FaaSRequestError, match="install aiohttp below") as caught:
            await transport.send(_get("http://127.0.0.1:1/"))
        assert (caught.value.delivered, caught.value.retryable) == ("no", False)


class TestUsersSession:
    async def test_it_stays_open(self) -> None:
        with ScriptedServer(_echo_target) as server:
            async with aiohttp.ClientSession() as session:
                transport = AiohttpTransport(session=session)
                await transport.send(_get(server.url()))
                await transport.aclose()
                assert not session.closed
                assert (await transport.send(_get(server.url("/again")))).content == b"/again"
            assert server.connections == 1

    async def test_get_is_not_sent_again_after_its_connection_broke(self) -> None:
        with ScriptedServer(_answer_once_then_close_on_the_second) as server:
            async with aiohttp.ClientSession() as session:
                transport = AiohttpTransport(session=session)
                assert await _answers_after_a_broken_one(transport, server) == ["/1", "/2"]

    async def test_stalled_upload_frees_its_connection_at_once(self) -> None:
        with ScriptedServer(_read_and_stall) as server:
            async with aiohttp.ClientSession() as session:
                transport = AiohttpTransport(session=session)
                request = HttpRequest("POST", server.url(), {}, bytes(16 * 2**20), 1.0)
                with pytest.raises(FaaSTimeoutError) as caught:
                    await transport.send(request)
            assert (caught.value.phase, caught.value.delivered) == ("response", "unknown")

    @pytest.mark.parametrize(
        "raised",
        [TimeoutError("limit"), OSError("limit"), ValueError("limit"), RuntimeError("limit"), Exception("limit")],
    )
    async def test_what_a_signal_handler_raises_in_the_middle_comes_out_unchanged(self, raised: Exception) -> None:
        """Here in the middle of a trace of the user's; aiohttp may have wrapped it."""

        def handle(*_arguments: object) -> None:
            raise raised

        async def interrupt(*_arguments: object) -> None:
            signal.raise_signal(signal.SIGUSR1)

        traces = aiohttp.TraceConfig()
        traces.on_connection_reuseconn.append(interrupt)
        usual = signal.signal(signal.SIGUSR1, handle)
        try:
            with ScriptedServer(_echo_target) as server:
                async with aiohttp.ClientSession(trace_configs=[traces]) as session:
                    transport = AiohttpTransport(session=session, limits=TransportLimits(max_connections=1))
                    for _ in range(3):
                        await transport.send(_get(server.url()))
                        with pytest.raises(type(raised)) as caught:
                            await transport.send(_get(server.url()))
                        assert caught.value is raised
        finally:
            signal.signal(signal.SIGUSR1, usual)

    async def test_closed_one_sends_nothing(self) -> None:
        with ScriptedServer(answering(http_answer())) as server:
            session = aiohttp.ClientSession()
            await session.close()
            with pytest.raises(FaaSRequestError) as caught:
                await AiohttpTransport(session=session).send(_get(server.url()))
            assert caught.value.delivered == "no"
            assert not server.connections
