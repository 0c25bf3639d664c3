"""`MetricCollector`: what collectors are told, on four environments, and what every collector must do."""

from __future__ import annotations

import asyncio
import logging
import pickle
from dataclasses import FrozenInstanceError, asdict, fields
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from lpfunctions import (
    CSDSDomainNotFound,
    FaaSConfigurationError,
    FaaSInvokeError,
    FaaSIsImplementedError,
    FaaSLambdaError,
    InvocationMetricData,
    OpenTelemetryMetricCollector,
    RetryPolicy,
    StaticDomainResolver,
    StructlogMetricCollector,
)
from lpfunctions.adapters.memory import RecordingMetrics
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.contracts.metrics import MetricCollectorContract
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

EVENT = "conversational_command"


class TestRecordingMetrics(MetricCollectorContract):
    def collector(self) -> RecordingMetrics:
        return RecordingMetrics()


class TestOpenTelemetryMetricCollector(MetricCollectorContract):
    def collector(self) -> OpenTelemetryMetricCollector:
        every = [
            field.name
            for field in fields(InvocationMetricData)
            if field.name not in {"request_duration_in_millis", "error"}
        ]
        return OpenTelemetryMetricCollector(meter_provider=Sdk().meter_provider, dimensions=every)


class TestStructlogMetricCollector(MetricCollectorContract):
    def collector(self) -> StructlogMetricCollector:
        logger = logging.getLogger("tests.metrics")
        logger.setLevel(logging.DEBUG)
        with pytest.warns(DeprecationWarning, match="the client logs its operations itself"):
            return StructlogMetricCollector(logger)


