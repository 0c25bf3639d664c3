"""R3: a total outage, 100 callers, 60 seconds: attempts stay near the number of calls, and calls recover at once."""

from __future__ import annotations

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSError, RetryPolicy
from lpfunctions.adapters.caching.refreshable import FLIGHT_SECONDS
from lpfunctions.testing import FakePlatform
from tests.support.sizes import size
from tests.support.virtual_time import LoopClock, ThreadsClock, run

if TYPE_CHECKING:
    from lpfunctions import AsyncClient, Client

pytestmark = pytest.mark.load

CALLERS = size(100, 40)
OUTAGE_SECONDS = 60.0
RECOVERY_SECONDS = 2.0

OUTAGES: dict[str, dict[str, Any]] = {
    "503": {"status": 503, "headers": {"Retry-After": "0"}},
    "429": {"status": 429},
    "500": {"status": 500},
    "closed": {"drop_connection": True},
    "504": {"status": 504, "latency_seconds": 0.5},
    "silent": {"drop_connection": True, "latency_seconds": 3600.0},
}
EAGER = RetryPolicy.at_least_once()


class Tally:
    """What the callers did while the outage lasted, and when the first of them was served after it."""

    def __init__(self, how: str) -> None:
        self.calls = 0
        self.timeout_seconds = 1.5 if how == "silent" else 35.0
        self.served_at: list[float] = []
        self._chance = random.Random(3)

    def first_pause(self) -> float:
        return self._chance.uniform(0.0, 1.0)

    def pause(self) -> float:
        return self._chance.uniform(0.5, 1.5)

    def judge(self, attempts: int, calls: int, recovery_seconds: float) -> None:
        assert calls >= CALLERS * OUTAGE_SECONDS / 3
        assert attempts <= 1.2 * calls
        assert len(self.served_at) == CALLERS
        assert OUTAGE_SECONDS <= min(self.served_at) <= OUTAGE_SECONDS + recovery_seconds


def new_platform(clock: Any) -> FakePlatform:
    platform = FakePlatform(clock=clock, journal_limit=None)

    @platform.function(name="f")
    async def f(_given: Any) -> str:
        return "fine"

    return platform


async def call_until_served(client: AsyncClient, uuid: str, tally: Tally, clock: LoopClock) -> None:
    await clock.sleep(tally.first_pause())
    while True:
        tally.calls += 1
        with suppress(FaaSError):
            if (await client.invoke(lambda_uuid=uuid, timeout=tally.timeout_seconds)).ok:
                tally.served_at.append(clock.monotonic())
                return
        await clock.sleep(tally.pause())


async def outage(how: str, *, warm: bool, recovery_seconds: float) -> None:
    clock, tally = LoopClock(), Tally(how)
    platform = new_platform(clock)
    uuid = platform.functions[0].uuid
    async with platform.async_client(clock=clock, retry=EAGER) as client:
        if warm:
            await client.invoke(lambda_uuid=uuid)
        platform.requests.clear()
        platform.fail_next(**OUTAGES[how], times=None)
        callers = [asyncio.create_task(call_until_served(client, uuid, tally, clock)) for _ in range(CALLERS)]
        await clock.sleep(OUTAGE_SECONDS)
        attempts, calls = len(platform.requests), tally.calls
        platform.clear_faults()
        await asyncio.gather(*callers)
    tally.judge(attempts, calls, recovery_seconds)


@pytest.mark.parametrize("how", OUTAGES)
def test_an_outage_of_the_gateway_is_not_made_worse(how: str) -> None:
    run(outage(how, warm=True, recovery_seconds=RECOVERY_SECONDS))


@pytest.mark.parametrize("how", OUTAGES)
def test_an_outage_that_a_client_is_born_into_is_not_made_worse(how: str) -> None:
    # A discovery that says nothing at all is waited for in one request, of as many seconds as a flight may take.
    recovery_seconds = FLIGHT_SECONDS + 1.0 if how == "silent" else RECOVERY_SECONDS
    run(outage(how, warm=False, recovery_seconds=recovery_seconds))


def call_until_served_in_thread(client: Client, uuid: str, tally: Tally, clock: ThreadsClock) -> None:
    clock.sleep(tally.first_pause())
    while True:
        tally.calls += 1
        with suppress(FaaSError):
            if client.invoke(lambda_uuid=uuid, timeout=tally.timeout_seconds).ok:
                tally.served_at.append(clock.monotonic())
                clock.leave()
                return
        clock.sleep(tally.pause())


@pytest.mark.parametrize("how", OUTAGES)
def test_an_outage_of_the_gateway_is_not_made_worse_by_threads(how: str) -> None:
    clock, tally = ThreadsClock(), Tally(how)
    platform = new_platform(clock)
    uuid = platform.functions[0].uuid
    with platform.client(clock=clock, retry=EAGER) as client, ThreadPoolExecutor(CALLERS) as threads, clock:
        client.invoke(lambda_uuid=uuid)
        platform.requests.clear()
        platform.fail_next(**OUTAGES[how], times=None)
        clock.enter(CALLERS)
        callers = [threads.submit(call_until_served_in_thread, client, uuid, tally, clock) for _ in range(CALLERS)]
        clock.sleep(OUTAGE_SECONDS)
        attempts, calls = len(platform.requests), tally.calls
        platform.clear_faults()
        clock.leave()
        for caller in callers:
            caller.result(30)
    tally.judge(attempts, calls, RECOVERY_SECONDS)
