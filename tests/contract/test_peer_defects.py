"""What the reference clients get wrong, and this one must not. The numbers are those of docs/parity.md."""

from __future__ import annotations

import asyncio
import pickle
import time
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import (
    CSDSFailure,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSGetLambdasError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSOperationError,
    FaaSTimeoutError,
    HttpResponse,
    RetryPolicy,
    __version__,
)
from lpfunctions.adapters.memory import ManualClock, MemoryTransport
from lpfunctions.core.platform.error_codes import CODES, v1_code
from lpfunctions.core.platform.hosts import csds_host
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from lpfunctions import HttpRequest
    from tests.support.environments import Environment


@pytest.mark.parametrize("text", ["50% off", "%s %d %(x)s", "{0} {x!r}", "100%"])
def test_percent_signs_and_braces_in_untrusted_text_do_not_destroy_the_error(
    environment: Environment, text: str
) -> None:
    """C1."""
    code = "com.customer.faas.function.threw-error"
    environment.platform.fail_next(status=901, body={"code": code, "message": text}, kind="invoke")

    with pytest.raises(FaaSLambdaError) as failed:
        environment.client().invoke(event_id=text, external_system=text).raise_for_status()

    assert (failed.value.error_code, failed.value.error_message) == (code, text)
    assert text in str(failed.value)


def test_a_valid_token_is_kept_when_its_refresh_fails(environment: Environment) -> None:
    """C3."""
    client = environment.client(retry=RetryPolicy.none())
    client.invoke(lambda_uuid="x")
    environment.platform.fail_next(status=500, kind="token", times=None)

    for _ in range(10):
        environment.clock.advance(170)
        assert client.invoke(lambda_uuid="x").status == 404

    assert environment.clock.monotonic() > 1500


def test_a_short_token_is_not_fetched_for_every_call() -> None:
    """C3."""
    platform = FakePlatform(token_lifetime_seconds=600)
    with platform.client(jwt_refresh_after_minutes=30) as client:
        for _ in range(5):
            client.invoke(lambda_uuid="x")
    assert len(platform.requests.token_requests) == 1


def test_a_network_failure_is_an_error_and_never_a_return_value(environment: Environment) -> None:
    """C4."""
    environment.platform.fail_next(drop_connection=True, kind="invoke")

    with pytest.raises(FaaSInvokeError) as failed:
        environment.client(fail_on_error_status_code=False).invoke(lambda_uuid="x")
    assert isinstance(failed.value.__cause__, FaaSConnectionError)


def test_no_error_shows_the_token_the_secret_or_the_payload(environment: Environment) -> None:
    """C5."""
    environment.platform.fail_next(drop_connection=True, kind="invoke")

    with pytest.raises(FaaSInvokeError) as failed:
        environment.client().invoke(lambda_uuid="x", payload="canary-payload")

    (request,) = environment.journal.invocations
    token = request.headers["authorization"].removeprefix("Bearer ")
    shown = [
        repr(failed.value),
        str(failed.value),
        repr(failed.value.__cause__),
        pickle.dumps(failed.value).decode("latin-1"),
    ]
    for secret in (token, "client-secret", "canary-payload"):
        assert not any(secret in text for text in shown)


@pytest.mark.parametrize("status", [408, 500, 502, 504])
def test_a_post_that_may_have_run_is_not_repeated(environment: Environment, status: int) -> None:
    """C6."""
    environment.platform.fail_next(status=status, kind="invoke")

    response = environment.client().invoke(lambda_uuid="x")

    assert response.status == status
    assert response.delivered == "unknown"
    assert len(environment.journal.invocations) == 1


@pytest.mark.parametrize("kind", ["discovery", "token", "invoke"])
@pytest.mark.sockets
def test_a_silent_server_ends_the_call_within_its_deadline(kind: Any) -> None:
    """C7."""
    platform = FakePlatform()
    platform.fail_next(latency_seconds=5, kind=kind, times=None)

    async def awaiting(emulator: Emulator) -> float:
        async with emulator.async_client() as client:
            started = time.monotonic()
            with pytest.raises(FaaSInvokeError) as failed:
                await client.invoke(lambda_uuid="x", timeout=0.3)
            assert isinstance(failed.value.__cause__, FaaSTimeoutError)
            return time.monotonic() - started

    with Emulator(platform) as emulator:
        with emulator.client() as client:
            started = time.monotonic()
            with pytest.raises(FaaSInvokeError) as failed:
                client.invoke(lambda_uuid="x", timeout=0.3)
            elapsed = time.monotonic() - started
        assert isinstance(failed.value.__cause__, FaaSTimeoutError)
        assert failed.value.__cause__.phase == (kind if kind != "invoke" else "response")
        assert 0.29 < elapsed < 0.4
        assert 0.29 < asyncio.run(awaiting(emulator)) < 0.4


