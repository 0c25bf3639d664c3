"""Draw ``docs/telemetry.png``: the panels of the dashboard over three hours of a simulated service.

    python examples/telemetry/picture.py docs/telemetry.png

Needs matplotlib and the OpenTelemetry SDK. The figures are real: a client in memory reports them, against a platform
whose clock is moved by hand and that has three kinds of trouble on the way.
"""

from __future__ import annotations

import random
import sys
from collections import defaultdict
from typing import Any, Final

import matplotlib as mpl
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

from lpfunctions import Client, Event, FaaSOperationError
from lpfunctions.adapters.memory import ManualClock
from lpfunctions.adapters.telemetry import names
from lpfunctions.testing import FakePlatform, FunctionInput

mpl.use("Agg")
import matplotlib.pyplot as plt

MINUTES: Final = 180
CALLS_A_MINUTE: Final = 30
NO_INSTANCE: Final = range(45, 60)
BUG: Final = range(90, 110)
CUT_CONNECTIONS: Final = range(140, 150)

Reading = dict[str, dict[tuple[Any, ...], Any]]


class Service:
    """A client and a platform that share a clock, and the metrics of the client."""

    def __init__(self) -> None:
        self.random = random.Random(7)
        self.clock = ManualClock()
        self.reader = InMemoryMetricReader()
        self.platform = FakePlatform(account_id="12345678", clock=self.clock)
        self.minute = 0

        @self.platform.function(name="quote", event_id=Event.CONVERSATIONAL_COMMAND)
        def quote(_given: FunctionInput) -> str:
            self.clock.sleep(self.random.lognormvariate(-1.6, 0.6))
            if self.minute in BUG and self.random.random() < 0.3:
                raise RuntimeError("a bug of ours")
            return "42"

        self.uuid = quote.uuid

    def client(self) -> Client:
        """The client."""
        return self.platform.client(meter_provider=MeterProvider([self.reader]), clock=self.clock)

    def live(self, client: Client) -> None:
        """One minute, with a call every other second."""
        start = self.clock.monotonic()
        for _ in range(CALLS_A_MINUTE):
            self.trouble()
            try:
                client.is_implemented(event_id=Event.CONVERSATIONAL_COMMAND)
                client.invoke(lambda_uuid=self.uuid)
            except FaaSOperationError:
                pass  # it is in the metrics: that is the point
            self.clock.advance(60 / CALLS_A_MINUTE * 0.8)
        self.clock.advance(max(60 - (self.clock.monotonic() - start), 0))
        self.minute += 1

    def trouble(self) -> None:
        """What the next call will meet."""
        if self.minute in NO_INSTANCE and self.random.random() < 0.4:
            self.platform.fail_next(status=503, headers={"Retry-After": "2"}, path_contains="invoke", times=2)
        if self.minute in CUT_CONNECTIONS and self.random.random() < 0.3:
            self.platform.fail_next(lose_answer=True, path_contains="invoke")

    def read(self) -> Reading:
        """Metric to attributes to point."""
        data = self.reader.get_metrics_data()
        assert data is not None
        found: Reading = defaultdict(dict)
        for metric in data.resource_metrics[0].scope_metrics[0].metrics:
            for point in metric.data.data_points:
                found[metric.name][tuple(sorted((point.attributes or {}).items()))] = point
        return found


def count(reading: Reading, metric: str, **wanted: Any) -> float:
    """Sum over the series of *metric* that have the attributes *wanted*, dots written as double underscores."""
    attributes = {name.replace("__", "."): value for name, value in wanted.items()}
    total = 0.0
    for key, point in reading.get(metric, {}).items():
        series = dict(key)
        if all(series.get(name) == value for name, value in attributes.items()):
            total += point.count if hasattr(point, "bucket_counts") else point.value
    return total


def quantile(before: Reading, after: Reading, share: float) -> float:
    """As Prometheus interpolates it, of invocations between two readings."""
    counts: list[int] = []
    bounds: tuple[float, ...] = names.OPERATION_BUCKETS_SECONDS
    for reading, sign in ((after, 1), (before, -1)):
        for key, point in reading.get(names.OPERATION_DURATION, {}).items():
            if dict(key)[names.OPERATION] == "invoke":
                counts = counts or [0] * (len(bounds) + 1)
                counts = [old + sign * new for old, new in zip(counts, point.bucket_counts, strict=True)]
    rank, passed, lower = share * sum(counts), 0, 0.0
    for bound, number in zip((*bounds, bounds[-1]), counts, strict=True):
        if number and passed + number >= rank:
            return lower + (bound - lower) * (rank - passed) / number
        passed, lower = passed + number, bound
    return float("nan")


def main(path: str) -> None:
    """Simulate, and draw."""
    service, lines = Service(), defaultdict[str, list[float]](list)
    client = service.client()
    service.live(client)
    before = service.read()
    for _ in range(MINUTES):
        service.live(client)
        after = service.read()

        def rate(metric: str, before: Reading = before, after: Reading = after, **wanted: Any) -> float:
            return (count(after, metric, **wanted) - count(before, metric, **wanted)) / 60

        for kind in ("invoke", "is_implemented"):
            lines[f"rate {kind}"].append(rate(names.OPERATION_DURATION, lp__functions__operation=kind))
        for error in ("FaaSLambdaError", "FaaSConnectionError", "503"):
            lines[f"error {error}"].append(rate(names.OPERATION_DURATION, error__type=error))
        for share in (0.5, 0.95, 0.99):
            lines[f"latency p{round(share * 100)}"].append(quantile(before, after, share))
        lines["retry repeated"].append(rate(names.ATTEMPTS, lp__functions__resend=True))
        for reason in ("may_have_run", "budget", "max_retries"):
            lines[f"retry denied: {reason}"].append(rate(names.RETRIES_DENIED, lp__functions__denial=reason))
        lines["age token"].append(count(after, names.TOKEN_AGE) / 60)
        hits = rate(names.CACHE_LOOKUPS, lp__functions__cache__result="hit")
        lines["cache hits"].append(100 * hits / rate(names.CACHE_LOOKUPS))
        before = after
    client.close()
    draw(lines, path)


def draw(lines: dict[str, list[float]], path: str) -> None:
    """Six panels, as the dashboard shows them."""
    panels = {
        "rate": "Operations, 1/s",
        "error": "Errors by kind, 1/s",
        "latency": "Latency of invoke, s",
        "retry": "Retries, and retries denied, 1/s",
        "age": "Age of the oldest token in use, min",
        "cache": "Cache hits of is_implemented, %",
    }
    figure, axes = plt.subplots(3, 2, figsize=(12, 9), constrained_layout=True, sharex=True)
    for axis, (prefix, title) in zip(axes.flat, panels.items(), strict=True):
        for name, values in lines.items():
            group, _, label = name.partition(" ")
            if group == prefix:
                axis.plot(values, label=label, linewidth=1.3)
        axis.set_title(title, loc="left", fontsize=10)
        axis.set_ylim(bottom=0)
        axis.grid(alpha=0.3)
        axis.legend(fontsize=8, loc="upper left")
        for trouble in (NO_INSTANCE, BUG, CUT_CONNECTIONS):
            axis.axvspan(trouble.start, trouble.stop, color="grey", alpha=0.12, linewidth=0)
    for axis in axes[-1]:
        axis.set_xlabel("minutes; grey: no free instance, a bug in the function, cut connections")
    figure.savefig(path, dpi=90)


if __name__ == "__main__":
    main(sys.argv[1])
