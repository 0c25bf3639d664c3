"""Tell a user's `MetricCollector`."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.adapters.telemetry.isolation import ObserverError
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.interrupts import raise_if_of_signal_handler
from lpfunctions.core.telemetry.metrics import metric_data
from lpfunctions.ports import MetricCollector

if TYPE_CHECKING:
    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )
    from lpfunctions.ports.telemetry import Ending

HOOKS: Final = tuple(name for name in vars(MetricCollector) if name.startswith("on_"))
"""What every collector must have. A later operation is told to those that have a hook for it."""


class CollectorObserver:
    """Call the hook of *collector* that an operation is named after, when it has ended.

    Raises:
        FaaSConfigurationError: it lacks a hook; the message names it.
    """

    def __init__(self, collector: MetricCollector) -> None:
        missing = [hook for hook in HOOKS if not callable(getattr(collector, hook, None))]
        if inspect.isclass(collector) or missing:
            raise FaaSConfigurationError(
                f"metric_collector must be an object with {', '.join(missing or HOOKS)}; "
                f"see MetricCollector (got {collector if inspect.isclass(collector) else type(collector).__name__})"
            )
        self._collector = collector

    def operation_began(self, operation: ObservedOperation) -> Ending | None:
        """It is told at the end."""
        return partial(self._operation_ended, operation)

    def _operation_ended(self, operation: ObservedOperation) -> None:
        hook = operation.spec.hook
        if not hasattr(self._collector, hook):
            return
        name = f"{type(self._collector).__name__}.{hook}"
        try:
            returned: Any = getattr(self._collector, hook)(metric_data(operation))
        except Exception as failure:
            raise_if_of_signal_handler(failure)
            raise ObserverError(f"the metric collector's {name} raised {type(failure).__name__}") from failure
        is_to_be_awaited = inspect.isawaitable(returned)
        if isinstance(returned, Coroutine):
            returned.close()
        if is_to_be_awaited:
            raise ObserverError(f"the metric collector's {name} must be a plain function, and returned an awaitable")

    def operation_failed(self, operation: ObservedOperation) -> None:
        """It is told at the end."""

    def attempt_began(self, attempt: ObservedAttempt) -> Ending | None:
        """Attempts are not a collector's business."""

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        """Nor are retries."""

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """Nor are pauses."""

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Nor are refreshes."""

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """Nor are recoveries."""