@pytest.mark.over_http
def test_discovery_follows_no_redirect(environment: Environment) -> None:
    """C10."""
    environment.platform.fail_next(status=302, headers={"Location": "https://evil.example/"}, kind="discovery")

    with pytest.raises(FaaSInvokeError, match="answered 302") as failed:
        environment.client().invoke(lambda_uuid="x")
    assert isinstance(failed.value.__cause__, CSDSFailure)
    assert len(environment.journal) == 1


@pytest.mark.parametrize(
    "stray", ["account_id", "protocol", "domain", "path", "query", "host", "method", "auth_strategy"]
)
def test_call_data_cannot_lead_the_request_elsewhere(stray: str) -> None:
    """C12, C13."""
    platform = FakePlatform()
    arguments: Any = {"lambda_uuid": "x", stray: "http://other.test/evil?z=1"}
    with platform.client() as client, pytest.raises(FaaSConfigurationError, match=stray):
        client.invoke(**arguments)
    assert len(platform.requests) == 0


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_returned_and_carries_nothing_anywhere(environment: Environment, status: int) -> None:
    """C14."""
    environment.platform.fail_next(status=status, headers={"Location": "http://evil.example/"}, kind="invoke")

    response = environment.client().invoke(lambda_uuid="x")

    assert response.status == status
    assert len(environment.journal.invocations) == 1


def test_the_user_agent_names_the_version_that_is_installed(environment: Environment) -> None:
    """C19."""
    environment.client().invoke(lambda_uuid="x")
    assert {request.headers["user-agent"].split()[0] for request in environment.journal} == {
        f"lpfunctions/{__version__}"
    }


def test_request_ids_are_uuids_of_version_4() -> None:
    """C19."""
    platform = FakePlatform()
    with platform.client() as client:
        for _ in range(500):
            client.invoke(lambda_uuid="x")
    ids = {str(request.request_id) for request in platform.requests.invocations}
    assert len(ids) == 500
    assert all(str(uuid.UUID(text)) == text and uuid.UUID(text).version == 4 for text in ids)
    assert {uuid.UUID(text).variant for text in ids} == {uuid.RFC_4122}


def test_no_code_carries_white_space() -> None:
    """C20."""
    assert all(code == code.strip() and v1_code(code) == v1_code(code).strip() for code in CODES)
    assert v1_code("com.customer.faas.function.execution-exceeded") == (
        "com.liveperson.faas.handler.executiontime-exceeded"
    )


def test_messages_have_balanced_quotes(environment: Environment) -> None:
    """C21."""
    error = environment.client().invoke(lambda_uuid="a-function").error
    assert error is not None
    assert str(error).count("'") % 2 == 0
    assert str(error).count('"') % 2 == 0


def test_a_discovery_failure_names_the_operation_and_the_service_that_needed_it(environment: Environment) -> None:
    """C22."""
    del environment.platform.account.domains["faasUI"]
    client = environment.client()

    if environment.emulator is None:
        with pytest.raises(FaaSGetLambdasError, match="no entry for service 'faasUI'") as failed:
            client.call("get_lambdas")
        assert failed.value.operation == "get_lambdas"


@pytest.mark.parametrize(
    "code",
    [
        "com.customer.faas.function.threw-error",
        "com.customer.faas.function.js-runtime-error",
        "com.customer.faas.function.execution-exceeded",
        "com.liveperson.faas.handler.custom-failure",
        "com.liveperson.faas.handler.runtime-exception",
        "com.liveperson.faas.handler.executiontime-exceeded",
        "com.liveperson.faas.handler.log-limit-reached",
    ],
)
@pytest.mark.parametrize("keys", [("code", "message"), ("errorCode", "errorMsg")])
def test_every_code_of_the_customers_function_is_a_lambda_error_on_either_version(
    environment: Environment, code: str, keys: tuple[str, str]
) -> None:
    """C23."""
    environment.platform.fail_next(status=500, body={keys[0]: code}, kind="invoke")

    error = environment.client().invoke(lambda_uuid="x").error

    assert isinstance(error, FaaSLambdaError)
    assert (error.error_code, error.delivered) == (code, "yes")


