"""Trace operations and attempts with OpenTelemetry.

One CLIENT span per operation, and below it one per request, discovery and tokens included. What a retry cured leaves
the operation's span alone: only the operation's own outcome decides on its status. Exceptions are not recorded: the
message of a function's error may quote what it was sent.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from opentelemetry import trace
from opentelemetry.context import Context, attach, detach, get_current
from opentelemetry.trace import SpanKind, StatusCode

from lpfunctions._version import __version__
from lpfunctions.adapters.telemetry import names
from lpfunctions.adapters.telemetry.presence import is_http_suppressed, is_suppressed, is_tracing, suppression
from lpfunctions.adapters.telemetry.span_attributes import (
    attempt_attributes,
    attempt_outcome,
    operation_attributes,
    operation_outcome,
)
from lpfunctions.adapters.telemetry.tracing.propagation import inject

if TYPE_CHECKING:
    from contextvars import Token

    from opentelemetry.trace import Span, TracerProvider

    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )
    from lpfunctions.ports.telemetry import Ending


class SpansObserver:
    """Make spans.

    Args:
        provider: of the tracer; None for the global one, which may also be set later.
        http: make a span of each request, and keep instrumented HTTP libraries from making another.
    """

    def __init__(self, provider: TracerProvider | None, *, http: bool) -> None:
        self._tracer = trace.get_tracer(names.SCOPE, __version__, provider, names.SCHEMA_URL)
        self._http = http
        self._suppression = suppression()

    def operation_began(self, operation: ObservedOperation) -> Ending | None:
        """Start its span, and make it the current one."""
        if not is_tracing(self._tracer):
            # Most often nothing at all is current; else the attempts are to tell the receiver of the caller's trace.
            return _nothing_to_end if get_current() else None
        current = get_current()
        if is_suppressed(current):
            return None
        span = self._tracer.start_span(
            names.SPANS[operation.spec.name], current, SpanKind.CLIENT, operation_attributes(operation)
        )
        return partial(_operation_ended, operation, span, attach(trace.set_span_in_context(span, current)))

    def operation_failed(self, operation: ObservedOperation) -> None:
        """Its span says so at the end."""

    def attempt_began(self, attempt: ObservedAttempt) -> Ending | None:
        """Start its span, tell the receiver of the trace, and silence the HTTP library's own instrumentation."""
        current = get_current()
        if is_suppressed(current):
            return None
        if not self._http or not is_tracing(self._tracer) or is_http_suppressed(current):
            if attempt.joins_trace:
                inject(attempt, current)
            return None
        name = f"{attempt.request.method} {attempt.route}"
        span = self._tracer.start_span(name, current, SpanKind.CLIENT, attempt_attributes(attempt))
        context = trace.set_span_in_context(span, Context(current | self._suppression))
        if attempt.joins_trace:
            inject(attempt, context)
        return partial(_attempt_ended, attempt, span, attach(context))

    def retry_denied(self, purpose: str, reason: Denial) -> None:  # noqa: ARG002 (the port's signature)
        """Note it on the span of the operation for which it was done."""
        span = trace.get_current_span()
        if is_tracing(self._tracer) and span.is_recording():
            span.add_event("retry denied", {names.DENIAL: reason})

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """It shows in the operation's duration."""

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Its attempts have spans of their own."""

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """Its attempts have spans of their own."""


def _nothing_to_end() -> None:
    pass


def _operation_ended(operation: ObservedOperation, span: Span, token: Token[Context]) -> None:
    detach(token)
    if span.is_recording():
        span.set_attributes(operation_outcome(operation))
        if operation.error is not None and not operation.was_cancelled:
            span.set_status(StatusCode.ERROR)
    span.end()


def _attempt_ended(attempt: ObservedAttempt, span: Span, token: Token[Context]) -> None:
    detach(token)
    if span.is_recording():
        outcome = attempt_outcome(attempt)
        span.set_attributes(outcome)
        if names.ERROR_TYPE in outcome:
            span.set_status(StatusCode.ERROR)
    span.end()
