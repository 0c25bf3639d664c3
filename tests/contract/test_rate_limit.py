"""A client keeps to its own rate limit, in both modes; time is the test's."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from lpfunctions import FaaSConfigurationError, FaaSInvokeError, FaaSTimeoutError, RateLimit, RetryPolicy
from lpfunctions.adapters.blocking.after_fork import ForkableLock
from lpfunctions.adapters.blocking.async_shaped import AsyncShapedClock
from lpfunctions.adapters.blocking.clock import SystemClock
from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.rate_limit import LocalRateLimiter
from tests.support.functions import greeter

if TYPE_CHECKING:
    from tests.support.environments import Environment

NAME = {"name": "A"}


def test_requests_beyond_the_burst_wait_for_their_place(memory_environment: Environment) -> None:
    uuid, client = (
        greeter(memory_environment).uuid,
        memory_environment.client(rate_limit=RateLimit(per_second=4, burst=3)),
    )

    for _ in range(6):
        assert client.invoke(lambda_uuid=uuid, payload=NAME).ok

    assert memory_environment.clock.slept == pytest.approx([0.25, 0.25, 0.25])


def test_after_a_pause_a_burst_goes_at_once_again(memory_environment: Environment) -> None:
    uuid, client = (
        greeter(memory_environment).uuid,
        memory_environment.client(rate_limit=RateLimit(per_second=4, burst=2)),
    )

    for _ in range(3):
        client.invoke(lambda_uuid=uuid, payload=NAME)
        client.invoke(lambda_uuid=uuid, payload=NAME)
        memory_environment.clock.advance(10)

    assert memory_environment.clock.slept == []


def test_every_operation_and_every_attempt_counts_and_discovery_and_tokens_do_not(
    memory_environment: Environment,
) -> None:
    uuid, client = greeter(memory_environment).uuid, memory_environment.client(rate_limit=RateLimit(per_second=1))
    memory_environment.platform.fail_next(status=503, headers={"Retry-After": "0"}, kind="invoke")

    client.invoke(lambda_uuid=uuid, payload=NAME)
    client.call("is_implemented", event_id="e")
    client.call("get_lambdas")

    assert sum(memory_environment.clock.slept) == pytest.approx(3.0)
    assert len(memory_environment.journal) == 6


def test_a_wait_beyond_the_deadline_ends_the_call_at_once_with_its_phase(memory_environment: Environment) -> None:
    uuid, client = (
        greeter(memory_environment).uuid,
        memory_environment.client(rate_limit=RateLimit(per_second=0.1), timeout=5.0),
    )
    client.invoke(lambda_uuid=uuid, payload=NAME)

    with pytest.raises(FaaSInvokeError, match="the rate limit lets no request go within 5 s") as failed:
        client.invoke(lambda_uuid=uuid, payload=NAME)

    cause = failed.value.__cause__
    assert isinstance(cause, FaaSTimeoutError)
    assert (cause.phase, failed.value.delivered, failed.value.retryable) == ("rate_limit", "no", True)
    assert failed.value.retry_after == pytest.approx(10.0)
    assert memory_environment.clock.slept == []
    memory_environment.clock.advance(10)
    assert client.invoke(lambda_uuid=uuid, payload=NAME).ok, "the call that failed took no place"


def test_the_time_waited_is_part_of_the_deadline(memory_environment: Environment) -> None:
    uuid, client = (
        greeter(memory_environment).uuid,
        memory_environment.client(rate_limit=RateLimit(per_second=0.25), timeout=5.0),
    )
    client.invoke(lambda_uuid=uuid, payload=NAME)
    assert client.invoke(lambda_uuid=uuid, payload=NAME).elapsed == pytest.approx(4.0)


@pytest.mark.parametrize("status", [429, 503])
def test_all_calls_of_the_client_obey_a_retry_after(memory_environment: Environment, status: int) -> None:
    client = memory_environment.client(rate_limit=RateLimit(per_second=1000, burst=10), retry=RetryPolicy.none())
    uuid = greeter(memory_environment).uuid
    memory_environment.platform.fail_next(status=status, headers={"Retry-After": "7"}, kind="invoke")

    assert client.invoke(lambda_uuid=uuid, payload=NAME).status == status
    assert memory_environment.clock.slept == []
    assert client.invoke(lambda_uuid=uuid, payload=NAME).ok
    assert sum(memory_environment.clock.slept) == pytest.approx(7.0)


def test_a_copy_of_the_client_shares_the_limit_and_cannot_change_it(memory_environment: Environment) -> None:
    uuid, client = greeter(memory_environment).uuid, memory_environment.client(rate_limit=RateLimit(per_second=1))
    copy = memory_environment.drive(client.client.with_options(timeout=20.0))

    client.invoke(lambda_uuid=uuid, payload=NAME)
    copy.invoke(lambda_uuid=uuid, payload=NAME)

    assert memory_environment.clock.slept == pytest.approx([1.0])
    with pytest.raises(FaaSConfigurationError, match="rate_limit"):
        cast("Any", client.client).with_options(rate_limit=RateLimit(per_second=2))


@pytest.mark.parametrize(
    ("values", "expected_message"),
    [
        ({"per_second": 0}, "per_second must be a number of more than 0, not 0"),
        ({"per_second": -1.0}, "per_second"),
        ({"per_second": math.inf}, "per_second"),
        ({"per_second": math.nan}, "per_second"),
        ({"per_second": "10"}, "per_second"),
        ({"per_second": True}, "per_second"),
        ({"per_second": 1, "burst": 0}, "burst must be a positive integer, not 0"),
        ({"per_second": 1, "burst": 1.5}, "burst"),
    ],
)
def test_a_limit_that_cannot_work_is_refused(values: dict[str, Any], expected_message: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        RateLimit(**values)


def test_what_is_no_limit_is_refused_with_what_to_write(memory_environment: Environment) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"rate_limit must be RateLimit\(per_second=…\)"):
        memory_environment.client(rate_limit=10)


def test_a_pause_that_the_server_asks_for_while_calls_wait_holds_them_too() -> None:
    clock = AsyncShapedClock(SystemClock())
    limiter = LocalRateLimiter(RateLimit(per_second=1000), clock=clock, lock=ForkableLock())
    step(limiter.reserve(math.inf))
    step(limiter.hold(60.0))
    assert step(limiter.is_held())
    assert step(limiter.reserve(math.inf)) == pytest.approx(60.0, abs=0.5)


def test_threads_get_a_place_each() -> None:
    limiter = LocalRateLimiter(RateLimit(per_second=1), clock=AsyncShapedClock(Standing()), lock=ForkableLock())
    waits: list[float] = []

    def reserve() -> None:
        waits.extend(step(limiter.reserve(math.inf)) for _ in range(250))

    threads = [threading.Thread(target=reserve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(waits) == list(range(1000))


class Standing:
    """A clock that stands still."""

    def now(self) -> float:
        return 0.0

    monotonic = now

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)
