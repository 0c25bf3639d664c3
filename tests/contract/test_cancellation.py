"""R7: 1 000 calls cancelled at random points, cold and warm: no connection leaks, and those beside them succeed."""

from __future__ import annotations

import asyncio
import random
import time
from typing import TYPE_CHECKING

import pytest

from lpfunctions import StaticDomainResolver
from lpfunctions.testing import Emulator, FakePlatform, FaultProxy

if TYPE_CHECKING:
    from lpfunctions import AsyncClient
    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.sockets, pytest.mark.load]


CLIENTS = 20
CANCELLED_OF_EACH = 50
FOLLOWERS_OF_EACH = 10
CONNECTIONS = 8


def new_platform() -> FakePlatform:
    platform = FakePlatform(journal_limit=1)

    @platform.function(name="echo")
    async def echo(given: FunctionInput) -> object:
        await asyncio.sleep(0.001)
        return given.payload

    return platform


async def cancelled_calls(client: AsyncClient, uuid: str, chance: random.Random) -> None:
    """Cancel calls at moments that reach from before their first step to after their answer."""

    async def cancel_one(number: int) -> bool:
        call = asyncio.create_task(client.invoke(lambda_uuid=uuid, payload=number))
        for _ in range(chance.randrange(12)):
            await asyncio.sleep(0)
        await asyncio.sleep(chance.choice((0.0, chance.uniform(0.0, 0.05))))
        call.cancel()
        await asyncio.wait((call,))
        assert call.cancelled() or call.result().body == number
        return call.cancelled()

    assert any(await asyncio.gather(*(cancel_one(number) for number in range(CANCELLED_OF_EACH))))


async def followers(client: AsyncClient, uuid: str) -> None:
    """Calls that nobody cancels get their own answers."""
    calls = (client.invoke(lambda_uuid=uuid, payload=f"follower {number}") for number in range(FOLLOWERS_OF_EACH))
    answers = await asyncio.gather(*calls)
    assert [answer.body for answer in answers] == [f"follower {number}" for number in range(FOLLOWERS_OF_EACH)]


async def live(emulator: Emulator, proxy: FaultProxy, seed: int) -> None:
    chance = random.Random(seed)
    uuid = emulator.platform.functions[0].uuid
    client = emulator.async_client(max_connections=CONNECTIONS)
    if seed % 2:
        # Every other client is led through the proxy, which counts its connections, and has no discovery to cancel.
        hosts = StaticDomainResolver({"faasGW": proxy.host, "sentinel": proxy.host})
        client = emulator.async_client(max_connections=CONNECTIONS, domain_resolver=hosts)
    async with client:
        await asyncio.gather(cancelled_calls(client, uuid, chance), followers(client, uuid))
        await fewer_than_allowed(proxy)
        # A place in the pool that was not given back would be missed here.
        await asyncio.wait_for(followers(client, uuid), 10)
        await fewer_than_allowed(proxy)


async def fewer_than_allowed(proxy: FaultProxy) -> None:
    """The proxy hears a moment later that a connection was closed."""
    end = time.monotonic() + 10
    while proxy.open_connections > CONNECTIONS and time.monotonic() < end:  # noqa: ASYNC110 (it is another thread)
        await asyncio.sleep(0.005)
    assert proxy.open_connections <= CONNECTIONS


@pytest.mark.parametrize("seed", range(CLIENTS))
def test_cancelled_calls_leak_nothing_and_disturb_nobody(seed: int) -> None:
    with Emulator(new_platform()) as emulator, FaultProxy(emulator.host) as proxy:
        asyncio.run(live(emulator, proxy, seed))
        end = time.monotonic() + 2
        while proxy.open_connections and time.monotonic() < end:
            time.sleep(0.005)
        assert proxy.open_connections == 0
