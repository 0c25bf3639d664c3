"""Put an operation error together: what was attempted, on what, what came back, what to do.

Untrusted text is quoted and bounded, and never used as a format string.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lpfunctions.core.attempts import worst, worst_delivered
from lpfunctions.core.errors import (
    FaaSError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSOperationError,
)
from lpfunctions.core.http.body import json_object, read_error_body
from lpfunctions.core.platform.error_codes import is_function_failure, is_retryable, v1_code
from lpfunctions.core.redaction import one_line, quoted

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Attempt, Delivered
    from lpfunctions.core.errors import FaaSResponseFormatError, FailedResponse
    from lpfunctions.core.platform.version import PlatformVersion
    from lpfunctions.core.requests.calls import Invocation
    from lpfunctions.core.responses.origin import Origin

_WHETHER_IT_RAN: dict[Delivered, str] = {
    "no": "the function did not run",
    "unknown": "the function may have run",
    "yes": "the function ran",
}


def from_response(response: FailedResponse, origin: Origin) -> FaaSOperationError:
    """The error that a non-2xx *response* means."""
    error_body = read_error_body(_body_if_possible(response))
    failed_function = is_function_failure(response.status, error_body.code)
    # Only an invocation runs a function; a listing that answers 901 is no lambda error.
    error = FaaSLambdaError if failed_function and origin.spec.error is FaaSInvokeError else origin.spec.error
    said = [f"{response.status} {one_line(response.reason)}".rstrip(), f"from {urlsplit(response.url).netloc}"]
    if error_body.code is not None:
        said.append(f"with code {quoted(error_body.code)}")
    if error_body.message is not None:
        said.append(f"and message {quoted(error_body.message)}")
    message = f"{_heading(origin)}: {'the function failed: ' if error is FaaSLambdaError else ''}{' '.join(said)}"
    return error(
        message + _wait(response.retry_after) + _effort(response.attempts) + _id(origin.request_id),
        account_id=origin.account_id,
        request_id=origin.request_id,
        status=response.status,
        reason=response.reason,
        error_code=error_body.code,
        error_message=error_body.message,
        response=response,
        attempts=response.attempts,
        delivered=response.delivered,
        retryable=is_retryable(response.status, error_body.code),
        retry_after=response.retry_after,
    )


def _body_if_possible(response: FailedResponse) -> object:
    try:
        return response.body
    except FaaSOperationError:
        return None


def from_misfit(response: FailedResponse, origin: Origin, mismatch: FaaSResponseFormatError) -> FaaSOperationError:
    """The error for a response whose body has an unexpected shape, or cannot be read."""
    ran = f"; {_WHETHER_IT_RAN['unknown']}" if mismatch.delivered == "unknown" and not origin.spec.idempotent else ""
    return origin.spec.error(
        f"{_heading(origin)}: {mismatch}{ran}{_id(origin.request_id)}",
        account_id=origin.account_id,
        request_id=origin.request_id,
        status=response.status,
        reason=response.reason,
        response=response,
        attempts=response.attempts,
        delivered=mismatch.delivered,
    )


def from_version(origin: Origin, version: PlatformVersion, instead: str) -> FaaSOperationError:
    """The error for an operation that the account's version does not have; *instead* is one that it has."""
    return origin.spec.error(
        f"{_heading(origin)}: the account is on {version.upper()}, which has no {origin.spec.name}; "
        f"use {instead}{_id(origin.request_id)}",
        account_id=origin.account_id,
        request_id=origin.request_id,
        delivered="no",
    )


def from_cause(origin: Origin, cause: FaaSError, attempts: tuple[Attempt, ...]) -> FaaSOperationError:
    """The error for a call that got no response of its own; raise it ``from`` *cause*."""
    delivered = worst((cause.delivered, worst_delivered(attempts)))
    ran = "" if origin.spec.idempotent else f"; {_WHETHER_IT_RAN[delivered]}"
    return origin.spec.error(
        f"{_heading(origin)}: {cause}{ran}{_wait(cause.retry_after)}{_effort(attempts)}{_id(origin.request_id)}",
        account_id=origin.account_id,
        request_id=origin.request_id,
        attempts=attempts,
        delivered=delivered,
        retryable=cause.retryable,
        retry_after=cause.retry_after,
    )


def from_abandoned(call: Invocation, account_id: str, request_id: str | None) -> FaaSInvokeError:
    """The error for an invocation whose end nobody waited for."""
    return FaaSInvokeError(
        f"{_heading_of(call, account_id)}: interrupted before it ended; {_WHETHER_IT_RAN['unknown']}{_id(request_id)}",
        account_id=account_id,
        request_id=request_id,
    )


def from_unexpected(call: Invocation, account_id: str, request_id: str | None, raised: Exception) -> FaaSInvokeError:
    """The error for an invocation that ended with *raised*, which is none of ours."""
    return FaaSInvokeError(
        f"{_heading_of(call, account_id)}: {type(raised).__name__} was raised, see the cause; "
        f"{_WHETHER_IT_RAN['unknown']}{_id(request_id)}",
        account_id=account_id,
        request_id=request_id,
    ).caused_by(raised)


def as_v1_error(body: object) -> object:
    """Turn a V2 error body into its V1 form; anything else stays as it is."""
    said = json_object(body)
    code, message = said.get("code"), said.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        return body
    return {"errorCode": v1_code(code), "errorMsg": message}


def _heading_of(call: Invocation, account_id: str) -> str:
    # Nothing of it has been checked: it may be anything.
    uuid, event_id = getattr(call, "lambda_uuid", None), getattr(call, "event_id", None)
    subject = f"function {quoted(uuid)}" if uuid is not None else f"event {quoted(event_id)}"
    return f"invoke of {subject} for account {account_id!r}"


def _heading(origin: Origin) -> str:
    return f"{origin.heading} for account {origin.account_id!r}"


def _wait(retry_after: float | None) -> str:
    return "" if retry_after is None else f", retry after {retry_after:g} s"


def _effort(attempts: tuple[Attempt, ...]) -> str:
    return f" (gave up after {len(attempts)} attempts)" if len(attempts) > 1 else ""


def _id(request_id: str | None) -> str:
    return "" if request_id is None else f" [request id {quoted(request_id)}]"
