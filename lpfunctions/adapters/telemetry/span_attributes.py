"""What a span says. No value of a query, header, body, nor any text that the receiver wrote, but its error code."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from lpfunctions.adapters.telemetry import names
from lpfunctions.adapters.telemetry.attributes import outcome_attributes, server
from lpfunctions.core.redaction import beginning_of, redact_text

if TYPE_CHECKING:
    from lpfunctions.adapters.telemetry.attributes import Attributes
    from lpfunctions.core.telemetry.events import ObservedAttempt, ObservedOperation

_LONGEST_TEXT: Final = 256
_QUERY_VALUE: Final = re.compile(r"(?<==)[^&]*")


def operation_attributes(operation: ObservedOperation) -> Attributes:
    """What is known when an operation begins."""
    attributes: Attributes = {
        names.OPERATION: operation.spec.name,
        names.ACCOUNT: operation.account_id,
        names.FAAS_INVOKED_PROVIDER: names.PROVIDER,
    }
    target = bounded(operation.target)
    return attributes if target is None else attributes | {names.FAAS_INVOKED_NAME: target}


def operation_outcome(operation: ObservedOperation) -> Attributes:
    """What is known when it has ended."""
    said = {
        names.REQUEST_ID: operation.request_id,
        names.FAAS_INVOKED_REGION: operation.region,
        names.HTTP_STATUS: operation.status,
        names.ERROR_TYPE: operation.error_type,
        names.ERROR_CODE: bounded(getattr(operation.error, "error_code", None)),
        names.DELIVERED: operation.delivered if operation.error is not None else None,
        names.RETRY_COUNT: operation.retry_count or None,
        names.FROM_CACHE: operation.from_cache or None,
        names.CANCELLED: operation.was_cancelled or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def attempt_attributes(attempt: ObservedAttempt) -> Attributes:
    """What is known when an attempt begins."""
    request = attempt.request
    scheme = request.url.partition(":")[0]
    address, port = server(scheme, request.host)
    attributes: Attributes = {
        names.HTTP_METHOD: request.method,
        names.URL_FULL: url_without_values(request.url),
        names.URL_TEMPLATE: attempt.route,
        names.SERVER_ADDRESS: address,
        names.SERVER_PORT: port,
    }
    return attributes | {names.HTTP_RESEND_COUNT: attempt.resend_count} if attempt.resend_count else attributes


def attempt_outcome(attempt: ObservedAttempt) -> Attributes:
    """What is known when it has ended."""
    outcome = attempt.outcome
    if outcome is None:
        return {names.CANCELLED: True}
    return outcome_attributes(outcome.status, outcome.error)


def url_without_values(url: str) -> str:
    """*url* with the keys of its query, and ``REDACTED`` for each value, as the conventions ask."""
    path, mark, query = url.partition("?")
    return path + mark + _QUERY_VALUE.sub("REDACTED", query)


def bounded(text: object) -> str | None:
    """*text* as a span or a log may show it: redacted, of bounded length; None stays None."""
    return None if text is None else _bounded(str(text))


# The same few functions, events and codes are named over and over: 1 µs a call becomes 0.1.
@lru_cache(maxsize=1024)
def _bounded(text: str) -> str:
    return redact_text(beginning_of(text))[:_LONGEST_TEXT]
