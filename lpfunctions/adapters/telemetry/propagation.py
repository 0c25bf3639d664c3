"""Tell the receiver of a request of the trace, in the way that the application has chosen for all it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.adapters.telemetry.isolation import complain
from lpfunctions.core.http.request_headers import EXCHANGE_HEADERS, is_header_name, is_header_value
from lpfunctions.core.interrupts import let_pass

if TYPE_CHECKING:
    from opentelemetry.context import Context

    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.core.telemetry.events import ObservedAttempt


def inject(attempt: ObservedAttempt, context: Context | None) -> None:
    """Add what the global propagator makes of *context*, by default the current one; a failure changes nothing."""
    try:
        carrier = _injected(context)
    except Exception as failure:  # noqa: BLE001 (telemetry never changes a call)
        let_pass(failure)
        complain(inject, failure)
        return
    request = attempt.request
    headers = {name: value for name, value in carrier.items() if _may_be_added(name, value, request)}
    if headers:
        attempt.request = request.with_headers(headers, request.timeout_seconds)


def _injected(context: Context | None) -> dict[str, str]:
    # Looked up when first needed: importing them asks all installed packages for propagators, which takes 10 ms.
    from opentelemetry import baggage, propagate

    carrier: dict[str, str] = {}
    # Baggage may hold what is none of the receiver's business.
    propagate.inject(carrier, baggage.clear(context))
    return carrier


def _may_be_added(name: object, value: object, request: HttpRequest) -> bool:
    """Can it be sent, and is it nothing that the request has already?"""
    if not isinstance(name, str) or not is_header_name(name) or not is_header_value(value):
        return False
    taken = {header.lower() for header in request.headers} | EXCHANGE_HEADERS
    return name.lower() not in taken
