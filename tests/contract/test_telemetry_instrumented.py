"""Beside the real auto-instrumentations of requests and aiohttp: one span per request, never two, never none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import requests
from opentelemetry.instrumentation.aiohttp_client import AioHttpClientInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor

from lpfunctions import AsyncClient, BearerToken, Client
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.sockets, pytest.mark.own_telemetry, pytest.mark.versions]


@pytest.fixture
def sdk() -> Iterator[Sdk]:
    """An SDK to which both instrumentations report, before any session is made."""
    sdk = Sdk()
    instrumentors: list[Any] = [RequestsInstrumentor(), AioHttpClientInstrumentor()]
    for instrumentor in instrumentors:
        instrumentor.instrument(**sdk.options)
    try:
        yield sdk
    finally:
        for instrumentor in instrumentors:
            instrumentor.uninstrument()


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    platform = FakePlatform(account_id="12345678", client_id="client-id", client_secret="client-secret")

    @platform.function(name="greet")
    def greet(_given: FunctionInput) -> str:
        return "hello"

    with Emulator(platform) as emulator:
        yield emulator


def uuid(emulator: Emulator) -> str:
    """The one function's."""
    return next(iter(emulator.platform.functions)).uuid


OWN = [
    "GET /api/account/{account_id}/service/baseURI.json",
    "POST /sentinel/api/account/{account_id}/app/token",
    "POST /api/account/{account_id}/lambdas/{lambda_uuid}/invoke",
    "LivePersonFunctions.Invoke",
]


def test_the_instrumentations_work_in_this_test(sdk: Sdk, emulator: Emulator) -> None:
    """Or the tests below would prove nothing."""
    requests.get(f"{emulator.url}/nowhere", timeout=5)
    assert [span.name for span in sdk.spans] == ["GET"]


async def test_the_instrumentation_of_aiohttp_works_in_this_test(sdk: Sdk, emulator: Emulator) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{emulator.url}/nowhere"):
        pass
    assert [span.name for span in sdk.spans] == ["GET"]


@pytest.mark.parametrize("with_session", [False, True], ids=["own session", "user's session"])
def test_requests_are_spans_of_ours_alone(sdk: Sdk, emulator: Emulator, with_session: bool) -> None:
    with requests.Session() as session:
        more: dict[str, Any] = {"session": session} if with_session else {}
        with emulator.client(**sdk.options, **more) as client:
            client.invoke(lambda_uuid=uuid(emulator))

    assert [span.name for span in sdk.spans] == OWN
    assert [count for _, count in sdk.series("http.client.request.duration")] == [1, 2]


@pytest.mark.parametrize("with_session", [False, True], ids=["own session", "user's session"])
async def test_requests_of_aiohttp_are_spans_of_ours_alone(sdk: Sdk, emulator: Emulator, with_session: bool) -> None:
    async with aiohttp.ClientSession() as session:
        more: dict[str, Any] = {"session": session} if with_session else {}
        async with emulator.async_client(**sdk.options, **more) as client:
            await client.invoke(lambda_uuid=uuid(emulator))

    assert [span.name for span in sdk.spans] == OWN


async def test_switched_off_leaves_them_to_aiohttps_instrumentation(sdk: Sdk, emulator: Emulator) -> None:
    async with emulator.async_client(**sdk.options, http_spans="off") as client:
        await client.invoke(lambda_uuid=uuid(emulator))

    assert [(span.name, span.parent) for span in sdk.spans] == [
        ("GET", "LivePersonFunctions.Invoke"),
        ("POST", "LivePersonFunctions.Invoke"),
        ("POST", "LivePersonFunctions.Invoke"),
        ("LivePersonFunctions.Invoke", None),
    ]
    # The receiver is told of the innermost span, the instrumentation's.
    (request,) = emulator.platform.requests.invocations
    attempt = sdk.raw_spans[2]
    assert attempt.context is not None
    assert request.headers["traceparent"].split("-")[2] == f"{attempt.context.span_id:016x}"


def test_what_the_application_sends_itself_is_still_instrumented(sdk: Sdk, emulator: Emulator) -> None:
    """Only our own socket call is kept from the instrumentation: a callable that authorises may ask a service."""

    def authorize(*, url: str, method: str) -> str:
        requests.get(f"{emulator.url}/my-tokens", timeout=5)
        return "Bearer mine"

    options: dict[str, Any] = {**emulator.client_options(), **sdk.options}
    with Client(account_id="12345678", auth_strategy=authorize, **options) as client:
        client.invoke(lambda_uuid=uuid(emulator))

    assert [(span.name, span.parent) for span in sdk.spans][1] == ("GET", "LivePersonFunctions.Invoke")


def test_without_an_sdk_for_us_the_instrumentation_goes_on(sdk: Sdk, emulator: Emulator) -> None:
    """It reports to providers of its own; with nothing of ours to put in its place, it is left alone."""
    options: dict[str, Any] = {**emulator.client_options()}
    with Client(account_id="12345678", auth_strategy=BearerToken("t"), **options) as client:
        client.invoke(lambda_uuid=uuid(emulator))
    assert [span.name for span in sdk.spans] == []  # requests is asked below the level that is instrumented


async def test_without_an_sdk_for_us_the_instrumentation_of_aiohttp_goes_on(sdk: Sdk, emulator: Emulator) -> None:
    options: dict[str, Any] = {**emulator.client_options()}
    async with AsyncClient(account_id="12345678", auth_strategy=BearerToken("t"), **options) as client:
        await client.invoke(lambda_uuid=uuid(emulator))
    assert [span.name for span in sdk.spans] == ["GET", "POST"]
