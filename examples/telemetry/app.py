"""An application that watches its calls: traces and metrics on the console, one JSON line for each call that failed.

    python examples/telemetry/app.py

It needs the OpenTelemetry SDK (``pip install opentelemetry-sdk``) and no account: the platform is an emulator on this
machine. The same goes to a collector where ``OTEL_EXPORTER_OTLP_ENDPOINT`` names one, such as ``http://127.0.0.1:4318``,
and ``opentelemetry-exporter-otlp-proto-http`` is installed; ``collector.yaml`` is a configuration of one.
"""

from __future__ import annotations

import logging
import os
import sys

import structlog
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import ConsoleMetricExporter, MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import ConsoleSpanExporter, SimpleSpanProcessor, SpanExporter

from lpfunctions import Event, redact_secrets
from lpfunctions.testing import Emulator, FakePlatform, FunctionInput


def exporters() -> tuple[SpanExporter, MetricExporter]:
    """Where spans and metrics go: to a collector where one is named, else to the console."""
    if "OTEL_EXPORTER_OTLP_ENDPOINT" not in os.environ:
        return ConsoleSpanExporter(), ConsoleMetricExporter()
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter(), OTLPMetricExporter()


def observe() -> tuple[TracerProvider, MeterProvider]:
    """Set the global providers, once, where the application starts; every client reports to them."""
    span_exporter, metric_exporter = exporters()
    tracer_provider = TracerProvider()
    tracer_provider.add_span_processor(SimpleSpanProcessor(span_exporter))
    meter_provider = MeterProvider([PeriodicExportingMetricReader(metric_exporter)])
    trace.set_tracer_provider(tracer_provider)
    metrics.set_meter_provider(meter_provider)
    return tracer_provider, meter_provider


def log_as_json() -> None:
    """Render the records of the standard library, ours among them, with structlog."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_logger_name,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            redact_secrets,
        ],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(handlers=[handler], level=logging.INFO)


def make_platform() -> FakePlatform:
    """An account with one function, which greets those who have a name."""
    platform = FakePlatform(account_id="12345678")

    @platform.function(name="greet", event_id=Event.CONVERSATIONAL_COMMAND)
    def greet(given: FunctionInput) -> dict[str, str]:
        return {"hello": given.payload["name"]}

    return platform


def main() -> None:
    """Greet, meet a gateway without a free instance, and a function that throws."""
    providers = observe()
    log_as_json()
    platform = make_platform()
    tracer = trace.get_tracer("shop")
    with Emulator(platform) as emulator, emulator.client() as client:
        with tracer.start_as_current_span("handle order"):
            if client.is_implemented(event_id=Event.CONVERSATIONAL_COMMAND):
                client.invoke(event_id=Event.CONVERSATIONAL_COMMAND, payload={"name": "Ada"})
        uuid = platform.functions[0].uuid
        platform.fail_next(status=503, headers={"Retry-After": "0"}, path_contains="invoke")
        client.invoke(lambda_uuid=uuid, payload={"name": "Grace"})  # a retry cures it: no error, one retry
        client.invoke(lambda_uuid=uuid, payload={})  # the function throws: FaaSLambdaError, one line in the log
    for provider in providers:
        provider.shutdown()


if __name__ == "__main__":
    main()
