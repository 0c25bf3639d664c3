"""Attributes of metrics, and what they share with those of spans; see `lpfunctions.adapters.telemetry.names`.

They are few and take few values: no account, function, event, skill or user. They are kept from call to call, so that a
warm call builds none.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lpfunctions.adapters.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Mapping

Attributes = dict[str, str | int | bool]


@lru_cache(maxsize=64)
def operation_attributes(
    operation: str, error_type: str | None, from_cache: bool, was_cancelled: bool
) -> Mapping[str, str | bool]:
    """Attributes of a finished operation."""
    attributes: dict[str, str | bool] = {names.OPERATION: operation}
    if error_type is not None:
        attributes[names.ERROR_TYPE] = error_type
    if from_cache:
        attributes[names.FROM_CACHE] = True
    if was_cancelled:
        attributes[names.CANCELLED] = True
    return attributes


@lru_cache(maxsize=1024)
def attempt_attributes(
    purpose: str, is_resend: bool, status: int | None, error: str | None, delivered: str
) -> Attributes:
    """Attributes of one attempt, seen as part of an operation."""
    attributes: Attributes = {names.OPERATION: purpose, names.RESEND: is_resend, names.DELIVERED: delivered}
    return attributes | outcome_attributes(status, error)


@lru_cache(maxsize=1024)
def http_attributes(method: str, scheme: str, host: str, status: int | None, error: str | None) -> Attributes:
    """Attributes of one attempt, seen as an HTTP request."""
    address, port = server(scheme, host)
    attributes: Attributes = {
        names.HTTP_METHOD: method,
        names.URL_SCHEME: scheme,
        names.SERVER_ADDRESS: address,
        names.SERVER_PORT: port,
    }
    return attributes | outcome_attributes(status, error)


@lru_cache(maxsize=256)
def server(scheme: str, host: str) -> tuple[str, int]:
    """Address and port of ``host[:port]``."""
    address, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        return address.strip("[]"), int(port)
    return host.strip("[]"), 443 if scheme == "https" else 80


def outcome_attributes(status: int | None, error: str | None) -> Attributes:
    """What became of an attempt, in the words of the conventions."""
    outcome: Attributes = {} if status is None else {names.HTTP_STATUS: status}
    if error is not None:
        return outcome | {names.ERROR_TYPE: error}
    if status is not None and status >= 400:
        return outcome | {names.ERROR_TYPE: str(status)}
    return outcome
