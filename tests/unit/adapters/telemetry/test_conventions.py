"""Names, units and requirement levels of the semantic conventions 1.44, each with its section.

The sections are those of the conventions' documents: *client* is "HTTP client span" of ``http/http-spans.md``;
*duration*, *connections* and *active* are the metrics of ``http/http-metrics.md``; *faas* is "Outgoing invocations" of
``faas/faas-spans.md``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import pytest
from opentelemetry.semconv.schemas import Schemas

from lpfunctions import RetryPolicy
from lpfunctions.adapters.telemetry import names
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from types import ModuleType

    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.own_telemetry, pytest.mark.sockets]

Level = Literal["required", "on error", "on answer", "on resend", "where known", "recommended", "opt-in"]


class Row(NamedTuple):
    """One attribute in one section."""

    section: Literal["client", "duration", "connections", "active", "faas"]
    attribute: str
    level: Level


TABLE: Final = (
    Row("client", "http.request.method", "required"),
    Row("client", "server.address", "required"),
    Row("client", "server.port", "required"),
    Row("client", "url.full", "required"),
    Row("client", "error.type", "on error"),
    Row("client", "http.response.status_code", "on answer"),
    Row("client", "http.request.resend_count", "on resend"),
    Row("client", "network.protocol.version", "recommended"),
    Row("client", "network.peer.address", "recommended"),
    Row("client", "network.peer.port", "recommended"),
    Row("client", "url.template", "opt-in"),
    Row("duration", "http.request.method", "required"),
    Row("duration", "server.address", "required"),
    Row("duration", "server.port", "required"),
    Row("duration", "error.type", "on error"),
    Row("duration", "http.response.status_code", "on answer"),
    Row("duration", "network.protocol.version", "recommended"),
    Row("duration", "url.scheme", "opt-in"),
    Row("connections", "http.connection.state", "required"),
    Row("connections", "server.address", "required"),
    Row("connections", "server.port", "required"),
    Row("connections", "network.protocol.version", "recommended"),
    Row("connections", "network.peer.address", "recommended"),
    Row("connections", "url.scheme", "opt-in"),
    Row("active", "server.address", "required"),
    Row("active", "server.port", "required"),
    Row("active", "http.request.method", "recommended"),
    Row("active", "url.template", "opt-in"),
    Row("active", "url.scheme", "opt-in"),
    Row("faas", "faas.invoked_name", "required"),
    Row("faas", "faas.invoked_provider", "required"),
    Row("faas", "faas.invoked_region", "where known"),
)

METRICS: Final = {
    "duration": ("http.client.request.duration", "s"),
    "connections": ("http.client.open_connections", "{connection}"),
    "active": ("http.client.active_requests", "{request}"),
}


INCUBATING: Final = "opentelemetry.semconv._incubating"


def texts(module: ModuleType) -> set[str]:
    """The constants of *module*."""
    return {value for name, value in vars(module).items() if name.isupper() and isinstance(value, str)}


def published() -> set[str]:
    """Every attribute name that the conventions' package knows."""
    found: set[str] = set()
    for group in ("error", "faas", "http", "network", "server", "url"):
        module = import_module(f"{INCUBATING}.attributes.{group}_attributes")
        found |= texts(module)
    return found


def allowed(section: str) -> set[str]:
    return {row.attribute for row in TABLE if row.section == section}


def demanded(section: str, *levels: Level) -> set[str]:
    return {row.attribute for row in TABLE if row.section == section and row.level in levels}


@pytest.fixture(scope="module")
def sdk() -> Sdk:
    """What a client told of a call that a retry cured, one that failed, and one without an answer."""
    told, platform = Sdk(), FakePlatform()

    @platform.function(name="greet")
    def greet(_given: FunctionInput) -> str:
        told.read()  # while the request is active
        return "hello"

    options: dict[str, Any] = {**told.options, "retry": RetryPolicy(base_seconds=0.001)}
    with Emulator(platform) as emulator, emulator.client(**options) as client:
        platform.fail_next(status=503, headers={"Retry-After": "0"}, path_contains="invoke")
        client.invoke(lambda_uuid=greet.uuid)
        client.invoke(lambda_uuid="missing")
        platform.fail_next(drop_connection=True, path_contains="functions", times=None)
        with pytest.raises(Exception, match="get_functions"):
            client.get_functions(retry=RetryPolicy.none())
    return told


def test_the_schema_is_that_of_the_conventions_we_follow(sdk: Sdk) -> None:
    assert Schemas.V1_44_0.value == names.SCHEMA_URL
    assert {span.instrumentation_scope.schema_url for span in sdk.raw_spans if span.instrumentation_scope} == {
        names.SCHEMA_URL
    }
    assert {scope.schema_url for resource in sdk.read().resource_metrics for scope in resource.scope_metrics} == {
        names.SCHEMA_URL
    }


def test_every_name_in_the_table_is_one_of_the_conventions() -> None:
    assert {row.attribute for row in TABLE} <= published()
    assert {name for name, _ in METRICS.values()} <= texts(import_module(f"{INCUBATING}.metrics.http_metrics"))


def test_spans_of_requests_have_what_is_required_and_nothing_else(sdk: Sdk) -> None:
    spans = [span for span in sdk.spans if not span.name.startswith("LivePerson")]
    outcomes = {(span.status, "http.response.status_code" in span.attributes) for span in spans}
    assert outcomes == {("UNSET", True), ("ERROR", True), ("ERROR", False)}
    for span in spans:
        expected = demanded("client", "required")
        if span.status == "ERROR":
            expected |= demanded("client", "on error")
        if "http.response.status_code" not in span.attributes:
            assert span.attributes["error.type"].startswith("FaaS"), "without an answer the error says why"
        assert expected <= set(span.attributes) <= allowed("client")
        assert span.kind == "CLIENT"
        assert span.name == f"{span.attributes['http.request.method']} {span.attributes['url.template']}"
    resends = [span.attributes.get("http.request.resend_count") for span in spans if "/invoke" in span.name]
    assert resends == [None, 1, None]


def test_spans_of_operations_are_outgoing_invocations(sdk: Sdk) -> None:
    for span in [span for span in sdk.spans if span.name == "LivePersonFunctions.Invoke"]:
        others = {name for name in span.attributes if not name.startswith("lp.")}
        assert demanded("faas", "required") <= others
        assert others <= allowed("faas") | {"error.type", "http.response.status_code"}
        assert span.kind == "CLIENT"


@pytest.mark.parametrize("section", METRICS)
def test_metrics_have_the_name_the_unit_and_the_attributes_of_their_section(sdk: Sdk, section: str) -> None:
    name, unit = METRICS[section]
    scopes = [scope for resource in sdk.read().resource_metrics for scope in resource.scope_metrics]
    (metric,) = [metric for scope in scopes for metric in scope.metrics if metric.name == name]
    assert metric.unit == unit
    for point in metric.data.data_points:
        has = set(point.attributes or {})
        assert demanded(section, "required") <= has <= allowed(section)
        if section == "duration":
            assert "http.response.status_code" in has or "error.type" in has
