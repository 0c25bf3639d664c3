"""An outcome as one line of JSON: what the output and the journal hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_core import to_json

from lpfunctions import FaaSOperationError
from lpfunctions.bulk.kinds import kind_of

if TYPE_CHECKING:
    from lpfunctions import FaaSError, FailedResponse, Outcome
    from lpfunctions.bulk.kinds import Kind


def outcome_fields(index: int, outcome: Outcome, seconds: float) -> dict[str, Any]:
    """Return what became of record *index* after *seconds*: plain values, in the order of the output's lines."""
    failure = outcome.failure
    response: FailedResponse | None = outcome.response
    if response is None and isinstance(failure, FaaSOperationError):
        response = failure.response
    fields: dict[str, Any] = {
        "index": index,
        "kind": kind_of(failure),
        "delivered": "yes" if failure is None else failure.delivered,
        "seconds": round(seconds, 6),
    }
    fields |= _response_fields(response)
    return fields if failure is None else fields | _failure_fields(failure)


def unknown_fields(index: int) -> dict[str, Any]:
    """Return the fields of a record whose call was under way when the process ended."""
    kind: Kind = "unknown"
    message = "the run ended while this call was under way; the function may have run"
    return {"index": index, "kind": kind, "delivered": "unknown", "error": {"message": message}}


def as_line(fields: dict[str, Any]) -> bytes:
    """Return *fields* as JSON without a newline. What `json.loads` would read as infinity is written so."""
    return to_json(fields, inf_nan_mode="constants", fallback=str)


def _response_fields(response: FailedResponse | None) -> dict[str, Any]:
    if response is None:
        return {}
    return {"status": response.status, "request_id": response.request_id, "body": response.body}


def _failure_fields(failure: FaaSError) -> dict[str, Any]:
    error: dict[str, Any] = {"type": type(failure).__name__, "message": str(failure), "retryable": failure.retryable}
    if isinstance(failure, FaaSOperationError):
        error["code"] = failure.error_code
        return {"request_id": failure.request_id, "error": error}
    return {"error": error}
