"""The retry budget: per host, shared by all calls of a client, and never a matter of threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSInvokeError, RetryPolicy
from lpfunctions.adapters.blocking.after_fork import ForkableLock
from lpfunctions.core.retries.budget import CAPACITY, MOST_HOSTS, RetryBudget

if TYPE_CHECKING:
    from lpfunctions.testing import DeployedFunction
    from tests.support.environments import Driver, Environment

UNBOUNDED = RetryPolicy(max_retries=1000, base_seconds=0.0)


def buckets() -> RetryBudget:
    return RetryBudget(nullcontext)


def test_one_host_has_nothing_to_do_with_another() -> None:
    budget = buckets()
    while budget.acquire("a", 5):
        pass
    assert (budget.level("a"), budget.level("b")) == (0, CAPACITY)


def test_a_refused_retry_takes_nothing() -> None:
    budget = buckets()
    assert budget.acquire("a", CAPACITY - 4)
    assert not budget.acquire("a", 5)
    assert budget.level("a") == 4


def test_a_host_that_is_well_again_is_forgotten() -> None:
    budget = buckets()
    budget.acquire("a", 5)
    budget.release("a", 5)
    assert len(budget) == 0


def test_a_thousand_hosts_in_trouble_are_kept_in_mind() -> None:
    budget = buckets()
    for number in range(MOST_HOSTS + 5):
        budget.acquire(str(number), 5)
    assert len(budget) == MOST_HOSTS
    assert budget.level("4") == CAPACITY
    assert budget.level("5") == CAPACITY - 5


def test_nothing_gets_lost_between_threads() -> None:
    budget = RetryBudget(ForkableLock())
    with ThreadPoolExecutor(8) as threads:
        granted = sum(threads.map(budget.acquire, ["a"] * 400, [5] * 400))
        assert (granted, budget.level("a")) == (100, 0)
        list(threads.map(budget.release, ["a"] * 400, [1] * 400))
    assert budget.level("a") == 400


def deployed(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="f")
    def f(_given: Any) -> str:
        return "fine"

    return f


def fail(client: Driver, environment: Environment, **options: Any) -> int:
    """Make one call that fails; return its number of attempts."""
    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(lambda_uuid=environment.platform.functions[0].uuid, fail_on_error_status_code=True, **options)
    return len(failed.value.attempts)


def test_a_client_retries_a_hundred_times_and_then_calls_are_one_attempt(v2_environment: Environment) -> None:
    deployed(v2_environment)
    v2_environment.platform.fail_next(status=503, headers={"Retry-After": "0"}, kind="invoke", times=None)
    client = v2_environment.client(retry=UNBOUNDED)
    assert [fail(client, v2_environment) for _ in range(3)] == [101, 1, 1]
    assert fail(v2_environment.client(retry=UNBOUNDED), v2_environment) == 101, "another client has a budget of its own"


def test_a_retry_after_a_timeout_of_the_servers_costs_twice_as_much(v2_environment: Environment) -> None:
    deployed(v2_environment)
    v2_environment.platform.fail_next(status=504, kind="invoke", times=None)
    assert fail(v2_environment.client(retry=RetryPolicy(1000, 0.0, 0.0, retry_unknown=True)), v2_environment) == 51


def test_successes_earn_retries(v2_environment: Environment) -> None:
    uuid = deployed(v2_environment).uuid
    refused: dict[str, Any] = {"status": 503, "headers": {"Retry-After": "0"}, "kind": "invoke"}
    client = v2_environment.client(retry=UNBOUNDED)
    v2_environment.platform.fail_next(**refused, times=101)
    assert fail(client, v2_environment) == 101
    for _ in range(9):
        client.invoke(lambda_uuid=uuid)
    v2_environment.platform.fail_next(**refused, times=2)
    assert fail(client, v2_environment) == 2, "nine successes are worth one retry"
    client.invoke(lambda_uuid=uuid)
    v2_environment.platform.fail_next(**refused)
    assert client.invoke(lambda_uuid=uuid).retry_count == 1, "and what is left over with a tenth, one more"
    v2_environment.platform.fail_next(**refused)
    assert client.invoke(lambda_uuid=uuid).retry_count == 1, "a retry that helped has paid back what it took"


def test_a_replay_after_a_rejected_token_is_outside_the_budget(v2_environment: Environment) -> None:
    uuid = deployed(v2_environment).uuid
    client = v2_environment.client(retry=UNBOUNDED)
    v2_environment.platform.fail_next(status=503, headers={"Retry-After": "0"}, kind="invoke", times=101)
    assert fail(client, v2_environment) == 101
    v2_environment.platform.revoke_tokens()
    assert client.invoke(lambda_uuid=uuid).retry_count == 1


def test_copies_of_a_client_share_its_budget(v2_environment: Environment) -> None:
    deployed(v2_environment)
    v2_environment.platform.fail_next(status=503, headers={"Retry-After": "0"}, kind="invoke", times=None)
    client = v2_environment.client(retry=UNBOUNDED)
    copy = v2_environment.drive(client.client.with_options(timeout=10.0))
    assert [fail(client, v2_environment), fail(copy, v2_environment)] == [101, 1]
