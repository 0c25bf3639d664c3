"""Client credentials: a token is renewed in good time, and replaced when it is rejected; on four environments."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import BearerToken, FaaSInvokeError, RetryPolicy
from tests.support.auth import authorizations, call, cause_of, statuses, tokens, with_greeter

if TYPE_CHECKING:
    from tests.support.environments import Environment

MINUTE = 60.0


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    return with_greeter(v2_environment)


@pytest.mark.parametrize(
    ("lifetime_minutes", "refresh_after_minutes", "refresh_at_minutes"),
    [
        pytest.param(60, 30, 30, id="at the age that was set"),
        pytest.param(60, 10, 10, id="earlier when told to"),
        pytest.param(60, 90, 55, id="five minutes before the end at the latest"),
        pytest.param(10, 30, 8, id="a fifth of a short life before its end"),
        pytest.param(60, 0, 1, id="never more often than once a minute"),
        pytest.param(1.1, 30, 1, id="nor when its life is short"),
    ],
)
def test_a_token_is_refreshed_beside_the_calls(
    environment: Environment, lifetime_minutes: float, refresh_after_minutes: float, refresh_at_minutes: float
) -> None:
    environment.platform.shape_tokens(lifetime_seconds=lifetime_minutes * MINUTE)
    client = environment.client(jwt_refresh_after_minutes=refresh_after_minutes)
    call(environment, client)

    environment.clock.advance(refresh_at_minutes * MINUTE - 0.5)
    call(environment, client)
    assert tokens(environment) == 1

    environment.clock.advance(0.5)
    call(environment, client)
    call(environment, client)
    assert tokens(environment) == 2
    first, second, third, fourth = authorizations(environment)
    assert first == second == third != fourth, "the call that found the token old did not wait for another"


def test_a_token_that_ended_unused_is_replaced_before_the_next_call(environment: Environment) -> None:
    client = environment.client()
    call(environment, client)
    environment.clock.advance(61 * MINUTE)
    call(environment, client)

    assert statuses(environment) == [200, 200]
    assert tokens(environment) == 2


@pytest.mark.parametrize("form", ["opaque", "malformed"])
@pytest.mark.parametrize("expires_in", ["text", "number"])
def test_a_token_that_no_library_can_read_lives_as_long_as_its_answer_says(
    environment: Environment, form: Any, expires_in: Any
) -> None:
    environment.platform.shape_tokens(lifetime_seconds=101, form=form, expires_in=expires_in)
    client = environment.client()
    call(environment, client)
    environment.clock.advance(79)
    call(environment, client)
    assert tokens(environment) == 1
    environment.clock.advance(1)
    call(environment, client)
    assert tokens(environment) == 2
    assert statuses(environment) == [200, 200, 200]


def test_a_token_whose_life_is_unknown_is_used_until_it_is_rejected(environment: Environment) -> None:
    environment.platform.shape_tokens(lifetime_seconds=1000 * MINUTE, form="opaque", expires_in="absent")
    client = environment.client(retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.fail_next(status=500, kind="token", times=None)
    environment.clock.advance(999 * MINUTE)
    call(environment, client)
    state = client.client.auth_state()
    assert state is not None
    assert (state.age_seconds, state.expires_in_seconds) == (999 * MINUTE, math.inf)
    assert len(set(authorizations(environment))) == 1

    environment.platform.clear_faults()
    environment.platform.revoke_tokens()
    environment.clock.advance(1)
    call(environment, client)
    assert statuses(environment) == [200, 200, 401, 200]


@pytest.mark.parametrize("hours", [1, -1])
def test_a_jump_of_the_wall_clock_causes_no_refresh_and_no_failure(environment: Environment, hours: int) -> None:
    clock = type(environment.clock)()  # the platform has its own, and does not jump
    client = environment.client(clock=clock)
    call(environment, client)

    clock.jump(hours * 3600.0)
    for _ in range(20):
        call(environment, client)
        clock.advance(MINUTE)
        environment.clock.advance(MINUTE)
    assert tokens(environment) == 1
    assert set(statuses(environment)) == {200}


def test_a_revoked_token_is_replaced_and_the_call_sent_again(environment: Environment) -> None:
    client = environment.client()
    call(environment, client)
    environment.platform.revoke_tokens()
    call(environment, client)
    assert statuses(environment) == [200, 401, 200]
    assert tokens(environment) == 2


def test_a_401_with_another_cause_makes_no_storm(environment: Environment) -> None:
    client = environment.client()
    call(environment, client)
    environment.platform.fail_next(status=401, kind="invoke", times=None)

    for _ in range(100):
        assert client.invoke(lambda_uuid="any").status == 401
        environment.clock.advance(1)

    assert tokens(environment) == 3, "one replacement at once, one after a minute"
    assert len(environment.journal.invocations) == 1 + 100 + 2


def test_tokens_that_are_worthless_from_the_start_make_no_storm(environment: Environment) -> None:
    environment.platform.shape_tokens(revoked=True)
    client = environment.client()
    for _ in range(20):
        assert client.invoke(lambda_uuid="any").status == 401
    assert tokens(environment) == 2


def test_a_rejected_token_is_not_used_when_no_other_can_be_had(environment: Environment) -> None:
    client = environment.client(retry=RetryPolicy.none())
    call(environment, client)
    environment.platform.revoke_tokens()
    environment.platform.fail_next(status=500, kind="token", times=None)
    for _ in range(3):
        with pytest.raises(FaaSInvokeError, match="token request") as failed:
            client.invoke(lambda_uuid="any")
        cause_of(failed)
    assert statuses(environment) == [200, 401]
    environment.platform.clear_faults()
    environment.clock.advance(1)
    call(environment, client)


def test_the_state_of_the_token_can_be_seen_without_the_token(environment: Environment) -> None:
    client = environment.client()
    empty = client.client.auth_state()
    assert empty is not None
    assert (empty.age_seconds, empty.expires_in_seconds, empty.refresh_in_seconds) == (None, None, None)
    assert (empty.refreshes, empty.failures) == (0, 0)

    call(environment, client)
    environment.clock.advance(100)
    state = client.client.auth_state()
    assert state is not None
    assert (state.age_seconds, state.refresh_in_seconds, state.expires_in_seconds) == (100, 1700, 3500)
    assert state.refreshes == 1


def test_a_strategy_without_a_state_has_none_to_show(environment: Environment) -> None:
    assert environment.client(auth_strategy=BearerToken("token")).client.auth_state() is None
