"""Tell the receiver of a request of the trace, in the way that the application has chosen for all it sends."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lpfunctions.adapters.telemetry.isolation import log_failure
from lpfunctions.core.http.request_headers import EXCHANGE_HEADERS, is_header_name, is_header_value
from lpfunctions.core.interrupts import raise_if_of_signal_handler

if TYPE_CHECKING:
    from types import ModuleType

    from opentelemetry.context import Context

    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.core.telemetry.events import ObservedAttempt


def inject(attempt: ObservedAttempt, context: Context) -> None:
    """Add what the global propagator makes of *context*; a failure changes nothing."""
    try:
        carrier = _injected(context)
    except Exception as failure:  # noqa: BLE001 (telemetry never changes a call)
        raise_if_of_signal_handler(failure)
        log_failure(inject, failure)
        return
    request = attempt.request
    headers = {name: value for name, value in carrier.items() if _may_be_added(name, value, request)}
    if headers:
        attempt.request = request.with_headers(headers, request.timeout_seconds)


def _injected(context: Context) -> dict[str, str]:
    baggage, propagate = _modules()
    carrier: dict[str, str] = {}
    # Baggage may hold what is none of the receiver's business.
    propagate.inject(carrier, baggage.clear(context))
    return carrier


@cache
def _modules() -> tuple[ModuleType, ModuleType]:
    """Loaded when first needed: importing them asks all installed packages for propagators, which takes 10 ms."""
    from opentelemetry import baggage, propagate

    return baggage, propagate


def _may_be_added(name: object, value: object, request: HttpRequest) -> bool:
    """Can it be sent, and is it nothing that the request has already?"""
    if not is_header_name(name) or not is_header_value(value):
        return False
    name = name.lower()
    return name not in EXCHANGE_HEADERS and name not in map(str.lower, request.headers)