@pytest.mark.parametrize("code", ["com.liveperson.faas.handlerXYZ", "com.liveperson.faas.evg.general", None])
def test_other_codes_are_no_lambda_errors(environment: Environment, code: str | None) -> None:
    """C23."""
    environment.platform.fail_next(status=500, body={"code": code, "message": "m"}, kind="invoke")
    assert type(environment.client().invoke(lambda_uuid="x").error) is FaaSInvokeError


@pytest.mark.parametrize(
    "body", [b'{"baseURIs":"abc"}', b'{"baseURIs":[null]}', b"<html>", b'{"baseURIs":[{"service":"faasGW"}]}']
)
def test_a_malformed_discovery_answer_is_not_kept(environment: Environment, body: bytes) -> None:
    """C24."""
    client = environment.client()
    environment.platform.fail_next(status=200, body=body, kind="discovery")

    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(lambda_uuid="x")
    assert isinstance(failed.value.__cause__, CSDSFailure)
    environment.clock.advance(1)
    assert client.invoke(lambda_uuid="x").status == 404


def test_a_stale_discovery_answer_serves_while_discovery_is_down(environment: Environment) -> None:
    """C24."""
    client = environment.client(retry=RetryPolicy.none())
    client.invoke(lambda_uuid="x")
    environment.platform.fail_next(drop_connection=True, kind="discovery", times=None)

    environment.clock.advance(3500)
    assert client.invoke(lambda_uuid="x").status == 404


def test_the_gateways_host_tells_the_version_of_listing_too() -> None:
    """C28."""
    platform = FakePlatform(platform_version="v1")
    platform.account.domains["faasUI"] = "functions.liveperson.net"
    with platform.client() as client:
        client.get_lambdas()
    (request,) = platform.requests.list_requests
    assert request.path.endswith("/lambdas/")


@pytest.mark.parametrize(
    ("account_id", "host"),
    [
        ("12345678", "api.liveperson.net"),
        ("a1234", "api.liveperson.net"),
        ("c1234", "api.liveperson.net"),
        ("LE1234", "api.liveperson.net"),
        ("cc1234", "csds-app.qa.int.gw.lpcloud.io"),
        ("le1234", "csds-app.qa.int.gw.lpcloud.io"),
        ("qa1234", "csds-app.qa.int.gw.lpcloud.io"),
        ("fr1234", "adminlogin-z0-intg.liveperson.net"),
    ],
)
def test_only_known_prefixes_choose_another_discovery_host(account_id: str, host: str) -> None:
    """C29."""
    assert csds_host(account_id) == host


def test_a_token_without_an_end_is_renewed_all_the_same() -> None:
    """C30."""
    clock, platform = ManualClock(), FakePlatform()
    tokens = iter(range(100))

    def handle(request: HttpRequest) -> HttpResponse:
        if "/token" in request.url:
            return HttpResponse(200, content=b'{"access_token":"opaque-%d"}' % next(tokens))
        return platform.handle(request)

    with platform.client(transport=MemoryTransport(handle), clock=clock) as client:
        for _ in range(4):
            client.invoke(lambda_uuid="x")
            clock.advance(1801)
            client.invoke(lambda_uuid="x")
    assert next(tokens) >= 3


@pytest.mark.sockets
def test_a_call_can_be_cancelled_and_the_client_goes_on() -> None:
    """C30."""
    platform = FakePlatform()
    platform.fail_next(latency_seconds=5, kind="invoke")

    async def main(emulator: Emulator) -> int:
        async with emulator.async_client() as client:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(client.invoke(lambda_uuid="x"), 0.2)
            return (await client.invoke(lambda_uuid="x")).status

    with Emulator(platform) as emulator:
        assert asyncio.run(main(emulator)) == 404


def test_every_failure_of_an_operation_is_caught_by_one_class() -> None:
    """C4, C22."""
    assert issubclass(FaaSInvokeError, FaaSOperationError)
    assert issubclass(FaaSLambdaError, FaaSInvokeError)
