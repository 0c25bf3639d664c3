"""Two `MetricCollector` that ship: one measures with OpenTelemetry, one logs with structlog.

A client reports to OpenTelemetry and to its log without them. They are for what it deliberately leaves out: figures
broken down by a field of one's choice, and one line for every operation.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import metrics

from lpfunctions._version import __version__
from lpfunctions.adapters.telemetry import names
from lpfunctions.adapters.telemetry.logger import logger_for
from lpfunctions.adapters.telemetry.span_attributes import bounded
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.telemetry.events import error_type
from lpfunctions.core.telemetry.metrics import EveryOperation, InvocationMetricData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from opentelemetry.metrics import MeterProvider

_DIMENSIONS = frozenset(InvocationMetricData.__dataclass_fields__) - {"request_duration_in_millis", "error"}

_DEPRECATED: Final = "StructlogMetricCollector will be gone in version 2: the client logs its operations itself"


class OpenTelemetryMetricCollector(EveryOperation):
    """Measure the duration of operations, broken down by *dimensions*.

    The histogram is ``lp.functions.collector.duration``, in seconds, with the attributes
    ``lp.functions.operation``, ``error.type`` and ``lp.<dimension>``.

    Args:
        meter_provider: default the global one.
        dimensions: fields of `InvocationMetricData`, such as ``external_system``. Each value makes time series of its
            own: choose fields with few.

    Raises:
        FaaSConfigurationError: there is no such field.
    """

    def __init__(self, *, meter_provider: MeterProvider | None = None, dimensions: Sequence[str] = ()) -> None:
        unknown = [field for field in dimensions if field not in _DIMENSIONS]
        if unknown:
            raise FaaSConfigurationError(
                f"{unknown[0]!r} is no dimension; choose among {', '.join(sorted(_DIMENSIONS))}"
            )
        self._dimensions = tuple(dimensions)
        self._duration = metrics.get_meter(names.SCOPE, __version__, meter_provider, names.SCHEMA_URL).create_histogram(
            names.COLLECTED_DURATION,
            "s",
            "Duration of operations, by dimensions of your choice.",
            explicit_bucket_boundaries_advisory=names.OPERATION_BUCKETS_SECONDS,
        )

    def record(self, operation: str, data: InvocationMetricData) -> None:
        """Record its duration."""
        attributes: dict[str, Any] = {names.OPERATION: operation}
        if data.error is not None:
            attributes[names.ERROR_TYPE] = error_type(data.error)
        for field in self._dimensions:
            value = getattr(data, field)
            if value is not None:
                attributes[f"lp.{field}"] = bounded(value) if isinstance(value, str) else value
        self._duration.record(data.request_duration_in_millis / 1000, attributes)


class StructlogMetricCollector(EveryOperation):
    """Log one line for every operation, at INFO, with the fields of `InvocationMetricData`.

    Deprecated: the client's own log says the same, with the level DEBUG for what went well.

    Args:
        logger: a ``logging.Logger`` or a structlog logger; default ``lpfunctions.client``.

    Raises:
        FaaSConfigurationError: the logger is neither.
    """

    def __init__(self, logger: object = None) -> None:
        warnings.warn(_DEPRECATED, DeprecationWarning, stacklevel=2)
        self._logger = logger_for(logger)

    def record(self, operation: str, data: InvocationMetricData) -> None:
        """Log its line."""
        fields: dict[str, Any] = {"operation": operation}
        for field in InvocationMetricData.__dataclass_fields__:
            value = getattr(data, field)
            if isinstance(value, str):
                value = bounded(value)
            if value is not None and field not in {"error", "event"}:
                fields[field] = value
        if data.event is not None:  # structlog calls its message "event"
            fields["event_id"] = bounded(data.event)
        if data.error is not None:
            fields["error_type"] = error_type(data.error)
        self._logger.info("operation measured", **fields)
