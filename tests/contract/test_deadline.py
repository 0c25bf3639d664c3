"""One deadline over everything a call does: where the time ran out, on both transports over real sockets."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, Client, FaaSInvokeError, FaaSTimeoutError, RetryPolicy, StaticDomainResolver
from lpfunctions.adapters.aio.clock import AsyncSystemClock
from lpfunctions.adapters.blocking.clock import SystemClock
from lpfunctions.adapters.memory import AsyncManualClock, ManualClock
from lpfunctions.testing.contracts.support.lateness import MachineLateness
from lpfunctions.testing.faults.scripts import DeadAddress
from tests.support.environments import HTTP_ENVIRONMENTS, Environment, open_environment

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from lpfunctions.core.attempts import Delivered, Phase
    from tests.support.environments import Driver

pytestmark = [pytest.mark.sockets, pytest.mark.versions]

TIMEOUT = 0.4
GRACE = 0.1
LONG = 5.0


@pytest.fixture(params=HTTP_ENVIRONMENTS)
def http_v2_environment(request: pytest.FixtureRequest) -> Iterator[Environment]:
    yield from open_environment(request.param, "v2")


def client_of(http_v2_environment: Environment, **options: Any) -> Driver:
    """A client on the system's clock."""
    return http_v2_environment.client(
        clock=AsyncSystemClock() if http_v2_environment.is_async else SystemClock(), **options
    )


def deployed(http_v2_environment: Environment) -> str:
    @http_v2_environment.platform.function(name="f")
    async def f(given: Any) -> Any:
        await asyncio.sleep(float(given.payload or 0))
        return "fine"

    return f.uuid


@contextmanager
def running_out(phase: Phase, delivered: Delivered) -> Generator[None]:
    """The block ends when TIMEOUT has passed, in *phase*."""
    with MachineLateness() as machine:
        started = time.monotonic()
        with pytest.raises(FaaSInvokeError) as failed:
            yield
        took = time.monotonic() - started
    cause = failed.value.__cause__
    assert isinstance(cause, FaaSTimeoutError), repr(cause)
    assert (cause.phase, failed.value.delivered) == (phase, delivered)
    assert TIMEOUT * 0.9 <= took <= TIMEOUT + GRACE + machine.seconds


def test_slow_discovery_ends_the_call_in_time_with_phase_discovery(http_v2_environment: Environment) -> None:
    http_v2_environment.platform.fail_next(latency_seconds=LONG, kind="discovery")
    client = client_of(http_v2_environment)
    with running_out("discovery", "no"):
        client.invoke(lambda_uuid=deployed(http_v2_environment), timeout=TIMEOUT)


def test_slow_token_ends_the_call_in_time_with_phase_token(http_v2_environment: Environment) -> None:
    http_v2_environment.platform.fail_next(latency_seconds=LONG, kind="token")
    client = client_of(http_v2_environment)
    with running_out("token", "no"):
        client.invoke(lambda_uuid=deployed(http_v2_environment), timeout=TIMEOUT)


def test_slow_discovery_leaves_the_rest_of_the_time_to_the_token(http_v2_environment: Environment) -> None:
    http_v2_environment.platform.fail_next(latency_seconds=TIMEOUT * 0.6, kind="discovery")
    http_v2_environment.platform.fail_next(latency_seconds=TIMEOUT * 0.6, kind="token")
    client = client_of(http_v2_environment)
    with running_out("token", "no"):
        client.invoke(lambda_uuid=deployed(http_v2_environment), timeout=TIMEOUT)


def test_slow_discovery_and_slow_token_leave_the_rest_to_the_function(http_v2_environment: Environment) -> None:
    http_v2_environment.platform.fail_next(latency_seconds=TIMEOUT * 0.3, kind="discovery")
    http_v2_environment.platform.fail_next(latency_seconds=TIMEOUT * 0.3, kind="token")
    client = client_of(http_v2_environment)
    with running_out("response", "unknown"):
        client.invoke(lambda_uuid=deployed(http_v2_environment), payload=TIMEOUT * 0.6, timeout=TIMEOUT)


