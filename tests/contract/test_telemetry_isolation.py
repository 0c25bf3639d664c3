"""Nothing that telemetry does changes a call."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, BearerToken, FaaSConfigurationError, FaaSInvokeError, StaticDomainResolver
from lpfunctions.adapters.memory import AsyncMemoryTransport, RecordingMetrics
from lpfunctions.adapters.telemetry import isolation
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from lpfunctions import HttpRequest, HttpResponse
    from lpfunctions.testing import DeployedFunction, FunctionInput
    from tests.support.environments import Environment

pytestmark = pytest.mark.own_telemetry

EVENT = "conversational_command"


@pytest.fixture(autouse=True)
def nothing_was_said_before() -> Iterator[None]:
    isolation.forget_warnings()
    yield
    isolation.forget_warnings()


def greeter(environment: Environment) -> DeployedFunction:
    @environment.platform.function(name="greet", event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        return "hello"

    return greet


class Collector(RecordingMetrics):
    """Keeps what it is told, and then does what it should not."""

    def __init__(self, misdeed: Callable[[], Any]) -> None:
        super().__init__()
        self._misdeed = misdeed

    def on_invoke(self, data: Any) -> Any:
        super().on_invoke(data)
        return self._misdeed()

    def on_is_implemented(self, data: Any) -> Any:
        super().on_is_implemented(data)
        return self._misdeed()

    def on_get_functions(self, data: Any) -> Any:
        super().on_get_functions(data)
        return self._misdeed()


def raise_secret() -> None:
    raise LookupError("s3cret")


async def reject() -> None:
    raise LookupError("s3cret")


@pytest.mark.parametrize(
    ("misdeed", "said"),
    [
        pytest.param(raise_secret, "the metric collector's Collector.on_invoke raised LookupError", id="raises"),
        pytest.param(reject, "Collector.on_invoke must be a plain function, and returned an awaitable", id="coroutine"),
    ],
)
def test_a_collector_that_misbehaves_is_told_once_and_changes_nothing(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture, misdeed: Callable[[], Any], said: str
) -> None:
    environment, collector = v2_environment, Collector(misdeed)
    uuid = greeter(environment).uuid
    client = environment.client(metric_collector=collector)

    with caplog.at_level(logging.WARNING, "lpfunctions"):
        assert [client.invoke(lambda_uuid=uuid).body for _ in range(2)] == ["hello"] * 2

    assert [hook for hook, _ in collector.told] == ["on_invoke"] * 2
    (line,) = [record.getMessage() for record in caplog.records if record.name == "lpfunctions.telemetry"]
    assert said in line, "once by name, not once a call"
    assert "s3cret" not in caplog.text


def test_it_keeps_neither_an_error_from_being_raised_nor_an_answer_from_being_remembered(
    v2_environment: Environment,
) -> None:
    environment, collector = v2_environment, Collector(raise_secret)
    greeter(environment)
    client = environment.client(metric_collector=collector)

    assert [client.call("is_implemented", event_id=EVENT) for _ in range(2)] == [True, True]
    assert client.call("get_functions").ok
    with pytest.raises(FaaSInvokeError) as caught:
        client.invoke(lambda_uuid="missing", fail_on_error_status_code=True)

    assert caught.value.__context__ is None
    assert [data.from_cache for data in collector.data] == [False, True, False, False]


class Broken:
    """An OpenTelemetry provider, tracer, meter and instrument, none of which works once the client is made."""

    def __init__(self) -> None:
        self.works = True

    def __getattr__(self, name: str) -> Any:
        if not self.works:
            raise LookupError("s3cret")
        if name.startswith("__") or name == "_real_instrument":
            raise AttributeError(name)
        return self._make

    def _make(self, *_given: object, **_named: object) -> Broken:
        return self


class Logger:
    """A logger whose every line fails."""

    def debug(self, event: str, **fields: Any) -> None:
        raise LookupError("s3cret")

    info = warning = debug


def test_broken_providers_and_loggers_change_nothing(
    v2_environment: Environment, caplog: pytest.LogCaptureFixture
) -> None:
    environment, broken, told = v2_environment, Broken(), RecordingMetrics()
    uuid = greeter(environment).uuid
    client = environment.client(tracer_provider=broken, meter_provider=broken, logger=Logger(), metric_collector=told)
    broken.works = False

    with caplog.at_level(logging.WARNING, "lpfunctions.telemetry"):
        assert client.invoke(lambda_uuid=uuid).body == "hello"
        assert client.invoke(lambda_uuid="missing").status == 404
        environment.platform.fail_next(status=502, path_contains="invoke")
        assert client.invoke(lambda_uuid=uuid).status == 502

    assert [data.status_code for data in told.data] == [200, 404, 502], "one that fails does not silence the others"
    said = " ".join(record.getMessage() for record in caplog.records)
    for part in ("SpansObserver", "MetricsObserver", "LogsObserver"):
        assert part in said
    assert "s3cret" not in caplog.text


def test_a_filter_of_the_application_that_raises_changes_nothing(v2_environment: Environment) -> None:
    def refuse(_record: logging.LogRecord) -> bool:
        raise LookupError("s3cret")

    loggers = [logging.getLogger(name) for name in ("lpfunctions.client", "lpfunctions.telemetry")]
    for logger in loggers:
        logger.addFilter(refuse)
        logger.setLevel(logging.DEBUG)
    try:
        assert v2_environment.client().invoke(lambda_uuid=greeter(v2_environment).uuid).body == "hello"
        assert v2_environment.client().invoke(lambda_uuid="missing").status == 404
    finally:
        for logger in loggers:
            logger.removeFilter(refuse)
            logger.setLevel(logging.NOTSET)


def test_warnings_are_bounded(v2_environment: Environment, caplog: pytest.LogCaptureFixture) -> None:
    """A collector that raises a class of its own each time fills neither the log nor the memory."""

    def raise_another() -> None:
        raise type(f"Error{len(collector.told)}", (Exception,), {})

    collector = Collector(raise_another)
    client = v2_environment.client(metric_collector=collector)
    with caplog.at_level(logging.WARNING, "lpfunctions.telemetry"):
        for _ in range(100):
            with pytest.raises(FaaSConfigurationError):
                client.invoke()

    assert len([record for record in caplog.records if record.name == "lpfunctions.telemetry"]) == 64


async def test_a_cancelled_call_is_told_and_stays_cancelled() -> None:
    sdk, told, asked = Sdk(), RecordingMetrics(), asyncio.Event()

    async def hang(_request: HttpRequest) -> HttpResponse:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    client = AsyncClient(
        account_id="1",
        auth_strategy=BearerToken("t"),
        domain_resolver=StaticDomainResolver({"faasGW": "va.fninvocations.liveperson.net"}),
        transport=AsyncMemoryTransport(hang),
        metric_collector=told,
        **sdk.options,
    )
    call = asyncio.create_task(client.invoke(lambda_uuid="slow"))
    await asked.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call

    (data,) = told.data
    assert isinstance(data.error, asyncio.CancelledError)
    attempt, operation = sdk.spans
    for span in (attempt, operation):
        assert (span.status, span.attributes["lp.functions.cancelled"]) == ("UNSET", True)
        assert "error.type" not in span.attributes
    ((measured, _),) = sdk.series("lp.functions.client.operation.duration")
    assert measured == {"lp.functions.operation": "invoke", "lp.functions.cancelled": True}
    assert [value for _, value in sdk.series("lp.functions.client.inflight")] == [0] * 4
