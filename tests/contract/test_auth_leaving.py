"""Callers who leave, by deadline or cancellation, disturb nobody; and nobody waits for what need not be waited for."""

from __future__ import annotations

import asyncio
import random
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSInvokeError, FaaSTimeoutError
from lpfunctions.adapters.memory import AsyncMemoryTransport
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.contracts.support.assertions import GRACE, within
from tests.support.concurrency import Scene, outcome, scene

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions import HttpRequest, HttpResponse

pytestmark = pytest.mark.sockets


@pytest.fixture
def here() -> Iterator[Scene]:
    with scene() as here:
        yield here


def assert_ran_out_of_time(failure: Any, phase: str) -> None:
    assert isinstance(failure, FaaSInvokeError)
    cause = failure.__cause__
    assert isinstance(cause, FaaSTimeoutError)
    assert (cause.phase, failure.delivered) == (phase, "no")


@pytest.mark.parametrize(("kind", "phase"), [("token", "token"), ("discovery", "discovery")])
def test_a_thread_that_runs_out_of_time_leaves_the_flight_to_the_others(here: Scene, kind: Any, phase: str) -> None:
    here.platform.fail_next(latency_seconds=0.4, kind=kind)
    with here.emulator.client() as client, ThreadPoolExecutor(2) as threads:
        with within(0.1 + GRACE):
            hasty = threads.submit(outcome, here.calling(client, timeout=0.1))
            time.sleep(0.02)
            patient = threads.submit(outcome, here.calling(client, timeout=5))
            assert_ran_out_of_time(hasty.result(), phase)
        assert patient.result().status == 200
    assert here.asked == (1, 1)


@pytest.mark.parametrize(("kind", "phase"), [("token", "token"), ("discovery", "discovery")])
async def test_a_task_that_runs_out_of_time_leaves_the_flight_to_the_others(here: Scene, kind: Any, phase: str) -> None:
    here.platform.fail_next(latency_seconds=0.4, kind=kind)
    async with here.emulator.async_client() as client:
        hasty = client.invoke(lambda_uuid=here.uuid, timeout=0.1)
        patient = client.invoke(lambda_uuid=here.uuid, timeout=5)
        outcomes = await asyncio.gather(hasty, patient, return_exceptions=True)
    assert_ran_out_of_time(outcomes[0], phase)
    assert isinstance(outcomes[1], BaseException) is False
    assert here.asked == (1, 1)


async def test_a_leader_cancelled_at_any_step_hands_over() -> None:
    """One step of the event loop after the other, from before the first request to after the last answer."""
    finished_early = 0
    for turns in range(60):
        platform = FakePlatform()

        @platform.function(name="greet")
        def greet(_given: Any) -> str:
            return "hello"

        async def slowly(request: HttpRequest, platform: FakePlatform = platform) -> HttpResponse:
            for _ in range(5):
                await asyncio.sleep(0)
            return platform.handle(request)

        client = platform.async_client(transport=AsyncMemoryTransport(slowly))
        leader = asyncio.create_task(client.invoke(lambda_uuid=greet.uuid))
        followers = [asyncio.create_task(client.invoke(lambda_uuid=greet.uuid)) for _ in range(5)]
        for _ in range(turns):
            await asyncio.sleep(0)
        finished_early += leader.done()
        leader.cancel()
        answers = await asyncio.gather(*followers)
        await asyncio.gather(leader, return_exceptions=True)

        assert [answer.body for answer in answers] == ["hello"] * 5
        assert (len(platform.requests.discovery_requests), len(platform.requests.token_requests)) == (1, 1)
        await client.aclose()
    assert 0 < finished_early < 60, "the leader was cancelled at every step of its way"


async def test_300_tasks_cancelled_at_random_moments_disturb_nobody(here: Scene) -> None:
    dice = random.Random(4)
    here.platform.fail_next(latency_seconds=0.05, kind="discovery")
    here.platform.fail_next(latency_seconds=0.1, kind="token")
    async with here.emulator.async_client() as client:
        leaving = [asyncio.create_task(client.invoke(lambda_uuid=here.uuid)) for _ in range(300)]
        staying = [asyncio.create_task(client.invoke(lambda_uuid=here.uuid)) for _ in range(50)]

        async def leave(task: asyncio.Task[Any]) -> None:
            await asyncio.sleep(dice.random() * 0.3)
            task.cancel()

        await asyncio.gather(*(leave(task) for task in leaving))
        assert [answer.status for answer in await asyncio.gather(*staying)] == [200] * 50
        await asyncio.gather(*leaving, return_exceptions=True)
    assert here.asked == (1, 1)


async def test_tasks_that_wait_when_the_flight_itself_is_cancelled_fly_again(here: Scene) -> None:
    here.platform.fail_next(latency_seconds=0.2, kind="token")
    async with here.emulator.async_client() as client:
        calls = [asyncio.create_task(client.invoke(lambda_uuid=here.uuid)) for _ in range(10)]
        await asyncio.sleep(0.1)
        for task in asyncio.all_tasks():
            if task.get_name() == "lpfunctions-flight":
                task.cancel()
        assert [answer.status for answer in await asyncio.gather(*calls)] == [200] * 10


async def test_tasks_that_wait_when_the_client_is_closed_get_what_they_wait_for(here: Scene) -> None:
    here.platform.fail_next(latency_seconds=0.5, kind="token")
    client = here.emulator.async_client()
    calls = [asyncio.create_task(client.invoke(lambda_uuid=here.uuid)) for _ in range(3)]
    await asyncio.sleep(0.1)
    await client.aclose()
    assert [response.status for response in await asyncio.gather(*calls)] == [200] * 3


def test_nobody_waits_for_a_silent_endpoint_while_a_token_is_valid(here: Scene) -> None:
    """R5, the silent case: the refresh hangs, and the calls go on."""
    here.platform.shape_tokens(lifetime_seconds=3600)
    clock = _Ahead()
    with here.emulator.client(clock=clock) as client:
        here.calling(client)()
        clock.ahead = 1801.0
        here.platform.fail_next(latency_seconds=30, kind="token", times=None)
        started = time.monotonic()
        for _ in range(50):
            assert here.calling(client)().status == 200
        assert time.monotonic() - started < 2.0
    assert here.asked[1] == 2


class _Ahead:
    """The system's clock, some seconds ahead."""

    ahead = 0.0

    def now(self) -> float:
        return time.time()

    def monotonic(self) -> float:
        return time.monotonic() + self.ahead

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
