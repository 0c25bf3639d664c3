"""What the example sends by OTLP, read from the protobuf where a collector would receive it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from lpfunctions.adapters.telemetry import names
from tests.support.otlp_receiver import Received, plain, receiving

pytestmark = [pytest.mark.own_telemetry]

EXAMPLES: Final = Path(__file__).parents[2] / "examples" / "telemetry"
INVOKE: Final = "LivePersonFunctions.Invoke"
REQUEST: Final = "POST /api/account/{account_id}/lambdas/{lambda_uuid}/invoke"


@pytest.fixture(scope="module")
def received() -> Received:
    """What the example application sent."""
    with receiving() as receiver:
        subprocess.run(
            [sys.executable, str(EXAMPLES / "app.py")],
            env={**os.environ, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint},
            capture_output=True,
            check=True,
            timeout=50,
        )
    return receiver


@pytest.mark.sockets
def test_spans_arrive_with_their_parents_kinds_statuses_and_attributes(received: Received) -> None:
    ours = [span for schema, span in received.spans if schema == names.SCHEMA_URL]
    assert {span.kind for span in ours} == {3}, "CLIENT"
    by_id = {span.span_id: span for _, span in received.spans}
    calls = [span for span in ours if span.name == INVOKE]
    assert [span.status.code for span in calls] == [0, 0, 2], "unset, unset, error"
    assert [plain(span.attributes)["http.response.status_code"] for span in calls] == [200, 200, 901]
    assert plain(calls[2].attributes)["error.type"] == "FaaSLambdaError"
    assert by_id[calls[0].parent_span_id].name == "handle order"
    requests = [span for span in ours if span.name == REQUEST]
    assert {by_id[span.parent_span_id].name for span in requests} == {INVOKE}
    assert {span.trace_id for span in requests} <= {span.trace_id for span in calls}


@pytest.mark.sockets
def test_metrics_arrive_with_their_units_and_attributes(received: Received) -> None:
    ours = {metric.name: metric for schema, metric in received.metrics if schema == names.SCHEMA_URL}
    durations = ours[names.OPERATION_DURATION]
    assert durations.unit == "s"
    counts = {tuple(sorted(plain(point.attributes).items())): point.count for point in durations.histogram.data_points}
    operation = (names.OPERATION, "invoke")
    assert counts[(operation,)] == 2
    assert counts[("error.type", "FaaSLambdaError"), operation] == 1
    resent = [point.as_int for point in ours[names.ATTEMPTS].sum.data_points if plain(point.attributes)[names.RESEND]]
    assert resent == [1]
    assert ours[names.HTTP_DURATION].unit == "s"
    assert {names.TOKEN_AGE, names.DISCOVERY_AGE, names.OPEN_CONNECTIONS} <= set(ours)


def test_the_pipelines_of_the_collector_name_what_it_configures() -> None:
    text = (EXAMPLES / "collector.yaml").read_text(encoding="utf-8")
    configured: dict[str, Any] = import_module("yaml").safe_load(text)
    pipelines = configured["service"]["pipelines"]
    assert set(pipelines) == {"metrics", "traces"}
    for part in ("receivers", "processors", "exporters"):
        assert set(configured[part]) == {name for pipeline in pipelines.values() for name in pipeline[part]}
    assert configured["receivers"]["otlp"]["protocols"]["http"]["endpoint"] in text.partition("receivers:")[0]
