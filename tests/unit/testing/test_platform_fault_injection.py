"""Rate limits, outages and the virtual clock."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError, FaaSError, RetryPolicy
from lpfunctions.testing import DeployedFunction, FakePlatform, VirtualClock

PATIENT = RetryPolicy(max_retries=3)
ONCE = RetryPolicy.none()


def two_functions(platform: FakePlatform) -> tuple[DeployedFunction, DeployedFunction]:
    return platform.function("a", event_id="e")(lambda _: "a"), platform.function("b", event_id="e")(lambda _: "b")


def test_v2_limits_each_function_for_itself() -> None:
    platform = FakePlatform(clock=VirtualClock())
    first, second = two_functions(platform)
    platform.limit_rate(2)
    with platform.client(retry=ONCE) as client:
        assert [client.invoke(lambda_uuid=first.uuid).status for _ in range(3)] == [200, 200, 429]
        assert client.invoke(lambda_uuid=second.uuid).status == 200
    assert first.invocation_count == 2


def test_v1_limits_the_account() -> None:
    platform = FakePlatform(platform_version="v1", clock=VirtualClock())
    first, second = two_functions(platform)
    platform.limit_rate(2)
    with platform.client(retry=ONCE) as client:
        statuses = [client.invoke(lambda_uuid=function.uuid).status for function in (first, second, second)]
    assert statuses == [200, 200, 429]


def test_on_v2_a_limit_may_be_met_in_the_middle_of_an_event() -> None:
    platform = FakePlatform(clock=VirtualClock())
    first, second = two_functions(platform)
    platform.limit_rate(1)
    with platform.client(retry=ONCE) as client:
        client.invoke(lambda_uuid=second.uuid)
        assert client.invoke(event_id="e").status == 429
    assert (first.invocation_count, second.invocation_count) == (1, 1)


def test_a_client_that_waits_gets_through() -> None:
    clock = VirtualClock()
    platform = FakePlatform(clock=clock)
    function, _ = two_functions(platform)
    platform.limit_rate(1, per_seconds=3, retry_after=3)
    started = time.monotonic()
    with platform.client(retry=PATIENT) as client:
        assert [client.invoke(lambda_uuid=function.uuid).body for _ in range(3)] == ["a"] * 3
    assert sum(clock.slept) >= 6
    assert time.monotonic() - started < 1
    assert platform.requests.invocations[1].status == 429


def test_a_lifted_limit_limits_nothing_and_a_senseless_one_is_refused() -> None:
    platform = FakePlatform(clock=VirtualClock())
    function, _ = two_functions(platform)
    platform.limit_rate(0)
    platform.lift_rate_limit()
    with platform.client(retry=ONCE) as client:
        assert client.invoke(lambda_uuid=function.uuid).ok
    for calls, seconds in ((-1, 1.0), (1, 0.0)):
        with pytest.raises(FaaSConfigurationError, match="rate limit"):
            platform.limit_rate(calls, per_seconds=seconds)


def test_an_outage_lasts_as_long_as_its_block() -> None:
    platform = FakePlatform(clock=VirtualClock())
    function, _ = two_functions(platform)
    with platform.client(retry=ONCE) as client:
        with platform.outage("invoke"):
            assert [client.invoke(lambda_uuid=function.uuid).status for _ in range(3)] == [503] * 3
            assert client.is_implemented(event_id="e")
        assert client.invoke(lambda_uuid=function.uuid).ok


def test_an_outage_may_hit_everything_and_close_connections() -> None:
    clock = VirtualClock()
    platform = FakePlatform(clock=clock)
    with platform.client(retry=ONCE) as client:
        with platform.outage(status=None), pytest.raises(FaaSError):
            client.warm_up()
        clock.advance(2)  # discovery is not asked again at once
        client.warm_up()
    assert platform.requests[0].status is None


def test_the_virtual_clock_lets_a_token_expire_at_once_for_both_colours() -> None:
    async def run(platform: FakePlatform, clock: VirtualClock) -> None:
        async with platform.async_client() as client:
            await client.invoke(event_id="e")
            clock.advance(3600)
            await client.invoke(event_id="e")

    clock = VirtualClock()
    platform = FakePlatform(clock=clock)
    two_functions(platform)
    with platform.client() as client:
        client.invoke(event_id="e")
        clock.advance(3600)
        client.invoke(event_id="e")
    asyncio.run(run(platform, clock))
    platform.requests.assert_count("token", 4)
    assert platform.clock is clock


def test_an_async_client_waits_on_the_virtual_clock_too() -> None:
    async def run() -> int:
        async with platform.async_client() as client:
            return (await client.invoke(lambda_uuid=first.uuid)).retry_count

    clock = VirtualClock()
    platform = FakePlatform(clock=clock)
    first, _ = two_functions(platform)
    platform.fail_next(status=503, headers={"Retry-After": "5"}, kind="invoke")
    assert asyncio.run(run()) == 1
    assert clock.slept == [5]


@pytest.mark.parametrize("seconds", [-4, math.nan, "4"], ids=repr)
def test_a_virtual_clock_moves_forward_only(seconds: Any) -> None:
    clock = VirtualClock(now=100.0)
    with pytest.raises(FaaSConfigurationError) as refused:
        clock.advance(seconds)
    assert str(refused.value) == (
        f"what advance() is given must be a number of seconds from 0, not {seconds!r}; jump() sets the wall clock back"
    )
    assert (clock.now(), clock.monotonic()) == (100.0, 0.0)
