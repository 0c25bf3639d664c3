"""What the suites about single strategies share: a V2 platform with one function, and how to read its journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions import FaaSAppJWTAuthenticationError, FaaSInvokeError

if TYPE_CHECKING:
    import pytest

    from lpfunctions.testing import RecordedRequest
    from tests.support.environments import Driver, Environment

HOSTILE = "ä/b c?d&e=f+g%20h😀"
"""An event that needs encoding wherever it goes."""


def with_greeter(environment: Environment) -> Environment:
    """Deploy a function that listens to `HOSTILE`."""

    @environment.platform.function(name="greet", event_id=HOSTILE)
    def greet(_given: object) -> str:
        return "hello"

    assert greet.uuid
    return environment


def greeter(environment: Environment) -> str:
    """The uuid of that function."""
    return environment.platform.functions[0].uuid


def busy_once(environment: Environment) -> None:
    """The next invocation is refused with a 429, which is repeated."""
    environment.platform.fail_next(status=429, kind="invoke")


def two_attempts(environment: Environment) -> tuple[RecordedRequest, RecordedRequest]:
    """Return both attempts: the one with 429, and the successful one."""
    first, second = environment.journal.invocations
    assert (first.status, second.status) == (429, 200)
    return first, second


def cause_of(failed: pytest.ExceptionInfo[FaaSInvokeError]) -> FaaSAppJWTAuthenticationError:
    """Return why a call could not be authorised; the function has not run."""
    cause = failed.value.__cause__
    assert isinstance(cause, FaaSAppJWTAuthenticationError)
    assert failed.value.delivered == "no"
    return cause


def call(environment: Environment, client: Driver) -> None:
    """Invoke the function, which must succeed; then wait for background work."""
    assert client.invoke(lambda_uuid=greeter(environment)).raise_for_status().body == "hello"
    environment.wait_until_idle()


def tokens(environment: Environment) -> int:
    """How often the token endpoint was asked."""
    return len(environment.journal.token_requests)


def statuses(environment: Environment) -> list[int | None]:
    """How the invocations were answered."""
    return [request.status for request in environment.journal.invocations]


def authorizations(environment: Environment) -> list[str]:
    """What the invocations came with."""
    return [request.headers["authorization"] for request in environment.journal.invocations]
