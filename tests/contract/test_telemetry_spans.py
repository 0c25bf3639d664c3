"""Spans, on four environments: the complete attribute set of each, who is whose child, and what decides on a status."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from opentelemetry import baggage, propagate, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.instrumentation.utils import suppress_http_instrumentation, suppress_instrumentation
from opentelemetry.propagators.b3 import B3MultiFormat
from opentelemetry.propagators.textmap import TextMapPropagator

from lpfunctions import (
    FaaSConfigurationError,
    FaaSInvokeError,
    FaaSLambdaError,
    RetryPolicy,
)
from lpfunctions.adapters.memory import MemoryTransport
from lpfunctions.adapters.telemetry import names
from lpfunctions.testing import FakePlatform
from tests.support.otel import Sdk, Seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

INVOKE = "POST /api/account/{account_id}/lambdas/{lambda_uuid}/invoke"
IS_IMPLEMENTED = "GET /api/account/{account_id}/events/{event_id}/isImplemented"
DISCOVERY = "GET /api/account/{account_id}/service/baseURI.json"
TOKEN = "POST /sentinel/api/account/{account_id}/app/token"
EVENT = "conversational_command"


def greeter(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="greet", event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        return "hello"

    return greet


def thrower(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="throw")
    def throw(_given: FunctionInput) -> None:
        raise RuntimeError("oh")

    return throw


def where(environment: Environment, path_contains: str) -> dict[str, Any]:
    """Where a request went, in the words of a span."""
    request = [request for request in environment.journal if path_contains in request.path][-1]
    url = urlsplit(request.url)
    keys = "&".join(f"{key}=REDACTED" for key, _ in parse_qsl(url.query, keep_blank_values=True))
    return {
        "http.request.method": request.method,
        "url.full": f"{url.scheme}://{url.netloc}{url.path}" + (f"?{keys}" if keys else ""),
        "server.address": url.hostname,
        "server.port": url.port or 443,
    }


def connection(environment: Environment, path_contains: str) -> dict[str, Any]:
    """What the span of a request says of its connection: nothing where there is none, in memory."""
    if not environment.over_http:
        return {}
    request = [request for request in environment.journal if path_contains in request.path][-1]
    url = urlsplit(request.url)
    return {
        "network.protocol.version": "1.1",
        "network.peer.address": "127.0.0.1",
        "network.peer.port": url.port,
    }


def region(environment: Environment) -> dict[str, Any]:
    return {} if environment.over_http else {"faas.invoked_region": "va"}


@pytest.mark.over_http
def test_a_cold_call_is_one_span_with_one_child_per_request(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid

    response = environment.client(**sdk.options).invoke(lambda_uuid=uuid, external_system="shop", skill_id="7")

    operation = "LivePersonFunctions.Invoke"
    discovery, token, invoke = (
        where(environment, part) | connection(environment, part) for part in ("baseURI", "token", "invoke")
    )
    assert sdk.spans == [
        Seen(
            DISCOVERY,
            operation,
            "CLIENT",
            "UNSET",
            discovery
            | {"url.template": "/api/account/{account_id}/service/baseURI.json", "http.response.status_code": 200},
        ),
        Seen(
            TOKEN,
            operation,
            "CLIENT",
            "UNSET",
            token | {"url.template": "/sentinel/api/account/{account_id}/app/token", "http.response.status_code": 200},
        ),
        Seen(
            INVOKE,
            operation,
            "CLIENT",
            "UNSET",
            invoke
            | {
                "url.template": "/api/account/{account_id}/lambdas/{lambda_uuid}/invoke",
                "http.response.status_code": 200,
            },
        ),
        Seen(
            operation,
            None,
            "CLIENT",
            "UNSET",
            {
                "lp.functions.operation": "invoke",
                "lp.account_id": "12345678",
                "lp.functions.request_id": response.request_id,
                "faas.invoked_provider": "liveperson",
                "faas.invoked_name": uuid,
                "http.response.status_code": 200,
                **region(environment),
            },
        ),
    ]


def test_an_error_that_a_retry_cured_leaves_the_operation_unset(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    client = environment.client(**sdk.options)
    environment.platform.fail_next(status=503, headers={"Retry-After": "1"}, path_contains="invoke")

    response = client.invoke(lambda_uuid=uuid)

    assert response.retry_count == 1
    failed, cured = (span for span in sdk.spans if span.name == INVOKE)
    assert (failed.status, failed.attributes["error.type"]) == ("ERROR", "503")
    assert "http.request.resend_count" not in failed.attributes
    assert cured.status == "UNSET"
    assert cured.attributes["http.request.resend_count"] == 1
    operation = sdk.span("LivePersonFunctions.Invoke")
    assert operation.status == "UNSET"
    assert operation.attributes["lp.functions.retry_count"] == 1
    assert "error.type" not in operation.attributes


def test_a_failed_function_is_told_from_a_fault_of_the_platform(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = thrower(environment).uuid
    response = environment.client(**sdk.options).invoke(lambda_uuid=uuid)

    assert isinstance(response.error, FaaSLambdaError)
    operation = sdk.span("LivePersonFunctions.Invoke")
    assert operation.status == "ERROR"
    assert operation.attributes == {
        "lp.functions.operation": "invoke",
        "lp.account_id": "12345678",
        "lp.functions.request_id": response.request_id,
        "faas.invoked_provider": "liveperson",
        "faas.invoked_name": uuid,
        "http.response.status_code": response.status,
        "error.type": "FaaSLambdaError",
        "lp.functions.error_code": response.error.error_code,
        "lp.functions.delivered": "yes",
        **region(environment),
    }
    assert sdk.span(INVOKE).attributes["error.type"] == str(response.status)


def test_no_answer_is_an_error_of_attempt_and_operation(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    client = environment.client(**sdk.options)
    environment.platform.fail_next(lose_answer=True, path_contains="invoke")

    with pytest.raises(FaaSInvokeError):
        client.invoke(lambda_uuid=uuid)

    attempt, operation = sdk.span(INVOKE), sdk.span("LivePersonFunctions.Invoke")
    assert (attempt.status, attempt.attributes["error.type"]) == ("ERROR", "FaaSConnectionError")
    assert "http.response.status_code" not in attempt.attributes
    assert (operation.status, operation.attributes["error.type"]) == ("ERROR", "FaaSConnectionError")
    assert operation.attributes["lp.functions.delivered"] == "unknown"
    (event,) = [event for span in sdk.raw_spans for event in span.events]
    assert (event.name, dict(event.attributes or {})) == ("retry denied", {"lp.functions.denial": "may_have_run"})


def test_a_mistake_of_the_caller_is_a_span_without_requests(v2_environment: Environment) -> None:
    sdk = Sdk()
    with pytest.raises(FaaSConfigurationError):
        v2_environment.client(**sdk.options).invoke()

    (span,) = sdk.spans
    assert span == Seen(
        "LivePersonFunctions.Invoke",
        None,
        "CLIENT",
        "ERROR",
        {
            "lp.functions.operation": "invoke",
            "lp.account_id": "12345678",
            "faas.invoked_provider": "liveperson",
            "error.type": "FaaSConfigurationError",
            "lp.functions.delivered": "no",
        },
    )


def test_a_remembered_answer_is_a_span_without_requests(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    greeter(environment)
    client = environment.client(**sdk.options)
    client.call("is_implemented", event_id=EVENT)
    asked = sdk.span("LivePersonFunctions.IsImplemented")
    assert asked.attributes["faas.invoked_name"] == EVENT
    assert sdk.span(IS_IMPLEMENTED).parent == asked.name
    sdk.forget()

    client.call("is_implemented", event_id=EVENT)

    assert sdk.spans == [
        Seen(
            "LivePersonFunctions.IsImplemented",
            None,
            "CLIENT",
            "UNSET",
            {
                "lp.functions.operation": "is_implemented",
                "lp.account_id": "12345678",
                "faas.invoked_provider": "liveperson",
                "faas.invoked_name": EVENT,
                "lp.functions.from_cache": True,
            },
        )
    ]


@pytest.mark.parametrize("method", ["get_lambdas", "get_functions"])
def test_listings_are_named_after_their_method(v2_environment: Environment, method: str) -> None:
    sdk = Sdk()
    v2_environment.client(**sdk.options).call(method)

    name = {"get_lambdas": "GetLambdas", "get_functions": "GetFunctions"}[method]
    operation = sdk.span(f"LivePersonFunctions.{name}")
    assert "faas.invoked_name" not in operation.attributes
    assert sdk.span("GET /api/account/{account_id}/functions").parent == operation.name


def test_a_v1_listing_has_its_own_path(v1_environment: Environment) -> None:
    sdk = Sdk()
    v1_environment.client(**sdk.options).call("get_lambdas")
    assert sdk.span("GET /api/account/{account_id}/lambdas/").parent == "LivePersonFunctions.GetLambdas"


def test_the_platform_is_told_of_the_trace_and_others_are_not(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    token = attach(baggage.set_baggage("customer", "nobody's business"))
    try:
        with sdk.tracer_provider.get_tracer("app").start_as_current_span("handle order") as order:
            environment.client(**sdk.options).invoke(lambda_uuid=uuid, payload={"a": 1})
    finally:
        detach(token)

    attempt = next(span for span in sdk.raw_spans if span.name == INVOKE)
    assert attempt.context is not None
    for request in environment.journal:
        # Without the flags: versions of the SDK differ in them.
        sent = {name: value[:52] for name, value in request.headers.items() if name in {"traceparent", "baggage"}}
        is_invoke = request.path.endswith("invoke")
        expected = f"00-{attempt.context.trace_id:032x}-{attempt.context.span_id:016x}"
        assert sent == ({"traceparent": expected} if is_invoke else {})
    assert attempt.context.trace_id == order.get_span_context().trace_id
    (invocation,) = environment.journal.invocations
    assert b"traceparent" not in (invocation.body or b"")
    assert re.search(rb'"headers":\[\]', invocation.body or b"")


def test_without_an_sdk_a_trace_from_upstream_is_passed_on(v2_environment: Environment) -> None:
    """The API alone makes no span, and an application that only forwards contexts is not cut off."""
    upstream = trace.NonRecordingSpan(trace.SpanContext(0xABC, 0xDEF, is_remote=True, trace_flags=trace.TraceFlags(1)))
    token = attach(trace.set_span_in_context(upstream))
    try:
        v2_environment.client().invoke(lambda_uuid=greeter(v2_environment).uuid)
    finally:
        detach(token)

    (request,) = v2_environment.journal.invocations
    assert request.headers["traceparent"] == f"00-{0xABC:032x}-{0xDEF:016x}-01"


def test_http_spans_off_leaves_requests_to_others(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    environment.client(**sdk.options, http_spans="off").invoke(lambda_uuid=greeter(environment).uuid)

    assert [span.name for span in sdk.spans] == ["LivePersonFunctions.Invoke"]
    (request,) = environment.journal.invocations
    (span,) = sdk.raw_spans
    assert span.context is not None
    assert request.headers["traceparent"].split("-")[2] == f"{span.context.span_id:016x}"


def test_http_spans_takes_two_words(v2_environment: Environment) -> None:
    with pytest.raises(FaaSConfigurationError, match="http_spans must be 'own' or 'off'"):
        v2_environment.client(http_spans="auto")


def test_nothing_stays_current_after_a_call(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    environment.platform.fail_next(drop_connection=True, times=None)
    client = environment.client(**sdk.options, retry=RetryPolicy.none())

    with pytest.raises(FaaSInvokeError):
        client.invoke(lambda_uuid="gone")

    assert not trace.get_current_span().get_span_context().is_valid


@pytest.fixture
def b3() -> Iterator[None]:
    """The application has chosen B3 for all that it sends."""
    before = propagate.get_global_textmap()
    propagate.set_global_textmap(B3MultiFormat())
    yield
    propagate.set_global_textmap(before)


@pytest.mark.usefixtures("b3")
def test_the_propagator_of_the_application_is_used(memory_environment: Environment) -> None:
    sdk = Sdk()
    memory_environment.client(**sdk.options).invoke(lambda_uuid="missing")

    (request,) = memory_environment.journal.invocations
    attempt = next(span for span in sdk.raw_spans if span.name.endswith("/invoke"))
    assert attempt.context is not None
    assert request.headers["x-b3-traceid"] == f"{attempt.context.trace_id:032x}"
    assert request.headers["x-b3-spanid"] == f"{attempt.context.span_id:016x}"
    assert "traceparent" not in request.headers


class Harmful(TextMapPropagator):
    """A propagator that must not change a call."""

    def __init__(self, failure: Exception | None = None) -> None:
        self._failure = failure

    def inject(self, carrier: Any, context: Any = None, setter: Any = None) -> None:
        if self._failure is not None:
            raise self._failure
        carrier.update({"Authorization": "no", "content-length": "1", "x-trace": "a\r\nb: c", "x-good": "good"})

    def extract(self, carrier: Any, context: Any = None, getter: Any = None) -> Context:
        return Context()

    @property
    def fields(self) -> set[str]:
        return set()


@pytest.mark.parametrize("failure", [None, LookupError("s3cret")])
def test_a_propagator_changes_nothing_but_headers_of_its_own(
    memory_environment: Environment, failure: Exception | None
) -> None:
    sdk, before = Sdk(), propagate.get_global_textmap()
    propagate.set_global_textmap(Harmful(failure))
    try:
        assert memory_environment.client(**sdk.options).invoke(lambda_uuid=greeter(memory_environment).uuid).ok
    finally:
        propagate.set_global_textmap(before)

    (request,) = memory_environment.journal.invocations
    assert request.headers["authorization"].startswith("Bearer ")
    assert "x-trace" not in request.headers
    assert request.headers.get("x-good") == (None if failure else "good")
    assert [span.status for span in sdk.spans if span.name.endswith("/invoke")] == ["UNSET"]


def test_what_the_application_suppresses_is_not_reported(memory_environment: Environment) -> None:
    sdk = Sdk()
    client = memory_environment.client(**sdk.options)
    with suppress_instrumentation():
        client.invoke(lambda_uuid="missing")

    assert sdk.spans == []
    assert not {names.OPERATION_DURATION, names.ATTEMPTS, names.HTTP_DURATION} & set(sdk.metrics())
    (request,) = memory_environment.journal.invocations
    assert "traceparent" not in request.headers

    client.invoke(lambda_uuid="missing")
    assert "LivePersonFunctions.Invoke" in [span.name for span in sdk.spans]


def test_suppressed_http_leaves_the_operation(memory_environment: Environment) -> None:
    sdk = Sdk()
    with suppress_http_instrumentation():
        memory_environment.client(**sdk.options).invoke(lambda_uuid="missing")

    assert [span.name for span in sdk.spans] == ["LivePersonFunctions.Invoke"]
    assert names.HTTP_DURATION not in sdk.metrics()
    assert len(sdk.series(names.ATTEMPTS)) == 3
    (request,) = memory_environment.journal.invocations
    (span,) = sdk.raw_spans
    assert span.context is not None
    assert request.headers["traceparent"].split("-")[2] == f"{span.context.span_id:016x}"


class DroppedSpan(trace.NonRecordingSpan):
    """Of a trace that a sampler dropped; notes what it is told all the same."""

    def __init__(self, told: list[str]) -> None:
        super().__init__(trace.SpanContext(1, 2, is_remote=False))
        self.told = told

    def set_attribute(self, key: str, value: object) -> None:
        self.told.append(key)

    def set_attributes(self, attributes: Mapping[str, object]) -> None:
        self.told += attributes


class DroppingTracer(trace.NoOpTracer):
    """Drops every trace; to the client it is a tracer like any other."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def start_span(self, *_what: Any, **_about: Any) -> trace.Span:
        return DroppedSpan(self.told)


