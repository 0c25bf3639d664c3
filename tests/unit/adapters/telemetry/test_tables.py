"""The small tables of telemetry: kinds of failure, regions, servers, who listens."""

from __future__ import annotations

import asyncio

import pytest
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.trace import TracerProvider

from lpfunctions import (
    CSDSFailure,
    FaaSAppJWTAuthenticationError,
    FaaSConfigurationError,
    FaaSGetFunctionsError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
)
from lpfunctions.adapters.telemetry.attributes import server
from lpfunctions.adapters.telemetry.presence import is_measuring, is_tracing, suppression
from lpfunctions.adapters.telemetry.span_attributes import bounded
from lpfunctions.core import operation_table
from lpfunctions.core.requests.calls import Invocation
from lpfunctions.core.telemetry.events import ObservedOperation, error_type


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(FaaSLambdaError("threw", status=901), "FaaSLambdaError", id="the function"),
        pytest.param(FaaSInvokeError("no", status=429), "429", id="status"),
        pytest.param(
            FaaSInvokeError("late").caused_by(FaaSTimeoutError("late", phase="response")),
            "FaaSTimeoutError",
            id="cause",
        ),
        pytest.param(
            FaaSInvokeError("no", status=401).caused_by(FaaSAppJWTAuthenticationError("no", status=401)),
            "FaaSAppJWTAuthenticationError",
            id="a cause with a status",
        ),
        pytest.param(
            FaaSInvokeError("odd", status=200).caused_by(FaaSResponseFormatError("odd")),
            "FaaSResponseFormatError",
            id="an answer that cannot be read",
        ),
        pytest.param(FaaSInvokeError("x").caused_by(ValueError()), "FaaSInvokeError", id="a cause that is not ours"),
        pytest.param(FaaSGetFunctionsError("V1 has none"), "FaaSGetFunctionsError", id="neither"),
        pytest.param(CSDSFailure("no", status=500), "CSDSFailure", id="no operation error"),
        pytest.param(FaaSConfigurationError("both"), "FaaSConfigurationError", id="a mistake"),
        pytest.param(asyncio.CancelledError(), "CancelledError", id="cancelled"),
    ],
)
def test_every_failure_has_a_kind_of_few(error: BaseException, kind: str) -> None:
    assert error_type(error) == kind


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("va.faasgw.liveperson.net", "va"),
        ("va-a.faasgw.liveperson.net", "va-a"),
        ("lo.fninvocations.liveperson.net", "lo"),
        ("sy.functions.lpcloud.io", "sy"),
        ("faasgw.liveperson.net", None),
        ("127.0.0.1:8080", None),
        ("io.example.com", None),
        (None, None),
    ],
)
def test_a_region_is_named_where_the_host_shows_it(host: str | None, region: str | None) -> None:
    assert ObservedOperation(operation_table.INVOKE, Invocation(), "1", host=host).region == region


@pytest.mark.parametrize(
    ("scheme", "host", "expected"),
    [
        ("https", "a.liveperson.net", ("a.liveperson.net", 443)),
        ("http", "localhost", ("localhost", 80)),
        ("https", "a.liveperson.net:8443", ("a.liveperson.net", 8443)),
        ("http", "[::1]:8080", ("::1", 8080)),
        ("http", "[::1]", ("::1", 80)),
    ],
)
def test_a_server_has_an_address_and_a_port(scheme: str, host: str, expected: tuple[str, int]) -> None:
    assert server(scheme, host) == expected


def test_text_is_redacted_and_bounded() -> None:
    assert bounded(None) is None
    assert bounded("client_secret=hush") == "client_secret=[redacted]"
    assert bounded("x" * 10_000) == "x" * 256


def test_the_api_alone_listens_to_nothing() -> None:
    assert not is_tracing(trace.get_tracer("x"))
    assert not is_tracing(trace.NoOpTracerProvider().get_tracer("x"))
    assert not is_measuring(metrics.get_meter("x").create_histogram("h"))
    assert not is_measuring(metrics.NoOpMeterProvider().get_meter("x").create_histogram("h"))
    assert not is_measuring(metrics.NoOpMeterProvider().get_meter("x").create_counter("c"))


def test_an_sdk_listens() -> None:
    assert is_tracing(TracerProvider(shutdown_on_exit=False).get_tracer("x"))
    assert is_measuring(MeterProvider(shutdown_on_exit=False).get_meter("x").create_histogram("h"))


def test_a_provider_of_another_make_is_taken_to_listen() -> None:
    class Tracer(trace.NoOpTracer):
        """Say, of an application performance monitor."""

    assert is_tracing(Tracer())


def test_the_keys_are_those_that_instrumentations_look_for() -> None:
    from opentelemetry import context
    from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled

    assert len(suppression()) == 2
    token = context.attach(context.Context(suppression()))
    try:
        assert not is_http_instrumentation_enabled()
    finally:
        context.detach(token)
    assert is_http_instrumentation_enabled()
