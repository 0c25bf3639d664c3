"""OpenTelemetry metrics, on four environments: each one's complete attributes, none of which has many values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from opentelemetry.metrics import NoOpMeterProvider
from opentelemetry.trace import NoOpTracerProvider

from lpfunctions import FaaSConfigurationError, FaaSInvokeError, RetryPolicy
from lpfunctions.adapters.telemetry import names
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

EVENT = "conversational_command"
OPERATION, RESEND, DELIVERED = "lp.functions.operation", "lp.functions.resend", "lp.functions.delivered"
STATUS, ERROR = "http.response.status_code", "error.type"


def greeter(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="greet", event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        return "hello"

    return greet


def http(environment: Environment, path_contains: str, status: int, **more: Any) -> dict[str, Any]:
    request = [request for request in environment.journal if path_contains in request.path][-1]
    url = urlsplit(request.url)
    return {
        "http.request.method": request.method,
        "url.scheme": url.scheme,
        "server.address": url.hostname,
        "server.port": url.port or 443,
        STATUS: status,
        **more,
    }


def unordered(series: list[tuple[dict[str, Any], Any]]) -> list[Any]:
    return sorted(((sorted(attributes.items()), value) for attributes, value in series), key=repr)


def test_a_day_in_the_life_of_a_client_is_this_set_of_series(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    client = environment.client(**sdk.options)
    environment.platform.fail_next(status=503, headers={"Retry-After": "2"}, path_contains="invoke")
    client.invoke(lambda_uuid=uuid)
    client.invoke(lambda_uuid="missing")
    client.call("is_implemented", event_id=EVENT)
    client.call("is_implemented", event_id=EVENT)
    client.call("get_functions")

    series = {name: unordered(sdk.series(name)) for name in sdk.metrics()}
    first = {RESEND: False, DELIVERED: "yes", STATUS: 200}
    assert series.pop("http.client.request.duration") == unordered(_http_series(environment))
    assert series == {
        "lp.functions.client.attempts": unordered(
            [
                ({OPERATION: "discovery", **first}, 1),
                ({OPERATION: "token", **first}, 1),
                ({OPERATION: "invoke", RESEND: False, DELIVERED: "no", STATUS: 503, ERROR: "503"}, 1),
                ({OPERATION: "invoke", RESEND: True, DELIVERED: "yes", STATUS: 200}, 1),
                ({OPERATION: "invoke", RESEND: False, DELIVERED: "no", STATUS: 404, ERROR: "404"}, 1),
                ({OPERATION: "is_implemented", **first}, 1),
                ({OPERATION: "get_functions", **first}, 1),
            ]
        ),
        "lp.functions.client.operation.duration": unordered(
            [
                ({OPERATION: "invoke"}, 1),
                ({OPERATION: "invoke", ERROR: "404"}, 1),
                ({OPERATION: "is_implemented"}, 1),
                ({OPERATION: "is_implemented", "lp.functions.from_cache": True}, 1),
                ({OPERATION: "get_functions"}, 1),
            ]
        ),
        "lp.functions.client.cache.lookups": unordered(
            [
                ({"lp.functions.cache": "is_implemented", "lp.functions.cache.result": "miss"}, 1),
                ({"lp.functions.cache": "is_implemented", "lp.functions.cache.result": "hit"}, 1),
            ]
        ),
        "lp.functions.client.inflight": unordered([({OPERATION: kind}, 0) for kind in names.SPANS]),
        "lp.functions.client.token.age": [([], 2.0)],
        "lp.functions.client.discovery.age": [([], 2.0)],
        "lp.functions.client.refresh.consecutive_failures": unordered(
            [({OPERATION: "discovery"}, 0), ({OPERATION: "token"}, 0)]
        ),
    }


def _http_series(environment: Environment) -> list[tuple[dict[str, Any], int]]:
    # In memory every service has a host of its own; the emulator is one host for all.
    series = [
        http(environment, "baseURI", 200),
        http(environment, "token", 200),
        http(environment, "invoke", 503, **{ERROR: "503"}),
        http(environment, "invoke", 200),
        http(environment, "invoke", 404, **{ERROR: "404"}),
        http(environment, "isImplemented", 200),
        http(environment, "functions", 200),
    ]
    return [(one, series.count(one)) for index, one in enumerate(series) if one not in series[:index]]


def test_durations_are_seconds_in_buckets_that_fit(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    client = environment.client(**sdk.options)
    environment.platform.fail_next(status=503, headers={"Retry-After": "3"}, path_contains="invoke")
    client.invoke(lambda_uuid=uuid)

    ((_, operation),) = sdk.metrics()["lp.functions.client.operation.duration"]
    assert operation.sum == pytest.approx(3)
    assert operation.explicit_bounds[-4:] == (20, 30, 45, 60)
    assert sdk.metrics()["http.client.request.duration"][0][1].explicit_bounds == (
        0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
    )  # fmt: skip


def test_no_value_on_a_metric_comes_from_a_caller(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    client = environment.client(**sdk.options)
    for number in range(3):
        client.invoke(lambda_uuid=f"canary-{number}", external_system=f"canary-{number}", skill_id=f"canary-{number}")
        client.call("is_implemented", event_id=f"canary-{number}", user_id=f"canary-{number}")

    series = {name: points for name, points in sdk.metrics().items() if name != "lp.functions.client.inflight"}
    assert "canary" not in repr([attributes for points in series.values() for attributes, _ in points])
    assert "12345678" not in repr([attributes for points in series.values() for attributes, _ in points])
    assert all(len(points) <= 5 for points in series.values())


@pytest.mark.parametrize(
    ("fault", "policy", "reason"),
    [
        pytest.param({"status": 503, "headers": {"Retry-After": "1"}}, RetryPolicy.none(), "max_retries", id="count"),
        pytest.param({"status": 503, "headers": {"Retry-After": "90"}}, RetryPolicy(), "deadline", id="time"),
        pytest.param({"status": 502}, RetryPolicy(), "may_have_run", id="safety"),
        pytest.param({"lose_answer": True}, RetryPolicy(), "may_have_run", id="no answer"),
    ],
)
def test_a_retry_that_is_denied_is_counted_with_its_reason(
    v2_environment: Environment, fault: dict[str, Any], policy: RetryPolicy, reason: str
) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    client = environment.client(**sdk.options, retry=policy)
    environment.platform.fail_next(**fault, path_contains="invoke")
    try:
        client.invoke(lambda_uuid=uuid)
    except FaaSInvokeError:
        assert "lose_answer" in fault

    assert sdk.series("lp.functions.client.retries.denied") == [
        ({OPERATION: "invoke", "lp.functions.denial": reason}, 1)
    ]


def test_what_cannot_be_repeated_is_no_denial(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    environment.client(**sdk.options).invoke(lambda_uuid="missing")
    assert sdk.series("lp.functions.client.retries.denied") == []


def test_operations_under_way_are_counted_while_they_are(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    seen: list[Any] = []

    @environment.platform.function(name="look")
    def look(_given: FunctionInput) -> None:
        seen.append({attributes[OPERATION]: value for attributes, value in sdk.series(names.INFLIGHT)})

    environment.client(**sdk.options).invoke(lambda_uuid=look.uuid)

    assert seen == [{"invoke": 1, "is_implemented": 0, "get_lambdas": 0, "get_functions": 0}]


def test_http_spans_off_leaves_the_conventions_metric_to_others(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    environment.client(**sdk.options, http_spans="off").invoke(lambda_uuid=greeter(environment).uuid)

    assert not {names.HTTP_DURATION, names.ACTIVE_REQUESTS, names.OPEN_CONNECTIONS} & set(sdk.metrics())
    assert len(sdk.series(names.ATTEMPTS)) == 3


def test_clients_of_one_provider_share_their_instruments(v2_environment: Environment) -> None:
    """Or each of a thousand clients would leave its own behind."""
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    for _ in range(3):
        environment.client(**sdk.options).invoke(lambda_uuid=uuid)

    assert sdk.series(names.OPERATION_DURATION) == [({OPERATION: "invoke"}, 3)]


def test_the_age_is_that_of_the_oldest_token_in_use(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    uuid = greeter(environment).uuid
    environment.client(**sdk.options).invoke(lambda_uuid=uuid)
    environment.clock.advance(100)
    environment.client(**sdk.options).invoke(lambda_uuid=uuid)

    assert sdk.series(names.TOKEN_AGE) == [({}, 100.0)]


def test_a_strategy_without_a_token_has_no_age(v2_environment: Environment) -> None:
    def authorize(*, url: str, method: str) -> str:
        return "Bearer x"

    sdk = Sdk()
    v2_environment.client(**sdk.options, auth_strategy=authorize).invoke(lambda_uuid="a")
    assert names.TOKEN_AGE not in sdk.metrics()


def test_no_op_providers_are_obeyed(v2_environment: Environment) -> None:
    environment = v2_environment
    client = environment.client(tracer_provider=NoOpTracerProvider(), meter_provider=NoOpMeterProvider())
    assert client.invoke(lambda_uuid=greeter(environment).uuid).ok


@pytest.mark.parametrize("option", ["tracer_provider", "meter_provider"])
def test_what_is_no_provider_is_refused(v2_environment: Environment, option: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=f"{option} must be one of OpenTelemetry, not str"):
        v2_environment.client(**{option: "otlp"})
