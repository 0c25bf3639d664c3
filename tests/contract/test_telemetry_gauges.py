"""Gauges tell most when things are at their worst: ages, failures in a row, connections, waits."""

from __future__ import annotations

import asyncio
import gc
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSInvokeError, RateLimit, RetryPolicy
from lpfunctions.adapters.telemetry import names
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lpfunctions.testing import FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

OPERATION = "lp.functions.operation"


def value(sdk: Sdk, name: str, **attributes: Any) -> Any:
    """The one value of a metric, of the series that has *attributes*."""
    (found,) = [point for has, point in sdk.series(name) if attributes.items() <= has.items()]
    return found


def failures(sdk: Sdk, purpose: str) -> Any:
    return value(sdk, names.REFRESH_FAILURES, **{OPERATION: purpose})


def call(environment: Environment, client: Any) -> None:
    with suppress(FaaSInvokeError):
        client.invoke(lambda_uuid="missing")
    environment.wait_until_idle()


def test_the_age_of_a_token_rises_after_its_expiry_until_there_is_another(memory_environment: Environment) -> None:
    environment, sdk = memory_environment, Sdk()
    client = environment.client(**sdk.options, retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.fail_next(kind="token", status=503, times=None)
    ages: list[float] = []
    in_a_row: list[int] = []
    for _ in range(5):
        environment.clock.advance(1800)
        call(environment, client)
        ages.append(value(sdk, names.TOKEN_AGE))
        in_a_row.append(failures(sdk, "token"))
    assert ages == [1800, 3600, 5400, 7200, 9000], "the token's life is an hour"
    assert in_a_row == [1, 2, 3, 4, 5]

    environment.platform.clear_faults()
    environment.clock.advance(2)
    call(environment, client)
    assert (value(sdk, names.TOKEN_AGE), failures(sdk, "token")) == (0, 0)


def test_the_age_of_the_hosts_rises_after_the_day_for_which_they_serve(memory_environment: Environment) -> None:
    environment, sdk = memory_environment, Sdk()
    client = environment.client(**sdk.options, retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.fail_next(kind="discovery", status=404, times=None)
    ages: list[float] = []
    in_a_row: list[int] = []
    for _ in range(4):
        environment.clock.advance(10 * 3600)
        call(environment, client)
        ages.append(value(sdk, names.DISCOVERY_AGE) / 3600)
        in_a_row.append(failures(sdk, "discovery"))
    assert ages == [10, 20, 30, 40]
    assert in_a_row == [1, 2, 3, 4]


def test_a_client_that_never_had_a_token_has_no_age_and_its_failures_are_told(memory_environment: Environment) -> None:
    environment, sdk = memory_environment, Sdk()
    client = environment.client(**sdk.options, retry=RetryPolicy.none())
    environment.platform.fail_next(kind="token", status=401, times=None)
    for _ in range(2):
        call(environment, client)
        environment.clock.advance(2)
    assert names.TOKEN_AGE not in sdk.metrics()
    assert failures(sdk, "token") == 2


def test_of_several_clients_the_one_that_is_worst_off_is_told(memory_environment: Environment) -> None:
    environment, sdk = memory_environment, Sdk()
    clients = [environment.client(**sdk.options, retry=RetryPolicy.none()) for _ in range(2)]
    call(environment, clients[0])
    environment.platform.fail_next(kind="token", status=401)
    call(environment, clients[1])
    assert failures(sdk, "token") == 1


def test_a_rate_limit_tells_how_long_it_holds_requests_back(memory_environment: Environment) -> None:
    environment, sdk = memory_environment, Sdk()
    client = environment.client(**sdk.options, rate_limit=RateLimit(per_second=0.5, burst=1))
    for _ in range(3):
        call(environment, client)
    ((attributes, point),) = sdk.metrics()[names.RATE_LIMIT_WAIT]
    assert attributes == {OPERATION: "invoke"}
    assert (point.count, point.sum) == (2, pytest.approx(4))


def test_a_request_under_way_is_active_until_it_has_ended(memory_environment: Environment) -> None:
    environment, sdk = memory_environment, Sdk()
    seen: list[int] = []

    @environment.platform.function(name="look")
    def look(_given: FunctionInput) -> None:
        seen.append(value(sdk, names.ACTIVE_REQUESTS, **{"http.request.method": "POST", "server.address": host}))

    host = (
        "va.fninvocations.liveperson.net"
        if environment.platform.platform_version == "v2"
        else "va.faasgw.liveperson.net"
    )
    environment.client(**sdk.options).invoke(lambda_uuid=look.uuid)
    assert seen == [1]
    assert {active for _, active in sdk.series(names.ACTIVE_REQUESTS)} == {0}


def connections(sdk: Sdk) -> tuple[Any, Any, Any]:
    """Active, idle and waiting, at the one host there is."""
    active, idle = (
        value(sdk, names.OPEN_CONNECTIONS, **{"http.connection.state": state}) for state in ("active", "idle")
    )
    return active, idle, value(sdk, names.WAITING)


class Slow:
    """A function that answers when it is told to, on an emulator."""

    def __init__(self) -> None:
        self.may_end = threading.Event()
        self.platform = FakePlatform()
        self.emulator = Emulator(self.platform)
        self.uuid = self.platform.function(name="slow")(self.run).uuid
        self.arrived = threading.Semaphore(0)

    async def run(self, _given: FunctionInput) -> str:
        self.arrived.release()
        await asyncio.to_thread(self.may_end.wait)
        return "done"


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    with made.emulator:
        yield made
        made.may_end.set()


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 (requests that wait for a connection announce it to nobody)
        await asyncio.sleep(0.01)


@pytest.mark.sockets
async def test_connections_of_tasks_are_active_idle_or_waited_for(slow: Slow) -> None:
    sdk = Sdk()
    async with slow.emulator.async_client(**sdk.options, max_connections=2) as client:
        await client.warm_up()
        assert connections(sdk) == (0, 1, 0)
        calls = [asyncio.create_task(client.invoke(lambda_uuid=slow.uuid)) for _ in range(5)]
        for _ in range(2):
            await asyncio.to_thread(slow.arrived.acquire)
        await until(lambda: connections(sdk) == (2, 0, 3))
        slow.may_end.set()
        await asyncio.gather(*calls)
        assert connections(sdk) == (0, 2, 0)


@pytest.mark.sockets
async def test_connections_of_threads_are_active_idle_or_waited_for(slow: Slow) -> None:
    sdk = Sdk()
    with slow.emulator.client(**sdk.options, max_connections=2) as client:
        client.warm_up()
        assert connections(sdk) == (0, 1, 0)
        calls = [asyncio.create_task(asyncio.to_thread(client.invoke, lambda_uuid=slow.uuid)) for _ in range(5)]
        for _ in range(2):
            await asyncio.to_thread(slow.arrived.acquire)
        await until(lambda: connections(sdk) == (2, 0, 3))
        slow.may_end.set()
        await asyncio.gather(*calls)
        assert connections(sdk) == (0, 2, 0)


def test_a_client_that_is_gone_is_told_of_no_more() -> None:
    sdk = Sdk()

    def come_and_go() -> None:
        with FakePlatform().client(**sdk.options) as client:
            client.warm_up()
        assert names.TOKEN_AGE in sdk.metrics()

    come_and_go()
    gc.collect()
    assert names.TOKEN_AGE not in sdk.metrics()
