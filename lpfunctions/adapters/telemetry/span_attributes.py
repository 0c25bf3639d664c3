"""What a span says. No value of a query, header, body, nor any text that the receiver wrote, but its error code."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

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
    known: Attributes = {}
    if operation.request_id is not None:
        known[names.REQUEST_ID] = operation.request_id
    if (region := operation.region) is not None:
        known[names.FAAS_INVOKED_REGION] = region
    if (status := operation.status) is not None:
        known[names.HTTP_STATUS] = status
    if (retry_count := operation.retry_count) > 0:
        known[names.RETRY_COUNT] = retry_count
    if operation.from_cache:
        known[names.FROM_CACHE] = True
    return known if operation.error is None else known | _failure(operation, operation.error)


def _failure(operation: ObservedOperation, error: BaseException) -> Attributes:
    said = {
        names.ERROR_TYPE: operation.error_type,
        names.ERROR_CODE: bounded(getattr(error, "error_code", None)),
        names.DELIVERED: operation.delivered,
        names.CANCELLED: operation.was_cancelled or None,
    }
    return {name: value for name, value in said.items() if value is not None}


def attempt_attributes(attempt: ObservedAttempt) -> Attributes:
    """What is known when an attempt begins."""
    request = attempt.request
    attributes = _request_attributes(request.method, request.url, request.host, attempt.route)
    return attributes | {names.HTTP_RESEND_COUNT: attempt.resend_count} if attempt.resend_count else {**attributes}


# Calls go to the same few URLs over and over.
@lru_cache(maxsize=1024)
def _request_attributes(method: str, url: str, host: str, route: str) -> Attributes:
    address, port = server(url.partition(":")[0], host)
    return {
        names.HTTP_METHOD: method,
        names.URL_FULL: url_without_values(url),
        names.URL_TEMPLATE: route,
        names.SERVER_ADDRESS: address,
        names.SERVER_PORT: port,
    }


def attempt_outcome(attempt: ObservedAttempt) -> Attributes:
    """What is known when it has ended."""
    outcome = attempt.outcome
    if outcome is None:
        return {names.CANCELLED: True}
    became = outcome_attributes(outcome.status, outcome.error)
    response = attempt.response
    if response is None:
        return became
    # Of a user's transport it may be a list, or what an IPv6 socket tells: four parts, the address and port first.
    peer = None if response.peer is None else tuple(response.peer[:2])
    return became | _connection_attributes(response.http_version, peer)


# Connections are few, and kept.
@lru_cache(maxsize=1024)
def _connection_attributes(version: str, peer: tuple[Any, ...] | None) -> Attributes:
    attributes: Attributes = {names.NETWORK_PROTOCOL_VERSION: version} if version else {}
    if peer is not None:
        attributes[names.NETWORK_PEER_ADDRESS], attributes[names.NETWORK_PEER_PORT] = peer
    return attributes


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
