"""The platform's error codes: who is at fault, and is it worth trying again.

One row a code. Sources: the error-code pages of V1 and V2, and the mapping of the Node client 2.2.0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

Fault = Literal["customer", "caller", "platform"]

FUNCTION_FAILED: Final = 901
"""The status of a function that threw, crashed or ran out of time."""


@dataclass(frozen=True, slots=True)
class Code:
    """What one error code says.

    Attributes:
        fault: who must mend it: the customer's function, the caller of the API, or the platform.
        retryable: may the same call succeed later?
        v1: the V1 code that means the same, for a V2 code that has one.
    """

    fault: Fault
    retryable: bool = False
    v1: str | None = None


_ES = "com.liveperson.faas.es."
_FM = "com.liveperson.faas.fm."
_HANDLER = "com.liveperson.faas.handler."
_CUSTOMER = "com.customer.faas."

CODES: Final[dict[str, Code]] = {
    # V1 gateway ("event source") and function management
    _ES + "general": Code("platform", retryable=True),
    _ES + "unavailable": Code("platform", retryable=True),
    _ES + "badinput": Code("caller"),
    _ES + "notdeployed": Code("caller"),
    _ES + "missinglambda": Code("caller"),
    _FM + "general": Code("platform", retryable=True),
    _FM + "unavailable": Code("platform", retryable=True),
    # the function itself; V2 uses these for functions in V1 compatibility mode
    _HANDLER + "custom-failure": Code("customer"),
    _HANDLER + "runtime-exception": Code("customer"),
    _HANDLER + "executiontime-exceeded": Code("customer"),
    _HANDLER + "log-limit-reached": Code("customer"),
    # V2
    _CUSTOMER + "function.threw-error": Code("customer", v1=_HANDLER + "custom-failure"),
    _CUSTOMER + "function.js-runtime-error": Code("customer", v1=_HANDLER + "runtime-exception"),
    _CUSTOMER + "function.execution-exceeded": Code("customer", v1=_HANDLER + "executiontime-exceeded"),
    "com.liveperson.faas.function.not-found": Code("caller", v1=_ES + "missinglambda"),
    "com.liveperson.faas.function.runtime.limit-reached": Code("customer", v1=_HANDLER + "log-limit-reached"),
    "com.liveperson.faas.evg.general": Code("platform", retryable=True, v1=_ES + "general"),
    "com.liveperson.faas.evg.invalid": Code("caller", v1=_ES + "badinput"),
    "com.liveperson.faas.self-service.pending": Code("platform", retryable=True),
}

RETRYABLE_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})


def is_function_failure(status: int, code: str | None) -> bool:
    """Did the customer's function fail, rather than the platform or the caller?

    Status 901 says so, and so does a code from the customer's or the handler's family, on either version.
    """
    return status == FUNCTION_FAILED or (code is not None and code.startswith((_CUSTOMER, _HANDLER)))


def is_retryable(status: int, code: str | None) -> bool:
    """May the same call, made again later, succeed?"""
    known = CODES.get(code) if code is not None else None
    if is_function_failure(status, code):
        return False
    return status in RETRYABLE_STATUSES or (known is not None and known.retryable)


def v1_code(code: str) -> str:
    """The V1 code that means the same as *code*; *code* itself when there is none."""
    known = CODES.get(code)
    return (known and known.v1) or code