class DroppingProvider(trace.TracerProvider):
    def __init__(self) -> None:
        self.tracer = DroppingTracer()

    def get_tracer(self, *_about: Any, **_more: Any) -> trace.Tracer:
        return self.tracer


def test_a_span_that_is_not_recorded_is_told_no_outcome_and_the_receiver_its_trace(environment: Environment) -> None:
    dropping = DroppingProvider()
    client = environment.client(tracer_provider=dropping, fail_on_error_status_code=False)
    client.invoke(lambda_uuid=greeter(environment).uuid)
    client.invoke(lambda_uuid=thrower(environment).uuid)
    assert dropping.tracer.told == []
    assert environment.journal[-1].headers["traceparent"] == f"00-{1:032x}-{2:016x}-00"


@pytest.mark.parametrize("peer", [["2001:db8::1", 443], ("2001:db8::1", 443, 0, 0)], ids=["list", "socket's name"])
def test_a_users_transport_may_name_the_peer_as_it_knows_it(peer: Any) -> None:
    platform, sdk = FakePlatform(), Sdk()
    transport = MemoryTransport(lambda request: platform.handle(request)._replace(peer=peer))

    @platform.function(event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        return "hello"

    platform.client(transport=transport, **sdk.options).invoke(event_id=EVENT, external_system="shop")

    requests = [span.attributes for span in sdk.spans if "url.full" in span.attributes]
    assert len(requests) == 3
    assert {(told["network.peer.address"], told["network.peer.port"]) for told in requests} == {("2001:db8::1", 443)}
