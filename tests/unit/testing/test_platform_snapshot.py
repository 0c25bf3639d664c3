"""A platform returns to the state it was made in, or to one that a snapshot holds."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from lpfunctions import FaaSConfigurationError, FaaSInvokeError, RetryPolicy
from lpfunctions.testing import FakePlatform, VirtualClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lpfunctions import Client
    from lpfunctions.testing import DeployedFunction, FunctionInput


def echo(given: FunctionInput) -> object:
    return given.payload


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform(clock=VirtualClock())


@pytest.fixture
def greet(platform: FakePlatform) -> DeployedFunction:
    return platform.function("greet", event_id="greeting")(echo)


@pytest.fixture
def client(platform: FakePlatform) -> Iterator[Client]:
    with platform.client(retry=RetryPolicy.none()) as client:
        yield client


def status(client: Client) -> int | None:
    """How an invocation by event is answered."""
    return client.invoke(event_id="greeting", payload=1).status


def deploy_another(platform: FakePlatform) -> None:
    platform.function("another")(echo)


def undeploy(platform: FakePlatform) -> None:
    platform.functions[0].state = "Marked Undeployed"


def replace(platform: FakePlatform) -> None:
    platform.function("greet")(lambda _: "another")


def limit_rates(platform: FakePlatform) -> None:
    platform.limit_rate(0)


def script_a_fault(platform: FakePlatform) -> None:
    platform.fail_next(status=500, times=None)


def migrate(platform: FakePlatform) -> None:
    platform.account.migrate("v1")


def move(platform: FakePlatform) -> None:
    platform.account.move({"faasGW": "elsewhere.fninvocations.example"})


CHANGES: list[Callable[[FakePlatform], None]] = [
    deploy_another, undeploy, replace, limit_rates, script_a_fault, migrate, move,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_after_a_snapshot_is_undone_as_often_as_wanted(
    platform: FakePlatform, greet: DeployedFunction, change: Callable[[FakePlatform], None]
) -> None:
    before, domains = platform.snapshot(), dict(platform.account.domains)
    for _ in range(2):
        change(platform)
        platform.restore(before)

        with platform.client() as client:
            assert status(client) == 200
        assert platform.functions == [greet]
        assert (platform.platform_version, platform.account.domains) == ("v2", domains)


def test_a_fault_that_was_met_since_waits_again(
    platform: FakePlatform, greet: DeployedFunction, client: Client
) -> None:
    platform.fail_next(status=500, times=2, kind="invoke")
    assert status(client) == 500
    before = platform.snapshot()
    for _ in range(2):
        assert [status(client), status(client)] == [500, 200]
        platform.restore(before)
    platform.assert_faults_met()  # once, before the snapshot


def test_calls_that_count_against_a_limit_are_restored(
    platform: FakePlatform, greet: DeployedFunction, client: Client
) -> None:
    platform.limit_rate(2, per_seconds=60)
    assert status(client) == 200
    before = platform.snapshot()
    for _ in range(2):
        assert status(client) == 200
        assert status(client) == 429
        platform.restore(before)


def test_logs_counts_and_the_journal_are_restored(platform: FakePlatform, client: Client) -> None:
    broken = platform.function("broken", event_id="greeting")(lambda _: 1 / 0)
    assert status(client) == 901
    before, records = platform.snapshot(), list(platform.requests)
    logs = list(broken.logs)

    assert status(client) == 901
    assert (len(broken.logs), broken.invocation_count) == (2, 2)
    platform.restore(before)

    assert (list(broken.logs), broken.invocation_count) == (logs, 1)
    assert list(platform.requests) == records


def test_reset_leaves_a_platform_as_it_was_made(platform: FakePlatform, greet: DeployedFunction) -> None:
    other = platform.add_account(account_id="other")
    platform.add_bearer("a-user")
    platform.add_oauth1_keys(consumer_key="k", consumer_secret="s")
    platform.demand_dpop_nonce("n")
    platform.shape_tokens(revoked=True)
    for change in CHANGES:
        change(platform)
    with pytest.raises(FaaSInvokeError), platform.client(retry=RetryPolicy.none()) as client:
        client.invoke(event_id="greeting")

    platform.reset()

    assert (platform.functions, list(platform.requests), list(platform.accounts)) == ([], [], [platform.account_id])
    assert (platform.account.bearers, platform.account.oauth1_keys) == (set(), {})
    with pytest.raises(FaaSConfigurationError, match="no account of this platform"):
        platform.client(other)
    platform.function("greet", event_id="greeting")(echo)
    with platform.client() as client:
        assert status(client) == 200


def test_a_client_lives_on_over_a_reset_with_its_token(platform: FakePlatform, client: Client) -> None:
    for _ in range(2):
        platform.function("greet", event_id="greeting")(echo)
        assert status(client) == 200
        platform.requests.clear()
        platform.reset()
    platform.function("greet", event_id="greeting")(echo)
    assert status(client) == 200
    platform.requests.assert_count("token", 0)


def test_a_token_that_was_revoked_stays_so(platform: FakePlatform, greet: DeployedFunction, client: Client) -> None:
    assert status(client) == 200
    before = platform.snapshot()
    platform.revoke_tokens()
    platform.restore(before)
    assert status(client) == 200
    platform.requests.assert_count("token", 2)


def test_a_call_under_way_ends_as_it_would_have() -> None:
    platform, started, may_end = FakePlatform(), threading.Event(), threading.Event()
    answers: list[object] = []

    @platform.function("slow", event_id="slow")
    def slow(_given: FunctionInput) -> str:
        started.set()
        assert may_end.wait(30)
        return "done"

    with platform.client() as client:
        calling = threading.Thread(target=lambda: answers.append(client.invoke(lambda_uuid=slow.uuid).body))
        calling.start()
        assert started.wait(30)
        platform.reset()
        may_end.set()
        calling.join(30)
    assert answers == ["done"]
    assert list(platform.requests) == []


def test_a_snapshot_is_for_its_own_platform(platform: FakePlatform) -> None:
    with pytest.raises(FaaSConfigurationError, match="of another platform"):
        platform.restore(FakePlatform().snapshot())
