"""An OpenTelemetry SDK in memory, and what it received, in a form that tests can compare."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.sdk.metrics.export import MetricsData
    from opentelemetry.sdk.trace import ReadableSpan


class Seen(NamedTuple):
    """A span, without its times and ids.

    Attributes:
        parent: the name of its parent, if that was recorded too.
    """

    name: str
    parent: str | None
    kind: str
    status: str
    attributes: dict[str, Any]


class Sdk:
    """Providers to give to a client, and what arrived at them."""

    def __init__(self) -> None:
        self._exporter = InMemorySpanExporter()
        self._reader = InMemoryMetricReader()
        self.tracer_provider = TracerProvider(shutdown_on_exit=False)
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self._exporter))
        self.meter_provider = MeterProvider([self._reader], shutdown_on_exit=False)

    @property
    def options(self) -> dict[str, Any]:
        """What a client needs to report here."""
        return {"tracer_provider": self.tracer_provider, "meter_provider": self.meter_provider}

    @property
    def raw_spans(self) -> Sequence[ReadableSpan]:
        """The spans that have ended, in the order in which they did."""
        return self._exporter.get_finished_spans()

    @property
    def spans(self) -> list[Seen]:
        """The same, as far as they can be written down."""
        names = {span.context.span_id: span.name for span in self.raw_spans if span.context is not None}
        return [
            Seen(
                span.name,
                None if span.parent is None else names.get(span.parent.span_id),
                span.kind.name,
                span.status.status_code.name,
                dict(span.attributes or {}),
            )
            for span in self.raw_spans
        ]

    def span(self, name: str) -> Seen:
        """The one span called *name*."""
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def forget(self) -> None:
        """Forget the spans so far."""
        self._exporter.clear()

    def read(self) -> MetricsData:
        """Everything that was measured, as the SDK hands it to an exporter."""
        data = self._reader.get_metrics_data()
        assert data is not None
        return data

    def metrics(self) -> dict[str, list[tuple[dict[str, Any], Any]]]:
        """Metric to attributes and point of each series, everything since the start."""
        data = self._reader.get_metrics_data()
        found: dict[str, list[tuple[dict[str, Any], Any]]] = {}
        for resource in data.resource_metrics if data is not None else ():
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    series = found.setdefault(metric.name, [])
                    series += [(dict(point.attributes or {}), point) for point in metric.data.data_points]
        return found

    def series(self, name: str) -> list[tuple[dict[str, Any], int | float]]:
        """Attributes and count (of a histogram) or value (of all else) of each series of a metric."""
        return [
            (attributes, point.count if hasattr(point, "bucket_counts") else point.value)
            for attributes, point in self.metrics().get(name, [])
        ]
