"""A fixed token, a callable, a strategy of one's own, from one body on four environments."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import (
    AuthState,
    BearerToken,
    FaaSAppJWTAuthenticationError,
    FaaSConfigurationError,
    FaaSError,
    FaaSInvokeError,
    FaaSTimeoutError,
)
from tests.support.auth import busy_once, cause_of, greeter, two_attempts, with_greeter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions import HttpRequest, HttpResponse
    from tests.support.environments import Environment


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    return with_greeter(v2_environment)


@pytest.fixture
def sync_environment(sync_environment: Environment) -> Environment:
    return with_greeter(sync_environment)


@pytest.fixture
def async_environment(async_environment: Environment) -> Environment:
    return with_greeter(async_environment)


# -- a fixed token --


def test_a_bearer_token_is_sent_with_every_attempt(environment: Environment) -> None:
    environment.platform.add_bearer("users-token")
    busy_once(environment)
    client = environment.client(auth_strategy=BearerToken("users-token"))
    assert client.invoke(lambda_uuid=greeter(environment)).body == "hello"
    assert [attempt.headers["authorization"] for attempt in two_attempts(environment)] == ["Bearer users-token"] * 2
    assert environment.journal.token_requests == []


def test_a_bearer_token_that_is_rejected_is_not_sent_again(environment: Environment) -> None:
    response = environment.client(auth_strategy=BearerToken("wrong")).invoke(lambda_uuid=greeter(environment))
    assert response.status == 401
    assert len(environment.journal.invocations) == 1


# -- a callable --


def test_a_callable_that_is_rejected_is_asked_once_more(environment: Environment) -> None:
    environment.platform.add_bearer("t0ken-2")
    values = iter(["Bearer t0ken-1", "Bearer t0ken-2"])

    def header(*, url: str, method: str) -> str:
        return next(values)

    assert environment.client(auth_strategy=header).invoke(lambda_uuid=greeter(environment)).body == "hello"
    assert [request.status for request in environment.journal.invocations] == [401, 200]


@pytest.mark.parametrize(
    "value", [None, 7, b"Bearer x", "", " ", "Bearer \r\nX-Evil: 1", "Bearer ä", "Bearer x ", "Bearer \x00"], ids=repr
)
def test_a_value_that_cannot_be_sent_is_refused_without_being_shown(environment: Environment, value: Any) -> None:
    def my_header(*, url: str, method: str) -> Any:
        return value

    with pytest.raises(FaaSInvokeError, match=r"my_header.* must give Authorization as a str") as failed:
        environment.client(auth_strategy=my_header).invoke(lambda_uuid=greeter(environment))
    cause_of(failed)
    assert "Evil" not in str(failed.value)
    assert environment.journal.invocations == []


def test_what_a_callable_raises_becomes_an_error_of_ours_that_names_it(environment: Environment) -> None:
    def my_vault(*, url: str, method: str) -> str:
        raise OSError("no route to the vault")

    with pytest.raises(FaaSInvokeError, match="my_vault' raised OSError") as failed:
        environment.client(auth_strategy=my_vault).invoke(lambda_uuid=greeter(environment))
    assert isinstance(cause_of(failed).__cause__, OSError)
    assert environment.journal.invocations == []


class AsyncCallable:
    async def __call__(self, *, url: str, method: str) -> str:
        await asyncio.sleep(0)
        return "Bearer mine"


async def async_header(*, url: str, method: str) -> str:
    await asyncio.sleep(0)
    return "Bearer mine"


def innocent(*, url: str, method: str) -> Any:
    """One that cannot be seen to be async before it is called."""
    return async_header(url=url, method=method)


ASYNC_CALLABLES = {"function": async_header, "object": AsyncCallable(), "partial": functools.partial(async_header)}


@pytest.mark.parametrize("header", [*ASYNC_CALLABLES.values(), innocent], ids=[*ASYNC_CALLABLES, "innocent"])
def test_an_async_callable_is_awaited_by_the_async_client(async_environment: Environment, header: Any) -> None:
    async_environment.platform.add_bearer("mine")
    assert async_environment.client(auth_strategy=header).invoke(lambda_uuid=greeter(async_environment)).body == "hello"


@pytest.mark.parametrize("header", ASYNC_CALLABLES.values(), ids=ASYNC_CALLABLES)
def test_an_async_callable_is_refused_by_the_blocking_client(sync_environment: Environment, header: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"'auth_strategy'.*(async_header|AsyncCallable|partial)"):
        sync_environment.client(auth_strategy=header)
    client = sync_environment.client()
    with pytest.raises(FaaSConfigurationError, match="coroutine function"):
        client.client.with_options(auth_strategy=header)


def test_a_callable_whose_colour_does_not_show_is_named_when_it_waits(sync_environment: Environment) -> None:
    client = sync_environment.client(auth_strategy=innocent)
    with pytest.raises(FaaSConfigurationError, match=r"innocent.* waits for an event loop, and Client has none"):
        client.invoke(lambda_uuid=greeter(sync_environment))


def test_an_async_callable_that_hangs_does_not_outlast_the_call(async_environment: Environment) -> None:
    async def hang(*, url: str, method: str) -> str:
        await asyncio.sleep(60)
        return "Bearer mine"

    with pytest.raises(FaaSInvokeError) as failed:
        async_environment.client(auth_strategy=hang).invoke(lambda_uuid=greeter(async_environment), timeout=0.2)
    assert isinstance(failed.value.__cause__, FaaSTimeoutError)
    assert (failed.value.__cause__.phase, failed.value.delivered) == ("token", "no")


# -- a strategy of one's own --


class Rotating:
    """Plain methods; a new token after a rejection."""

    def __init__(self) -> None:
        self.tokens = iter(["t0ken-1", "t0ken-2"])
        self.token = next(self.tokens)

    def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.token}", "X-Region": "eu"}

    def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        assert (request.headers["Authorization"], response.status) == ("Bearer t0ken-1", 401)
        self.token = next(self.tokens)
        return True


class AsyncRotating(Rotating):
    """The same, spelled async."""

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:  # type: ignore[override]
        return super().authorize(request)

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # type: ignore[override]
        return super().rejected(request, response)


@pytest.mark.parametrize("strategy", [Rotating, AsyncRotating])
def test_a_strategy_of_ones_own_may_be_plain_or_async(environment: Environment, strategy: type[Any]) -> None:
    environment.platform.add_bearer("t0ken-2")
    assert environment.client(auth_strategy=strategy()).invoke(lambda_uuid=greeter(environment)).body == "hello"
    first, second = environment.journal.invocations
    assert (first.status, second.status) == (401, 200)
    assert second.headers["x-region"] == "eu"


@pytest.mark.parametrize(
    ("headers", "expected_message"),
    [
        ({"Authorization": "Bearer x\r\nX-Evil: 1"}, "Rotating.authorize must give Authorization as a str"),
        ({"Authorization": None}, "must give Authorization as a str"),
        ({"X\r\nEvil": "1"}, "must not set the header"),
        ({"": "1"}, "must not set the header"),
        ({"Host": "evil.example"}, "must not set the header 'Host'"),
        ({"Content-Length": "0"}, "must not set the header 'Content-Length'"),
        ({"x-request-id": "1"}, "must not set the header 'x-request-id'"),
        (None, "must return a mapping"),
        ("Bearer x", "must return a mapping"),
    ],
)
def test_headers_that_cannot_be_sent_are_refused(environment: Environment, headers: Any, expected_message: str) -> None:
    strategy = Rotating()
    strategy.authorize = lambda request: headers  # type: ignore[method-assign]
    with pytest.raises(FaaSInvokeError, match=expected_message) as failed:
        environment.client(auth_strategy=strategy).invoke(lambda_uuid=greeter(environment))
    cause_of(failed)
    assert environment.journal.invocations == []


@pytest.mark.parametrize(
    "failure", [FaaSTimeoutError("too late", phase="token", delivered="no"), FaaSAppJWTAuthenticationError("no key")]
)
def test_an_error_of_ours_that_a_strategy_raises_is_left_as_it_is(environment: Environment, failure: FaaSError) -> None:
    class Failing(Rotating):
        def authorize(self, request: HttpRequest) -> Mapping[str, str]:
            raise failure

    with pytest.raises(FaaSInvokeError) as failed:
        environment.client(auth_strategy=Failing()).invoke(lambda_uuid=greeter(environment))
    assert failed.value.__cause__ is failure


@pytest.mark.parametrize("method", ["authorize", "rejected"])
def test_what_a_strategy_raises_becomes_an_error_of_ours_that_names_it(environment: Environment, method: str) -> None:
    def fail(*_arguments: object) -> Any:
        raise TimeoutError("the vault is slow")

    strategy = Rotating()
    setattr(strategy, method, fail)
    with pytest.raises(FaaSInvokeError, match=f"Rotating.{method} raised TimeoutError") as failed:
        environment.client(auth_strategy=strategy).invoke(lambda_uuid=greeter(environment))
    cause_of(failed)


class Telling(Rotating):
    """One that says how it is doing."""

    def auth_state(self) -> AuthState:
        return AuthState(1.0, 2.0, 3.0, 4, 5, 6)


def test_a_strategy_may_tell_its_state(environment: Environment) -> None:
    assert environment.client(auth_strategy=Rotating()).client.auth_state() is None
    assert environment.client(auth_strategy=Telling()).client.auth_state() == AuthState(1.0, 2.0, 3.0, 4, 5, 6)


@pytest.mark.parametrize(
    "given", [None, 7, "Bearer x", Rotating, object()], ids=["none", "number", "text", "class", "object"]
)
def test_what_cannot_authorise_is_refused_at_construction(environment: Environment, given: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="auth_strategy"):
        environment.client(auth_strategy=given)
