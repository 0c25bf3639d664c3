"""The body of an invocation, the same on V1 and V2."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted
from lpfunctions.core.requests.calls import EMPTY
from lpfunctions.core.requests.payload import to_json_bytes
from lpfunctions.core.validation import check_flag

if TYPE_CHECKING:
    from lpfunctions.core.requests.calls import FunctionHeaders, Invocation

_MOST_BITS: Final = 1000


def invocation_body(call: Invocation, now_ms: int) -> bytes:
    """Encode *call*; *now_ms* is its timestamp unless it has one.

    Raises:
        FaaSConfigurationError: a part of it cannot be sent; the message says which.
    """
    timestamp = now_ms if call.timestamp is None else call.timestamp
    if isinstance(timestamp, bool) or not isinstance(timestamp, int) or timestamp.bit_length() > _MOST_BITS:
        raise FaaSConfigurationError(f"timestamp must be milliseconds since the epoch, an int, not {_shown(timestamp)}")
    check_flag("v1_comp_error", call.v1_comp_error)
    payload = b"{}" if call.payload is EMPTY else to_json_bytes(call.payload)
    headers = _function_headers(call.headers) if call.headers else b"[]"
    return b'{"timestamp":%d,"headers":%b,"payload":%b}' % (timestamp, headers, payload)


def _function_headers(headers: FunctionHeaders) -> bytes:
    if isinstance(headers, Mapping):
        pairs: Sequence[Mapping[str, str]] = [{"key": key, "value": value} for key, value in headers.items()]
    elif isinstance(headers, (list, tuple)):
        pairs = headers
    else:
        raise FaaSConfigurationError("headers must be a mapping, or a list of {'key': …, 'value': …}")
    for pair in pairs:
        if not isinstance(pair, Mapping) or set(pair) != {"key", "value"}:
            raise FaaSConfigurationError("headers must be a mapping, or a list of {'key': …, 'value': …}")
        if not isinstance(pair["key"], str) or not isinstance(pair["value"], str):
            raise FaaSConfigurationError(f"headers must hold text; see {quoted(pair['key'])}")
    return to_json_bytes([dict(pair) for pair in pairs], "headers")


def _shown(timestamp: object) -> str:
    # Python refuses to spell out an int of thousands of digits.
    return f"one of {timestamp.bit_length()} bits" if isinstance(timestamp, int) else quoted(timestamp)
