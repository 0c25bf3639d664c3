"""Check in the whole suite that logs, spans and metrics of clients show no secret."""

from __future__ import annotations

import logging
import pickle
from typing import Any

from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from lpfunctions.adapters.memory import RecordingMetrics
from tests.support.canary import assert_hidden

_SPANS = InMemorySpanExporter()
_TRACING = TracerProvider(shutdown_on_exit=False)
_TRACING.add_span_processor(SimpleSpanProcessor(_SPANS))


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{record.getMessage()} {vars(record)!r}")


class LeakDetector:
    """A log at DEBUG, a collector and a tracer for one environment."""

    def __init__(self) -> None:
        # A logger outside the tree: what a test sees of the log does not change.
        self._logger = logging.Logger("leak_detector", logging.DEBUG)  # noqa: LOG001 (see above)
        self._lines = _Lines()
        self._logger.addHandler(self._lines)
        self._metrics = RecordingMetrics()
        _SPANS.clear()

    def options(self) -> dict[str, Any]:
        """Client options with which this detector receives logs, spans and metrics."""
        return {"logger": self._logger, "metric_collector": self._metrics, "tracer_provider": _TRACING}

    def assert_discreet(self, *canaries: str) -> None:
        """Neither log, spans nor metrics show any of *canaries*, and neither does a pickle of the metrics."""
        assert_hidden("the log", "\n".join(self._lines.seen), *canaries)
        assert_hidden("the spans", "\n".join(span.to_json() for span in _SPANS.get_finished_spans()), *canaries)
        assert_hidden("the metrics", repr(self._metrics.data), *canaries)
        for data in self._metrics.data:
            assert_hidden("a pickle of the metrics", pickle.dumps(data), *canaries)
