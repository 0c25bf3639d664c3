"""How long `AiohttpTransport` tries to open a connection, and what it says when it gives up."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from lpfunctions import AsyncClient, BearerToken, FaaSInvokeError, RetryPolicy, StaticDomainResolver
from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.core.errors import FaaSConnectionError, FaaSTimeoutError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import get, post
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import DeadAddress, http_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

LIMIT_SECONDS = 0.2
QUICK = TransportLimits(connect_timeout_seconds=LIMIT_SECONDS)

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


@pytest.fixture(params=["own connections", "a user's session"])
async def transport(request: pytest.FixtureRequest) -> AsyncIterator[AiohttpTransport]:
    async with aiohttp.ClientSession() as session:
        given = session if request.param == "a user's session" else None
        made = AiohttpTransport(limits=QUICK, session=given, ssl_context=certificates.client_context())
        yield made
        await made.aclose()


async def test_address_that_swallows_packets_costs_the_connect_limit(transport: AiohttpTransport) -> None:
    with DeadAddress() as dead:
        took, error = await outcome(transport, dead.url(), timeout_seconds=2.0)
    assert isinstance(error, FaaSConnectionError)
    assert (error.delivered, error.retryable) == ("no", True)
    assert "connect_timeout=0.2 s" in str(error)
    assert took < 2 * LIMIT_SECONDS + await lateness()


async def test_handshake_that_stalls_costs_the_connect_limit(transport: AiohttpTransport) -> None:
    with ScriptedServer(Conversation.wait_for_close) as server:
        took, error = await outcome(transport, server.url().replace("http:", "https:"), timeout_seconds=2.0)
    assert isinstance(error, FaaSConnectionError)
    assert error.delivered == "no"
    assert took < 2 * LIMIT_SECONDS + await lateness()


async def test_deadline_that_comes_first_is_a_timeout_of_the_call(transport: AiohttpTransport) -> None:
    with DeadAddress() as dead:
        _, error = await outcome(transport, dead.url(), timeout_seconds=LIMIT_SECONDS / 2)
    assert isinstance(error, FaaSTimeoutError)
    assert (error.phase, error.delivered) == ("connect", "no")


async def test_slow_answer_is_none_of_its_business(transport: AiohttpTransport) -> None:
    def answer_late(peer: Conversation) -> None:
        peer.read_request()
        peer.stopping.wait(2 * LIMIT_SECONDS)
        peer.send(http_answer(200, b"late"))

    with ScriptedServer(answer_late) as server:
        assert (await transport.send(post(server.url()))).content == b"late"


def test_two_dead_addresses_of_a_host_cost_no_more_than_one() -> None:
    limits = TransportLimits(connect_timeout_seconds=0.5)
    with DeadAddress() as dead, DeadAddress("127.0.0.2", dead.port), two_addresses() as runner:
        took, error = runner.run(outcome_at_two_addresses(limits, dead.port))
    assert isinstance(error, FaaSConnectionError)
    assert error.delivered == "no"
    assert took < 2 * 0.5


def test_address_that_is_alive_beside_a_dead_one_is_found_within_the_limit() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(http_answer(200, b"alive"))
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def found_beside(port: int) -> object:
        async with await asyncio.start_server(answer, "127.0.0.2", port):
            return (await outcome_at_two_addresses(TransportLimits(), port))[1]

    with DeadAddress() as dead, two_addresses() as runner:
        assert runner.run(found_beside(dead.port)) == b"alive"


async def test_call_to_a_dead_host_is_tried_again_within_its_deadline() -> None:
    with DeadAddress() as dead:
        options: dict[str, Any] = {"protocol": "http", "connect_timeout": LIMIT_SECONDS, "timeout": 2.0}
        client = AsyncClient(
            account_id="12345678",
            auth_strategy=BearerToken("x"),
            domain_resolver=StaticDomainResolver({"faasGW": f"127.0.0.1:{dead.port}"}),
            retry=RetryPolicy(max_retries=2, base_seconds=0.01),
            **options,
        )
        async with client:
            with pytest.raises(FaaSInvokeError) as caught:
                await client.invoke(lambda_uuid="x")
    assert caught.value.delivered == "no"
    assert [attempt.error for attempt in caught.value.attempts] == ["FaaSConnectionError"] * 3


async def outcome(transport: AiohttpTransport, url: str, *, timeout_seconds: float) -> tuple[float, object]:
    """Seconds that a request took, and the error it came to, or the content of its response."""
    started = time.monotonic()
    try:
        found: object = (await transport.send(get(url, timeout_seconds))).content
    except (FaaSConnectionError, FaaSTimeoutError) as error:
        found = error
    return time.monotonic() - started, found


async def outcome_at_two_addresses(limits: TransportLimits, port: int) -> tuple[float, object]:
    """As `outcome`, of a host that resolves to the first two addresses of the loopback."""
    made = AiohttpTransport(limits=limits)
    try:
        return await outcome(made, f"http://two.test:{port}/", timeout_seconds=2.0)
    finally:
        await made.aclose()


async def lateness() -> float:
    """Seconds by which a plain timer of this loop is late, on this machine, now."""
    started = time.monotonic()
    await asyncio.sleep(LIMIT_SECONDS)
    return time.monotonic() - started - LIMIT_SECONDS


class _LoopWithTwoAddresses(asyncio.SelectorEventLoop):
    async def getaddrinfo(self, host: Any, port: Any, **_options: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port or 0)) for address in ("127.0.0.1", "127.0.0.2")
        ]


def two_addresses() -> asyncio.Runner:
    """Runs coroutines on a loop to which every host has two addresses."""
    return asyncio.Runner(loop_factory=_LoopWithTwoAddresses)
