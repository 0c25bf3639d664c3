"""Log operations: one canonical line for each that failed; successes, retries and denials at DEBUG.

A failure of the customer's own function is INFO, every other one WARNING. An outage of what is shared, discovery or
tokens, is one line at INFO as long as nobody notices, one at WARNING when half of the time is gone for which the old
value serves, one at ERROR when no call can succeed, and one at INFO when it is over.

Never a body, a header, a query, or a text that the function wrote; see `lpfunctions.adapters.telemetry.logger` for
where the lines go.
"""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.adapters.telemetry.logger import level_test
from lpfunctions.adapters.telemetry.span_attributes import bounded
from lpfunctions.core.errors import FaaSError, FaaSLambdaError

if TYPE_CHECKING:
    from lpfunctions.adapters.telemetry.logger import Logger
    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )
    from lpfunctions.ports.telemetry import Ending


_LEVELS: Final = {"none": logging.INFO, "soon": logging.WARNING, "now": logging.ERROR}
_REFRESH_EVENTS: Final = {
    ("token", "now"): "could not obtain a token; no call can succeed",
    ("discovery", "now"): "could not discover the hosts; no call can succeed",
}


class LogsObserver:
    """Write to *logger*."""

    def __init__(self, logger: Logger) -> None:
        self._logger = logger
        self._logs_at = level_test(logger)

    def operation_began(self, operation: ObservedOperation) -> Ending | None:
        """Nothing is logged before it has ended."""
        return partial(self._operation_ended, operation) if self._logs_at(logging.DEBUG) else None

    def _operation_ended(self, operation: ObservedOperation) -> None:
        if operation.error is None:
            event = f"{operation.spec.name} succeeded"
            self._logger.debug(event, **operation_fields(operation))

    def operation_failed(self, operation: ObservedOperation) -> None:
        """Log it; how loudly depends on whether it is the platform's trouble or the function's."""
        level = failure_level(operation)
        if self._logs_at(level):
            how = "was cancelled" if operation.was_cancelled else f"failed: {operation.error_type}"
            event = f"{operation.spec.name} {how}"
            self._log(level, event, operation_fields(operation))

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

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """It is measured."""

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Log each stage of an outage once; the rest is for those who look closely."""
        level = _LEVELS[refresh.impact] if refresh.is_first else logging.DEBUG
        if self._logs_at(level):
            self._log(level, failed_refresh_event(refresh), refresh_fields(refresh))

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """Log the end of an outage."""
        if self._logs_at(logging.INFO):
            calls = "; calls can succeed again" if refresh.impact == "now" else ""
            event = f"{refresh.purpose} has recovered{calls}"
            self._logger.info(event, **recovery_fields(refresh))

    def _log(self, level: int, event: str, fields: dict[str, Any]) -> None:
        """Call the method of *level*: structlog loggers need not have ``log``."""
        getattr(self._logger, logging.getLevelName(level).lower())(event, **fields)


def failure_level(operation: ObservedOperation) -> int:
    """INFO where the function itself failed, or the application ended the call; else WARNING."""
    if isinstance(operation.error, FaaSLambdaError) or operation.was_cancelled:
        return logging.INFO
    return logging.WARNING


def failed_refresh_event(refresh: FailedRefresh) -> str:
    """The message of a failed refresh."""
    if refresh.purpose == "shared_store":
        return "shared store failed; this process fetches for itself"
    default = f"{refresh.purpose} could not be refreshed; the old one serves"
    return _REFRESH_EVENTS.get((refresh.purpose, refresh.impact), default)


def operation_fields(operation: ObservedOperation) -> dict[str, Any]:
    """The fields of the canonical line; what is not known is left out. None has the name of a LogRecord attribute."""
    error, call = operation.error, operation.call
    known = {
        "operation": operation.spec.name,
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
    known = {
        "purpose": refresh.purpose,
        "error_type": type(refresh.error).__name__,
        # The text of an error that is not ours may hold anything.
        "cause": bounded(refresh.error) if isinstance(refresh.error, FaaSError) else None,
        "failures_in_a_row": refresh.failures_in_a_row,
        "next_try_seconds": refresh.next_try_seconds,
        "serves_for_seconds": refresh.serves_for_seconds,
    }
    return {name: value for name, value in known.items() if value is not None}


def recovery_fields(refresh: RecoveredRefresh) -> dict[str, Any]:
    """How long the trouble lasted."""
    return {
        "purpose": refresh.purpose,
        "failures_in_a_row": refresh.failures,
        "lasted_seconds": round(refresh.lasted_seconds, 3),
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
