"""Client credentials while the token endpoint fails; on four environments, in virtual time."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import CSDSDomainNotFound, FaaSConfigurationError, FaaSInvokeError, RetryPolicy
from tests.support.auth import call, cause_of, statuses, tokens, with_greeter

if TYPE_CHECKING:
    from lpfunctions.testing import RecordedRequest
    from tests.support.environments import Environment

MINUTE = 60.0


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    return with_greeter(v2_environment)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_token_request_is_not_repeated(environment: Environment, status: int) -> None:
    environment.platform.fail_next(status=status, body={"error": "invalid_client"}, kind="token", times=None)
    client = environment.client()

    for _ in range(5):
        with pytest.raises(FaaSInvokeError, match=f"answered {status} .*: 'invalid_client'") as failed:
            client.invoke(lambda_uuid="any")
        cause = cause_of(failed)
        assert (cause.status, cause.retryable) == (status, False)
    assert tokens(environment) == 1, "the failure is told to those who come within a second"

    environment.clock.advance(1.0)
    with pytest.raises(FaaSInvokeError):
        client.invoke(lambda_uuid="any")
    assert tokens(environment) == 2


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"drop_connection": True}], ids=str)
def test_a_failing_endpoint_is_asked_once_a_second_at_most(environment: Environment, fault: dict[str, Any]) -> None:
    asked: list[float] = []

    def note(_request: RecordedRequest) -> bool:
        asked.append(environment.clock.monotonic())
        return True

    environment.platform.fail_next(**fault, kind="token", times=None, where=note)
    client = environment.client(retry=RetryPolicy(base_seconds=0.01))
    while environment.clock.monotonic() < 30:
        with pytest.raises(FaaSInvokeError) as failed:
            client.invoke(lambda_uuid="any")
        cause_of(failed)
        assert failed.value.retryable
        environment.clock.advance(0.1)

    gaps = [later - earlier for earlier, later in pairwise(asked)]
    assert min(gaps) >= 1.0 - 1e-9
    assert 20 <= len(asked) <= 32


def test_a_failing_endpoint_that_recovers_is_noticed_within_a_second(environment: Environment) -> None:
    environment.platform.fail_next(status=500, kind="token", times=None)
    client = environment.client(retry=RetryPolicy.none())
    with pytest.raises(FaaSInvokeError):
        client.invoke(lambda_uuid="any")
    environment.platform.clear_faults()
    environment.clock.advance(1.0)

    call(environment, client)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 401}, {"drop_connection": True}], ids=str)
def test_no_call_fails_while_a_token_is_valid_though_the_endpoint_is_down(
    environment: Environment, fault: dict[str, Any]
) -> None:
    """R5."""
    client = environment.client(retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.fail_next(**fault, kind="token", times=None)

    calls = 1
    while environment.clock.monotonic() < 60 * MINUTE - 10:
        environment.clock.advance(10)
        call(environment, client)
        calls += 1

    assert calls == 360
    assert statuses(environment) == [200] * calls
    # 30 minutes at one try in 30 seconds, and the first ones at 1, 2, 4, 8 and 16.
    assert 58 <= tokens(environment) - 1 <= 64
    environment.clock.advance(10)
    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(lambda_uuid="any")
    cause_of(failed)


def test_a_failed_refresh_is_tried_again_after_1_2_4_8_16_and_then_30_seconds(environment: Environment) -> None:
    client = environment.client(retry=RetryPolicy.none())
    call(environment, client)
    environment.clock.advance(30 * MINUTE)
    asked: list[float] = []
    start = environment.clock.monotonic()

    def note(_request: RecordedRequest) -> bool:
        asked.append(environment.clock.monotonic() - start)
        return True

    environment.platform.fail_next(status=500, kind="token", times=None, where=note)
    for _ in range(130):
        call(environment, client)
        environment.clock.advance(1)
    assert asked == [0, 1, 3, 7, 15, 31, 61, 91, 121]


def test_when_the_token_ends_in_an_outage_the_pause_is_a_second_again(environment: Environment) -> None:
    client = environment.client(retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.fail_next(status=500, kind="token", times=None)
    environment.clock.advance(20)
    for _ in range(119):
        environment.clock.advance(30)
        call(environment, client)
    assert environment.clock.monotonic() == 60 * MINUTE - 10, "the refresh has just failed, and pauses for 30 seconds"
    environment.platform.clear_faults()
    environment.clock.advance(11)

    call(environment, client)


class HidesSentinel:
    """A resolver for which the token endpoint is a riddle."""

    def __init__(self, host: str, failure: Exception) -> None:
        self._host = host
        self._failure = failure

    def resolve(self, service: str, *, timeout_seconds: float) -> str:
        if service == "sentinel":
            raise self._failure
        return self._host


def test_a_token_endpoint_that_cannot_be_found_is_an_authentication_error(environment: Environment) -> None:
    lost = CSDSDomainNotFound("no entry for service 'sentinel'", service="sentinel")
    host = environment.emulator.host if environment.emulator else "va.fninvocations.liveperson.net"
    client = environment.client(domain_resolver=HidesSentinel(host, lost))
    with pytest.raises(FaaSInvokeError, match="could not obtain a token: no entry for service 'sentinel'") as failed:
        client.invoke(lambda_uuid="any")
    assert isinstance(cause_of(failed).__cause__, CSDSDomainNotFound)


def test_a_mistake_that_shows_when_a_token_is_fetched_is_a_configuration_error(environment: Environment) -> None:
    mistake = FaaSConfigurationError("resolve waits for an event loop")
    host = environment.emulator.host if environment.emulator else "va.fninvocations.liveperson.net"
    client = environment.client(domain_resolver=HidesSentinel(host, mistake))
    with pytest.raises(FaaSConfigurationError, match="waits for an event loop"):
        client.invoke(lambda_uuid="any")


def test_a_refresh_that_succeeds_after_failures_starts_afresh(environment: Environment) -> None:
    client = environment.client(retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.fail_next(status=500, kind="token", times=3)
    environment.clock.advance(30 * MINUTE)
    for _ in range(10):
        call(environment, client)
        environment.clock.advance(1)
    assert tokens(environment) == 5
    state = client.client.auth_state()
    assert state is not None
    assert (state.refreshes, state.failures, state.failures_in_a_row) == (2, 3, 0)
