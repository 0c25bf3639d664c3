"""Measure operations and attempts with OpenTelemetry."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from opentelemetry.context import Context, get_current

from lpfunctions.adapters.telemetry import names
from lpfunctions.adapters.telemetry.attributes import attempt_attributes, http_attributes, operation_attributes
from lpfunctions.adapters.telemetry.presence import is_http_suppressed, is_measuring, is_suppressed

if TYPE_CHECKING:
    from lpfunctions.adapters.telemetry.instruments import Instruments
    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )
    from lpfunctions.ports.telemetry import Ending

_NOWHERE: Final = Context()
"""Where no span is current: the operation's duration leads to the trace as an exemplar, and once is enough."""


class MetricsObserver:
    """Feed *instruments*.

    Args:
        instruments: where the figures go.
        http: also measure each request under the conventions' name, as an instrumented HTTP library would.
    """

    def __init__(self, instruments: Instruments, *, http: bool) -> None:
        self._to = instruments
        self._http = http

    def operation_began(self, operation: ObservedOperation) -> Ending | None:
        """Count it among those under way."""
        if not is_measuring(self._to.operation_duration) or is_suppressed(get_current()):
            return None
        self._to.gauges.operations.add(operation)
        return partial(self._operation_ended, operation)

    def _operation_ended(self, operation: ObservedOperation) -> None:
        kind = operation.spec.name
        self._to.gauges.operations.discard(operation)
        attributes = operation_attributes(kind, operation.error_type, operation.from_cache, operation.was_cancelled)
        self._to.operation_duration.record(operation.duration_seconds, attributes)
        if kind == "is_implemented":
            result = "hit" if operation.from_cache else "miss"
            self._to.cache_lookups.add(1, {names.CACHE: kind, names.CACHE_RESULT: result}, _NOWHERE)

    def operation_failed(self, operation: ObservedOperation) -> None:
        """It is measured at the end."""

    def attempt_began(self, attempt: ObservedAttempt) -> Ending | None:
        """Count it among those under way."""
        if not is_measuring(self._to.attempts) or is_suppressed(current := get_current()):
            return None
        is_http_measured = self._http and not is_http_suppressed(current)
        if is_http_measured:
            self._to.gauges.attempts.add(attempt)
        return partial(self._attempt_ended, attempt, is_http_measured)

    def _attempt_ended(self, attempt: ObservedAttempt, is_http_measured: bool) -> None:
        self._to.gauges.attempts.discard(attempt)
        outcome, request = attempt.outcome, attempt.request
        if outcome is None:
            return
        status, error = outcome.status, outcome.error
        attributes = attempt_attributes(attempt.purpose, attempt.resend_count > 0, status, error, outcome.delivered)
        self._to.attempts.add(1, attributes, _NOWHERE)
        if is_http_measured:
            scheme = request.url.partition(":")[0]
            attributes = http_attributes(request.method, scheme, outcome.host, status, error)
            self._to.http_duration.record(outcome.duration_seconds, attributes, _NOWHERE)

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        """Count it."""
        self._to.retries_denied.add(1, {names.OPERATION: purpose, names.DENIAL: reason})

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """Measure it."""
        self._to.rate_limit_waits.record(seconds, {names.OPERATION: purpose}, _NOWHERE)

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Its attempts are counted, and the token's age is measured."""

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """The failures in a row are measured."""
