"""Wire what a client reports to: OpenTelemetry, the log, the user's collector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lpfunctions.adapters.telemetry.collectors.observer import CollectorObserver
from lpfunctions.adapters.telemetry.instruments import Instruments, instruments_of
from lpfunctions.adapters.telemetry.isolation import IsolatedTelemetry
from lpfunctions.adapters.telemetry.logger import logger_for
from lpfunctions.adapters.telemetry.logs import LogsObserver
from lpfunctions.adapters.telemetry.metrics import MetricsObserver
from lpfunctions.adapters.telemetry.tracing.spans import SpansObserver
from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.adapters.telemetry.logger import Logger
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.ports import Telemetry
    from lpfunctions.ports.telemetry import Observer
    from lpfunctions.wiring.options import Parts


@dataclass(frozen=True, slots=True)
class Reporting:
    """What a client and its copies report to.

    Attributes:
        observers: of operations and attempts, the outermost first.
        instruments: the metrics.
        logger: for what is not about one operation.
        monotonic: tells the time, seconds.
        telemetry: tells all of it.
        http: are requests and connections reported, or left to an instrumentation of the HTTP library?
    """

    observers: tuple[Observer, ...]
    instruments: Instruments
    logger: Logger
    monotonic: Callable[[], float]
    telemetry: Telemetry
    http: bool

    def with_collector(self, metric_collector: Any) -> Telemetry:
        """Tell all of it, and *metric_collector* if there is one."""
        if metric_collector is None:
            return self.telemetry
        return IsolatedTelemetry([*self.observers, CollectorObserver(metric_collector)], self.monotonic)

    def watch_refresh(self, purpose: str, part: object) -> None:
        """Report how old what *part* keeps for *purpose* is, and how its refreshes go, if it can tell."""
        source: Any = part
        if hasattr(source, "refresh_state"):
            self.instruments.gauges.watch_refresh(purpose, source)

    def watch_connections(self, transport: object) -> None:
        """Report how the connections of *transport* are used, if it can tell, and requests are ours to report."""
        source: Any = transport
        if self.http and hasattr(source, "connection_counts"):
            self.instruments.gauges.watch_connections(source)


def reporting(config: ClientConfig, parts: Parts, monotonic: Callable[[], float]) -> Reporting:
    """Open what *config* and *parts* name.

    Raises:
        FaaSConfigurationError: a part is not what it should be.
    """
    _check_has_method("tracer_provider", parts.tracer_provider, "get_tracer")
    _check_has_method("meter_provider", parts.meter_provider, "get_meter")
    instruments = instruments_of(parts.meter_provider)
    http, logger = config.http_spans == "own", logger_for(parts.logger)
    observers = (
        SpansObserver(parts.tracer_provider, http=http),
        MetricsObserver(instruments, http=http),
        LogsObserver(logger),
    )
    return Reporting(observers, instruments, logger, monotonic, IsolatedTelemetry(observers, monotonic), http)


def _check_has_method(option: str, given: object, method: str) -> None:
    if given is not None and not callable(getattr(given, method, None)):
        raise FaaSConfigurationError(f"{option} must be one of OpenTelemetry, not {type(given).__name__}")
