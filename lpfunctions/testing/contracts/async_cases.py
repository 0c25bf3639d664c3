"""What an async transport must do beyond the contract of a blocking one."""

# The name of a test is its docstring.

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

import pytest

from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.testing.contracts.support.assertions import AMPLE, get, post
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import DeadAddress, answering, http_answer

if TYPE_CHECKING:
    from typing import Unpack

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.ports import AsyncTransport
    from lpfunctions.testing.contracts.support.harness import TransportOptions

_ONE = TransportLimits(max_connections=1)


def _answer_unless_told_to_wait(peer: Conversation) -> None:
    while (request := peer.read_request()) is not None:
        if request.target == "/wait":
            peer.wait_for_close()
            return
        peer.send(http_answer(200, b"fine"))


class AsyncCases(SocketHarness):
    """Cases about cancellation and several event loops."""

    def _async(self, **options: Unpack[TransportOptions]) -> AsyncTransport:
        return cast("AsyncTransport", self.build(**options))

    def test_cancelled_send_leaks_no_connection(self) -> None:
        with ScriptedServer(_answer_unless_told_to_wait) as server:

            async def cancel_one() -> None:
                transport = self._async(limits=_ONE)
                await transport.send(get(server.url()))
                sending = asyncio.ensure_future(transport.send(post(server.url("/wait"))))
                await asyncio.to_thread(server.wait_for_requests, 2)
                await _cancel(sending)
                assert await asyncio.to_thread(server.wait_until_idle), "the connection is closed"
                assert (await transport.send(get(server.url()))).content == b"fine", (
                    "its place in the pool is free again"
                )
                await transport.aclose()

            asyncio.run(cancel_one())

    def test_send_cancelled_while_it_waits_for_a_connection_harms_nobody(self) -> None:
        with ScriptedServer(_answer_unless_told_to_wait) as server:

            async def cancel_the_one_who_waits() -> None:
                transport = self._async(limits=_ONE)
                busy = asyncio.ensure_future(transport.send(post(server.url("/wait"))))
                await asyncio.to_thread(server.wait_for_requests, 1)
                waiting = [asyncio.ensure_future(transport.send(get(server.url()))) for _ in range(3)]
                await asyncio.sleep(0.01)
                await _cancel(waiting[0])
                await _cancel(busy)
                async with asyncio.timeout(AMPLE):
                    assert [(await one).content for one in waiting[1:]] == [b"fine"] * 2
                await transport.aclose()

            asyncio.run(cancel_the_one_who_waits())

    def test_send_cancelled_while_it_connects_harms_nobody(self) -> None:
        async def cancel_while_connecting() -> None:
            transport = self._async(limits=_ONE)
            with DeadAddress() as dead:
                for _ in range(2):
                    sending = asyncio.ensure_future(transport.send(get(dead.url())))
                    await asyncio.sleep(0.02)
                    await _cancel(sending)
            await transport.aclose()

        asyncio.run(cancel_while_connecting())

    def test_sends_cancelled_at_any_moment_leak_no_connection(self) -> None:
        with ScriptedServer(answering(http_answer(200, b"x" * 100_000))) as server:

            async def cancel_many() -> None:
                transport = self._async(limits=TransportLimits(max_connections=4))
                for number in range(60):
                    sending = asyncio.ensure_future(transport.send(post(server.url(), b"y" * 1000)))
                    await asyncio.sleep(number % 12 * 0.0003)
                    sending.cancel()
                    await asyncio.gather(sending, return_exceptions=True)
                answers = await asyncio.gather(*(transport.send(get(server.url())) for _ in range(8)))
                assert [len(answer.content) for answer in answers] == [100_000] * 8
                await transport.aclose()
                assert await asyncio.to_thread(server.wait_until_idle)

            asyncio.run(cancel_many())

    def test_one_transport_serves_three_event_loops_in_a_row(self) -> None:
        with ScriptedServer(answering(http_answer(200, b"there"))) as server:
            transport = self._async()
            for _ in range(3):
                assert asyncio.run(transport.send(get(server.url()))).content == b"there"
            asyncio.run(transport.aclose())
            assert server.wait_until_idle()

    def test_closing_on_another_loop_than_the_one_that_sent_is_harmless(self) -> None:
        with ScriptedServer(answering(http_answer())) as server:
            transport = self._async()
            asyncio.run(transport.send(get(server.url())))
            asyncio.run(transport.aclose())
            asyncio.run(transport.aclose())
            assert server.wait_until_idle()


async def _cancel(sending: asyncio.Future[HttpResponse]) -> None:
    sending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await sending