def test_slow_function_ends_the_call_in_time_with_phase_response(http_v2_environment: Environment) -> None:
    client = client_of(http_v2_environment)
    with running_out("response", "unknown"):
        client.invoke(lambda_uuid=deployed(http_v2_environment), payload=LONG, timeout=TIMEOUT)


def test_gateway_that_does_not_answer_the_connection_attempt_ends_the_call_in_time_with_phase_connect(
    http_v2_environment: Environment,
) -> None:
    assert http_v2_environment.emulator is not None
    with DeadAddress() as dead:
        resolver = StaticDomainResolver(
            {"faasGW": f"127.0.0.1:{dead.port}", "sentinel": http_v2_environment.emulator.host}
        )
        client = client_of(http_v2_environment, domain_resolver=resolver)
        client.call("warm_up")
        with running_out("connect", "no"):
            client.invoke(lambda_uuid=deployed(http_v2_environment), timeout=TIMEOUT)


def test_no_free_connection_ends_the_call_in_time_with_phase_pool(http_v2_environment: Environment) -> None:
    uuid = deployed(http_v2_environment)
    client = client_of(http_v2_environment, max_connections=1)
    client.call("warm_up")
    if isinstance(client.client, Client):
        wait_in_thread(client.client, uuid)
    else:
        client.run(wait_in_task(client.client, uuid))


def wait_in_thread(client: Client, uuid: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        busy = thread.submit(client.invoke, lambda_uuid=uuid, payload=TIMEOUT * 2)
        time.sleep(TIMEOUT / 4)
        with running_out("pool", "no"):
            client.invoke(lambda_uuid=uuid, timeout=TIMEOUT)
        assert busy.result().body == "fine"


async def wait_in_task(client: AsyncClient, uuid: str) -> None:
    busy = asyncio.create_task(client.invoke(lambda_uuid=uuid, payload=TIMEOUT * 2))
    await asyncio.sleep(TIMEOUT / 4)
    with running_out("pool", "no"):
        await client.invoke(lambda_uuid=uuid, timeout=TIMEOUT)
    assert (await busy).body == "fine"


def test_retry_after_beyond_the_deadline_ends_the_call_at_once(http_v2_environment: Environment) -> None:
    uuid = deployed(http_v2_environment)
    http_v2_environment.platform.fail_next(status=503, headers={"Retry-After": "60"}, kind="invoke")
    client = client_of(http_v2_environment)
    client.call("warm_up")
    started = time.monotonic()
    response = client.invoke(lambda_uuid=uuid, timeout=30.0)
    assert (response.status, response.retry_after, response.delivered) == (503, 60.0, "no")
    assert time.monotonic() - started < 1.0


class Oversleeper(ManualClock):
    """A machine that is suspended while a call waits to try again."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds + 60.0)


class AsyncOversleeper(AsyncManualClock):
    """The same for an `AsyncClient`."""

    async def sleep(self, seconds: float) -> None:
        await super().sleep(seconds + 60.0)


def test_waiting_to_try_again_can_outlast_the_call(http_v2_environment: Environment) -> None:
    uuid = deployed(http_v2_environment)
    http_v2_environment.platform.fail_next(status=429, kind="invoke")
    client = http_v2_environment.client(clock=AsyncOversleeper() if http_v2_environment.is_async else Oversleeper())
    client.call("warm_up")
    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(lambda_uuid=uuid)
    cause = failed.value.__cause__
    assert isinstance(cause, FaaSTimeoutError)
    assert (cause.phase, failed.value.delivered, len(failed.value.attempts)) == ("backoff", "no", 1)


def test_an_attempt_that_would_not_leave_a_function_its_time_is_not_made(http_v2_environment: Environment) -> None:
    uuid = deployed(http_v2_environment)
    http_v2_environment.platform.fail_next(status=503, headers={"Retry-After": "1"}, kind="invoke")
    response = client_of(http_v2_environment, retry=RetryPolicy()).invoke(lambda_uuid=uuid, timeout=1.5)
    assert (response.status, len(response.attempts)) == (503, 1)
