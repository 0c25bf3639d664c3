"""R2: `delivered` says whether the function may have run, over all attempts of a call, on four environments.

Each case is a script for the gateway and what the caller must be told. What the platform really ran is counted, so
that ``"no"`` is checked against the truth and not against our own table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSInvokeError, FaaSOperationError, FaaSResponseFormatError, RetryPolicy, StaticDomainResolver
from lpfunctions.testing.faults.scripts import refused_port
from tests.support.environments import Environment

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Delivered
    from lpfunctions.testing.platform.requests.routing import Kind

ONCE = RetryPolicy(base_seconds=0.0)
EAGER = RetryPolicy(base_seconds=0.0, retry_unknown=True)
NONE = RetryPolicy.none()

DROP: dict[str, Any] = {"drop_connection": True}
LOSE: dict[str, Any] = {"lose_answer": True}


def said(status: int, code: str | None = None, **headers: str) -> dict[str, Any]:
    body = b"" if code is None else {"errorCode": code, "errorMsg": "m"}
    return {"status": status, "headers": headers, "body": body}


REFUSED = said(503, **{"Retry-After": "0"})

CASES = [
    # what the gateway does, in turn            policy  attempts delivered
    pytest.param([DROP], ONCE, 1, "unknown", id="dropped"),
    pytest.param([LOSE], ONCE, 1, "unknown", id="answer-lost"),
    pytest.param([said(429)] * 4, ONCE, 4, "no", id="429-to-the-end"),
    pytest.param([REFUSED] * 4, ONCE, 4, "no", id="503-retry-after-to-the-end"),
    pytest.param([said(503)], ONCE, 1, "unknown", id="503"),
    pytest.param([said(500)], ONCE, 1, "unknown", id="500"),
    pytest.param([said(502)], ONCE, 1, "unknown", id="502"),
    pytest.param([said(504)], ONCE, 1, "unknown", id="504"),
    pytest.param([said(408)], ONCE, 1, "unknown", id="408"),
    pytest.param([said(501)], ONCE, 1, "unknown", id="501"),
    pytest.param([said(301, Location="http://elsewhere.example/")], ONCE, 1, "unknown", id="redirect"),
    pytest.param([said(400)], ONCE, 1, "no", id="400"),
    pytest.param([said(403)], ONCE, 1, "no", id="403"),
    pytest.param([said(404)], ONCE, 1, "no", id="404"),
    pytest.param([said(401)] * 2, ONCE, 2, "no", id="401-twice"),
    pytest.param([said(901)], ONCE, 1, "yes", id="901"),
    pytest.param([said(500, "com.liveperson.faas.handler.x")], ONCE, 1, "yes", id="code-of-the-function"),
    pytest.param([said(429), DROP], ONCE, 2, "unknown", id="refused-then-dropped"),
    pytest.param([said(429), said(404)], ONCE, 2, "no", id="refused-then-404"),
    pytest.param([REFUSED, said(901)], ONCE, 2, "yes", id="refused-then-901"),
    pytest.param([DROP, said(404)], EAGER, 2, "unknown", id="dropped-then-404"),
    pytest.param([LOSE, said(404)], EAGER, 2, "unknown", id="answer-lost-then-404"),
    pytest.param([said(500), *[said(429)] * 3], EAGER, 4, "unknown", id="500-then-429-to-the-end"),
    pytest.param([LOSE, said(401), said(401)], EAGER, 3, "unknown", id="answer-lost-then-401"),
    pytest.param([DROP, said(901)], EAGER, 2, "yes", id="dropped-then-901"),
    pytest.param([said(401), LOSE], ONCE, 2, "unknown", id="replayed-then-answer-lost"),
    pytest.param([LOSE], NONE, 1, "unknown", id="never-repeated"),
]


def counted(environment: Environment) -> list[int]:
    """Deploy a function; return where each of its runs leaves a mark."""
    runs: list[int] = []

    @environment.platform.function(name="count", event_id="counted")
    async def count(_given: Any) -> None:
        runs.append(1)

    return runs


def failure_of(environment: Environment, policy: RetryPolicy, **target: Any) -> FaaSOperationError:
    with pytest.raises(FaaSInvokeError) as failed:
        environment.client(retry=policy).invoke(fail_on_error_status_code=True, **target)
    return failed.value


@pytest.mark.parametrize(("script", "policy", "attempts", "delivered"), CASES)
@pytest.mark.over_http
def test_delivered_is_right(
    environment: Environment, script: list[dict[str, Any]], policy: RetryPolicy, attempts: int, delivered: Delivered
) -> None:
    runs = counted(environment)
    for fault in script:
        environment.platform.fail_next(kind="invoke", **fault)

    error = failure_of(environment, policy, lambda_uuid=environment.platform.functions[0].uuid)

    assert (len(error.attempts), error.delivered) == (attempts, delivered)
    assert error.delivered != "no" or not runs, "it is said not to have run, and it did"
    assert len(runs) == script.count(LOSE)
    assert len(environment.journal.invocations) == attempts


@pytest.mark.parametrize("fault", [said(429), REFUSED], ids=["429", "503-retry-after"])
def test_a_v2_event_that_is_refused_may_have_run_for_some_of_its_functions(
    v2_environment: Environment, fault: dict[str, Any]
) -> None:
    v2_environment.platform.fail_next(kind="invoke", **fault)
    error = failure_of(v2_environment, ONCE, event_id="counted")
    assert (len(error.attempts), error.delivered) == (1, "unknown")


@pytest.mark.parametrize("fault", [said(429), REFUSED], ids=["429", "503-retry-after"])
def test_a_v1_event_that_is_refused_has_not_run(v1_environment: Environment, fault: dict[str, Any]) -> None:
    runs = counted(v1_environment)
    v1_environment.platform.fail_next(kind="invoke", **fault)
    response = v1_environment.client(retry=ONCE).invoke(event_id="counted")
    assert [attempt.delivered for attempt in response.attempts] == ["no", "yes"]
    assert len(runs) == 1


def test_an_answer_after_an_attempt_that_may_have_run_says_so_too(environment: Environment) -> None:
    counted(environment)
    environment.platform.fail_next(kind="invoke", **LOSE)
    environment.platform.fail_next(kind="invoke", **said(404))
    response = environment.client(retry=EAGER).invoke(lambda_uuid=environment.platform.functions[0].uuid)
    assert (response.status, response.delivered) == (404, "unknown")


@pytest.mark.parametrize(("kind", "status"), [("discovery", 500), ("discovery", 404), ("token", 500), ("token", 403)])
def test_what_fails_before_the_gateway_is_asked_has_not_run(environment: Environment, kind: Kind, status: int) -> None:
    counted(environment)
    environment.platform.fail_next(status=status, kind=kind, times=None)
    error = failure_of(environment, ONCE, event_id="counted")
    assert (error.attempts, error.delivered) == ((), "no")


@pytest.mark.parametrize("name", ["requests", "aiohttp"])
@pytest.mark.sockets
def test_a_gateway_that_refuses_connections_has_run_nothing(name: str) -> None:
    with Environment(name, "v2") as environment:
        assert environment.emulator is not None
        resolver = StaticDomainResolver(
            {"faasGW": f"127.0.0.1:{refused_port()}", "sentinel": environment.emulator.host}
        )
        with pytest.raises(FaaSInvokeError) as failed:
            environment.client(retry=ONCE, domain_resolver=resolver).invoke(event_id="counted")
    assert (len(failed.value.attempts), failed.value.delivered) == (4, "no")


@pytest.mark.parametrize(("content_type", "body"), [("text/html", b"<html>Sign in</html>"), ("application/json", b"{")])
@pytest.mark.parametrize("policy", [RetryPolicy(), RetryPolicy.at_least_once()], ids=["default", "at_least_once"])
def test_the_good_answer_of_a_proxy_is_a_failure_that_is_not_repeated(
    environment: Environment, content_type: str, body: bytes, policy: RetryPolicy
) -> None:
    client = environment.client(retry=policy)
    environment.platform.fail_next(kind="invoke", status=200, headers={"content-type": content_type}, body=body)

    answer = client.invoke(lambda_uuid="a1b2")

    assert (answer.ok, answer.status, answer.delivered) == (False, 200, "unknown")
    assert isinstance(answer.error, FaaSInvokeError)
    assert isinstance(answer.error.__cause__, FaaSResponseFormatError)
    assert answer.error.delivered == "unknown"
    assert len(environment.journal.invocations) == 1

    environment.platform.fail_next(kind="invoke", status=200, headers={"content-type": content_type}, body=body)
    with pytest.raises(FaaSInvokeError, match="comes from a proxy; the function may have run"):
        client.invoke(lambda_uuid="a1b2", fail_on_error_status_code=True)
    assert len(environment.journal.invocations) == 2
