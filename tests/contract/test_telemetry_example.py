"""The example application runs and shows what it promises; the dashboard asks for what we emit."""

from __future__ import annotations

import json
import re
import runpy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.sdk.metrics.export import Histogram, Sum

from lpfunctions import RateLimit, RetryPolicy
from lpfunctions.adapters.memory import ManualClock
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.otel import Sdk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput

pytestmark = pytest.mark.own_telemetry

EXAMPLES = Path(__file__).parents[2] / "examples" / "telemetry"
EVENT = "conversational_command"


def documents(text: str) -> Iterator[Any]:
    """The JSON documents that a console exporter wrote one after another."""
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        document, at = decoder.raw_decode(text, at)
        yield document
        at = len(text) - len(text[at:].lstrip())


@pytest.mark.sockets
def test_the_example_application_shows_traces_metrics_and_one_line_per_failure() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", str(EXAMPLES / "app.py")],
        capture_output=True,
        text=True,
        check=True,
        timeout=50,
    )
    told = list(documents(done.stdout))
    spans = [document for document in told if "resource_metrics" not in document]
    names = [span["name"] for span in spans]
    assert names.count("LivePersonFunctions.Invoke") == 3
    assert names.count("POST /api/account/{account_id}/lambdas/{lambda_uuid}/invoke") == 3
    order = spans[names.index("handle order")]
    assert {span["name"] for span in spans if span["parent_id"] == order["context"]["span_id"]} == {
        "LivePersonFunctions.IsImplemented",
        "LivePersonFunctions.Invoke",
    }
    statuses = [span["status"]["status_code"] for span in spans if span["name"] == "LivePersonFunctions.Invoke"]
    assert statuses == ["UNSET", "UNSET", "ERROR"], "a retry cured the second"
    scopes = [
        scope
        for document in told
        for resource in document.get("resource_metrics", ())
        for scope in resource["scope_metrics"]
    ]
    measured = {metric["name"] for scope in scopes for metric in scope["metrics"]}
    assert {"lp.functions.client.operation.duration", "lp.functions.client.attempts"} <= measured

    (line,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert (line["event"], line["logger"]) == ("invoke failed: FaaSLambdaError", "lpfunctions.client")


def exposed(sdk: Sdk) -> dict[str, set[str]]:
    """Names and labels as Prometheus knows them. Source: OpenTelemetry, Prometheus compatibility."""
    found: dict[str, set[str]] = {}
    data = sdk.read()
    scopes = [scope for resource in data.resource_metrics for scope in resource.scope_metrics]
    for metric in [metric for scope in scopes for metric in scope.metrics]:
        name = metric.name.replace(".", "_") + ("_seconds" if metric.unit == "s" else "")
        labels = {key.replace(".", "_") for point in metric.data.data_points for key in point.attributes or {}}
        if isinstance(metric.data, Histogram):
            found |= {f"{name}_bucket": labels | {"le"}, f"{name}_count": labels, f"{name}_sum": labels}
        elif isinstance(metric.data, Sum) and metric.data.is_monotonic:
            found[f"{name}_total"] = labels
        else:
            found[name] = labels
    return found


def everything_that_is_emitted() -> dict[str, set[str]]:
    sdk, platform = Sdk(), FakePlatform()

    @platform.function(name="greet", event_id=EVENT)
    def greet(_given: FunctionInput) -> str:
        sdk.read()  # while the request is active
        return "hello"

    options: dict[str, Any] = {
        **sdk.options,
        "retry": RetryPolicy(max_retries=1),
        "rate_limit": RateLimit(per_second=100, burst=1),
        "clock": ManualClock(),  # which stands still between calls, so that they wait on any machine
    }
    with Emulator(platform) as emulator, emulator.client(**options) as client:
        for _ in range(2):
            client.is_implemented(event_id=EVENT)
        client.invoke(lambda_uuid=greet.uuid)
        platform.fail_next(status=503, headers={"Retry-After": "0"}, path_contains="invoke", times=2)
        client.invoke(lambda_uuid=greet.uuid)
        return exposed(sdk)


@pytest.mark.sockets
def test_the_dashboard_asks_for_metrics_and_labels_that_are_emitted() -> None:
    emitted = everything_that_is_emitted()
    board = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
    targets = [target for panel in board["panels"] for target in panel["targets"]]
    asked_for: set[str] = set()
    for target in targets:
        words = set(re.findall(r"\b(?:lp_functions|http|error|server)_\w+", target["expr"] + target["legendFormat"]))
        metrics = {word for word in words if word in emitted}
        assert len(metrics) == 1, f"{target['expr']} asks for {metrics or 'nothing that we emit'}"
        labels = emitted[next(iter(metrics))]
        assert words - metrics <= labels, target["expr"]
        asked_for |= metrics
    shown = {re.sub(r"_(bucket|count|sum)$", "", name) for name in asked_for}
    assert shown == {re.sub(r"_(bucket|count|sum)$", "", name) for name in emitted}, "every metric has a panel"


def test_the_dashboard_has_the_structure_that_grafana_asks_for() -> None:
    board = json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8"))
    sources = {variable["name"] for variable in board["templating"]["list"] if variable["type"] == "datasource"}
    used = re.findall(r'"uid": "(?!lpfunctions")([^"]*)"', json.dumps(board))
    assert set(used) == {f"${{{name}}}" for name in sources}
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    taken: set[tuple[int, int]] = set()
    for panel in board["panels"]:
        place, targets = panel["gridPos"], panel["targets"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert cells, panel["title"]
        assert all(0 <= x < 24 and y >= 0 for x, y in cells), panel["title"]
        assert not cells & taken, panel["title"]
        taken |= cells
        assert targets, panel["title"]
        assert all(target["expr"] and target["refId"] for target in targets), panel["title"]
        assert len({target["refId"] for target in targets}) == len(targets), panel["title"]


def test_the_dashboard_is_what_its_script_writes() -> None:
    script = runpy.run_path(str(EXAMPLES / "dashboard.py"))
    assert json.loads((EXAMPLES / "dashboard.json").read_text(encoding="utf-8")) == script["dashboard"]()