def greeter(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="greet", event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        return "hello"

    return greet


def host(environment: Environment) -> str:
    return urlsplit([request for request in environment.journal if "token" not in request.path][-1].url).netloc


def test_an_invocation_is_told_once_and_in_full(v2_environment: Environment) -> None:
    environment, told = v2_environment, RecordingMetrics()
    uuid = greeter(environment).uuid
    environment.client(metric_collector=told).invoke(lambda_uuid=uuid, external_system="shop", skill_id="7")

    ((hook, data),) = told.told
    assert hook == "on_invoke"
    assert asdict(data) == {
        "account_id": "12345678",
        "request_duration_in_millis": 0.0,
        "domain": host(environment),
        "external_system": "shop",
        "lp_event_source": "shop",
        "user_id": None,
        "event": None,
        "uuid": uuid,
        "status_code": 200,
        "error": None,
        "from_cache": False,
        "skill_id": "7",
        "retry_count": 0,
    }


def test_the_source_in_the_words_of_v2_wins(v2_environment: Environment) -> None:
    told = RecordingMetrics()
    v2_environment.client(metric_collector=told).call(
        "is_implemented", event_id=EVENT, external_system="shop", lp_event_source="bot", user_id="u", skill_id="7"
    )

    ((hook, data),) = told.told
    assert hook == "on_is_implemented"
    assert (data.external_system, data.lp_event_source, data.user_id, data.skill_id) == ("shop", "bot", "u", "7")
    assert (data.event, data.uuid, data.status_code) == (EVENT, None, 200)


def test_the_duration_counts_every_attempt_and_pause(v2_environment: Environment) -> None:
    environment, told = v2_environment, RecordingMetrics()
    uuid = greeter(environment).uuid
    client = environment.client(metric_collector=told)
    environment.platform.fail_next(status=503, headers={"Retry-After": "2"}, path_contains="invoke")

    client.invoke(lambda_uuid=uuid)

    (data,) = told.data
    assert data.request_duration_in_millis == pytest.approx(2000)
    assert (data.retry_count, data.status_code, data.error) == (1, 200, None)


def test_an_error_status_is_told_with_its_error_whether_returned_or_raised(v2_environment: Environment) -> None:
    environment, told = v2_environment, RecordingMetrics()

    @environment.platform.function(name="throw")
    def throw(_given: FunctionInput) -> None:
        raise RuntimeError("oh")

    client = environment.client(metric_collector=told)
    response = client.invoke(lambda_uuid=throw.uuid)
    with pytest.raises(FaaSLambdaError):
        client.invoke(lambda_uuid=throw.uuid, fail_on_error_status_code=True)

    assert [(type(data.error), data.status_code) for data in told.data] == [(FaaSLambdaError, response.status)] * 2


def test_a_call_without_an_answer_is_told_with_its_error(v2_environment: Environment) -> None:
    environment, told = v2_environment, RecordingMetrics()
    uuid = greeter(environment).uuid
    client = environment.client(metric_collector=told)
    environment.platform.fail_next(lose_answer=True, path_contains="invoke")

    with pytest.raises(FaaSInvokeError) as caught:
        client.invoke(lambda_uuid=uuid)

    (data,) = told.data
    assert data.error is caught.value
    assert (data.status_code, data.domain, data.uuid) == (None, host(environment), uuid)


def test_the_domain_is_unresolved_until_it_is_known(v2_environment: Environment) -> None:
    told = RecordingMetrics()
    client = v2_environment.client(metric_collector=told, domain_resolver=StaticDomainResolver({}))

    with pytest.raises(FaaSInvokeError) as caught:
        client.invoke(lambda_uuid="a")
    with pytest.raises(FaaSConfigurationError):
        client.invoke()

    assert isinstance(caught.value.__cause__, CSDSDomainNotFound)
    assert [data.domain for data in told.data] == ["unresolved"] * 2
    assert [type(data.error) for data in told.data] == [FaaSInvokeError, FaaSConfigurationError]


def test_a_remembered_answer_is_told_as_such(v2_environment: Environment) -> None:
    environment, told = v2_environment, RecordingMetrics()
    greeter(environment)
    client = environment.client(metric_collector=told)

    assert [client.call("is_implemented", event_id=EVENT) for _ in range(2)] == [True, True]

    assert [(data.from_cache, data.domain, data.status_code) for data in told.data] == [
        (False, host(environment), 200),
        (True, "unresolved", None),
    ]


def test_an_answer_that_cannot_be_read_is_a_failure(v2_environment: Environment) -> None:
    environment, told = v2_environment, RecordingMetrics()
    client = environment.client(metric_collector=told)
    environment.platform.fail_next(status=200, body={"implemented": "yes"}, path_contains="isImplemented")

    with pytest.raises(FaaSIsImplementedError) as caught:
        client.call("is_implemented", event_id=EVENT)

    (data,) = told.data
    assert data.error is not None
    assert (type(data.error), data.status_code) == (type(caught.value), 200)


@pytest.mark.parametrize("method", ["get_lambdas", "get_functions"])
def test_each_listing_has_a_hook_of_its_own(v2_environment: Environment, method: str) -> None:
    told = RecordingMetrics()
    v2_environment.client(metric_collector=told).call(method, user_id="u")

    ((hook, data),) = told.told
    assert (hook, data.user_id, data.status_code) == (f"on_{method}", "u", 200)


def test_a_copy_of_a_client_may_have_another_collector(v2_environment: Environment) -> None:
    environment, told, others = v2_environment, RecordingMetrics(), RecordingMetrics()
    client = environment.client(metric_collector=told)
    copy = environment.drive(client.client.with_options(metric_collector=others))

    copy.call("is_implemented", event_id=EVENT)
    environment.drive(client.client.with_options(timeout=3.0)).call("is_implemented", event_id=EVENT)

    assert (len(told.told), len(others.told)) == (1, 1)


def test_the_data_is_frozen_and_travels() -> None:
    data = InvocationMetricData(
        account_id="1", request_duration_in_millis=1.0, error=FaaSInvokeError("late", request_id="r")
    )
    with pytest.raises(FrozenInstanceError):
        data.retry_count = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # that it fails is the point
    travelled = pickle.loads(pickle.dumps(data))
    assert vars(travelled.error) == vars(data.error)


@pytest.mark.parametrize(
    ("collector", "said"),
    [
        pytest.param(object(), "on_invoke, on_is_implemented, on_get_lambdas, on_get_functions", id="no hook"),
        pytest.param(RecordingMetrics, "must be an object", id="a class"),
        pytest.param(print, "metric_collector must be an object with on_invoke", id="a function"),
    ],
)
def test_what_is_no_collector_is_refused_at_construction(
    v2_environment: Environment, collector: Any, said: str
) -> None:
    with pytest.raises(FaaSConfigurationError, match=said):
        v2_environment.client(metric_collector=collector)


def test_metrics_can_be_broken_down_by_fields_of_ones_choice(v2_environment: Environment) -> None:
    environment, sdk = v2_environment, Sdk()
    collector = OpenTelemetryMetricCollector(
        meter_provider=sdk.meter_provider, dimensions=["external_system", "status_code", "from_cache"]
    )
    client = environment.client(metric_collector=collector, retry=RetryPolicy.none())
    client.invoke(lambda_uuid=greeter(environment).uuid, external_system="shop")
    client.invoke(lambda_uuid="missing")

    assert sdk.series("lp.functions.collector.duration") == [
        (
            {
                "lp.functions.operation": "invoke",
                "lp.external_system": "shop",
                "lp.status_code": 200,
                "lp.from_cache": False,
            },
            1,
        ),
        (
            {
                "lp.functions.operation": "invoke",
                "error.type": "404",
                "lp.status_code": 404,
                "lp.from_cache": False,
            },
            1,
        ),
    ]


def test_a_dimension_that_is_no_field_is_refused() -> None:
    with pytest.raises(FaaSConfigurationError, match="'payload' is no dimension; choose among account_id, domain"):
        OpenTelemetryMetricCollector(dimensions=["payload"])


def test_structlog_gets_one_line_for_every_operation(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    environment = v2_environment
    logger = logging.getLogger("tests.lines")
    with pytest.warns(DeprecationWarning, match="StructlogMetricCollector"):
        collector = StructlogMetricCollector(logger)
    client = environment.client(metric_collector=collector)
    with caplog.at_level(logging.INFO, "tests.lines"):
        client.invoke(lambda_uuid=greeter(environment).uuid, external_system="shop")
        client.call("is_implemented", event_id=EVENT)

    first, second = (record for record in caplog.records if record.name == "tests.lines")
    assert (first.levelname, first.getMessage()) == ("INFO", "operation measured")
    assert vars(first)["operation"] == "invoke"
    assert vars(first)["external_system"] == "shop"
    assert vars(second)["event_id"] == EVENT


async def test_those_that_share_a_failed_answer_have_no_status_of_their_own() -> None:
    platform, told = FakePlatform(), RecordingMetrics()
    async with platform.async_client(metric_collector=told, retry=RetryPolicy.none()) as client:
        await client.warm_up()
        platform.fail_next(status=500, path_contains="isImplemented", latency_seconds=0.05)
        await asyncio.gather(*(client.is_implemented(event_id=EVENT) for _ in range(3)), return_exceptions=True)

    assert sorted((data.status_code or 0, data.domain == "unresolved") for data in told.data) == [
        (0, True),
        (0, True),
        (500, False),
    ]
