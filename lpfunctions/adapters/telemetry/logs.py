"""Log operations: one canonical line for each that failed, at INFO; successes, retries and denials at DEBUG.

An outage of what is shared, discovery or tokens, is one line at WARNING.

Never a body, a header, a query, or a text that the function wrote; see `lpfunctions.adapters.telemetry.logger` for
where the lines go.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.adapters.telemetry.logger import level_test
from lpfunctions.adapters.telemetry.span_attributes import bounded
from lpfunctions.core.errors import FaaSError

if TYPE_CHECKING:
    from lpfunctions.adapters.telemetry.logger import Logger
    from lpfunctions.core.telemetry import Denial, FailedRefresh, ObservedAttempt, ObservedOperation
    from lpfunctions.ports.telemetry import Ending


_REFRESH_EVENTS: Final = {"shared_store": "shared store failed; this process fetches for itself"}


class LogsObserver:
    """Write to *logger*."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._logs_at = level_test(logger)

    def operation_began(self, operation: ObservedOperation) -> Ending | None:
        """Nothing is logged before it has ended, nor at all where INFO is not asked for."""
        return partial(self._operation_ended, operation) if self._logs_at(logging.INFO) else None

    def _operation_ended(self, operation: ObservedOperation) -> None:
        kind = operation.kind.name
        if operation.error is not None:
            event = f"{kind} failed: {operation.error_type}"
            self._logger.info(event, **operation_fields(operation))
        elif self._logs_at(logging.DEBUG):
            event = f"{kind} succeeded"
            self._logger.debug(event, **operation_fields(operation))

    def attempt_began(self, attempt: ObservedAttempt) -> Ending | None:
        """Nothing is logged before it has ended."""
        return partial(self._attempt_ended, attempt) if self._logs_at(logging.DEBUG) else None

    def _attempt_ended(self, attempt: ObservedAttempt) -> None:
        event = f"{attempt.purpose} attempt ended"
        self._logger.debug(event, **attempt_fields(attempt))

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        """Log it."""
        if self._logs_at(logging.DEBUG):
            event = f"{purpose} not repeated: {reason}"
            self._logger.debug(event, operation=purpose, denial=reason)

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Warn once an outage; the rest is for those who look closely."""
        is_first = refresh.failures_in_a_row == 1
        if self._logs_at(logging.WARNING if is_first else logging.DEBUG):
            log = self._logger.warning if is_first else self._logger.debug
            event = (
                _REFRESH_EVENTS.get(refresh.purpose) or f"{refresh.purpose} could not be refreshed; the old one serves"
            )
            log(event, **refresh_fields(refresh))


def operation_fields(operation: ObservedOperation) -> dict[str, Any]:
    """The fields of the canonical line; what is not known is left out. None has the name of a LogRecord attribute."""
    error, call = operation.error, operation.call
    known = {
        "operation": operation.kind.name,
        "account_id": operation.account_id,
        "lambda_uuid": bounded(getattr(call, "lambda_uuid", None)),
        "event_id": bounded(getattr(call, "event_id", None)),
        "host": operation.host,
        "status": operation.status,
        "error_type": operation.error_type,
        "error_code": bounded(getattr(error, "error_code", None)),
        "cause": None if error is None or error.__cause__ is None else bounded(error.__cause__),
        "delivered": None if error is None else operation.delivered,
        # None when another endpoint is what failed, after a request of this operation.
        "attempts": len(operation.attempts) if operation.host or not operation.attempts else None,
        "elapsed_seconds": round(operation.duration_seconds, 6),
        "retry_after_seconds": getattr(error, "retry_after", None),
        "request_id": operation.request_id,
        "from_cache": operation.from_cache or None,
    }
    return {name: value for name, value in known.items() if value is not None}


def refresh_fields(refresh: FailedRefresh) -> dict[str, Any]:
    """Why a refresh failed, and when it is tried again."""
    return {
        "purpose": refresh.purpose,
        "error_type": type(refresh.error).__name__,
        # The text of an error that is not ours may hold anything.
        "cause": bounded(refresh.error) if isinstance(refresh.error, FaaSError) else None,
        "failures_in_a_row": refresh.failures_in_a_row,
        "next_try_seconds": refresh.next_try_seconds,
    }


def attempt_fields(attempt: ObservedAttempt) -> dict[str, Any]:
    """What became of one attempt."""
    outcome, request = attempt.outcome, attempt.request
    known: dict[str, Any] = {
        "operation": attempt.purpose,
        "method": request.method,
        "route": attempt.route,
        "host": request.host,
        "resend_count": attempt.resend_count,
        "request_id": request.headers.get("X-Request-ID"),
    }
    if outcome is not None:
        known |= {
            "status": outcome.status,
            "error_type": outcome.error,
            "delivered": outcome.delivered,
            "elapsed_seconds": round(outcome.duration_seconds, 6),
        }
    return {name: value for name, value in known.items() if value is not None}
