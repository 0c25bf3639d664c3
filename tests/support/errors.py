"""One error of every class of the library, with all its facts."""

from __future__ import annotations

from typing import Any

from lpfunctions.core.attempts import Attempt
from lpfunctions.core.errors import (
    CSDSDomainNotFound,
    CSDSFailure,
    FaaSAppJWTAuthenticationError,
    FaaSConfigurationError,
    FaaSError,
    FaaSOperationError,
    FaaSRequestError,
    FaaSTimeoutError,
)


def family(cls: type[FaaSError]) -> list[type[FaaSError]]:
    """*cls* and all that descend from it in the core, so that a new class is covered on its first day."""
    children = [child for sub in cls.__subclasses__() for child in family(sub)]
    return [cls, *(child for child in children if child.__module__.startswith("lpfunctions.core."))]


EVERY = list(dict.fromkeys(family(FaaSError)))
ATTEMPTS = (Attempt("gw", 503, None, "no", 0.1), Attempt("gw", None, "FaaSConnectionError", "unknown", 0.2))
OPERATION_FACTS: dict[str, Any] = {
    "account_id": "123",
    "request_id": "rid",
    "status": 429,
    "reason": "Too Many",
    "error_code": "com.liveperson.x",
    "error_message": "50 % of {it}",
    "attempts": ATTEMPTS,
    "delivered": "no",
    "retryable": True,
    "retry_after": 2.0,
}
FACTS: dict[type[FaaSError], dict[str, Any]] = {
    FaaSTimeoutError: {"phase": "pool", "delivered": "no"},
    FaaSOperationError: OPERATION_FACTS,
    FaaSRequestError: {"delivered": "no"},
    FaaSAppJWTAuthenticationError: {"status": 401, "retryable": True},
    CSDSFailure: {"status": 503, "retryable": True},
    CSDSDomainNotFound: {"service": "faasGW", "known": ("faasUI", "sentinel")},
    FaaSConfigurationError: {},
    FaaSError: {},
}


def facts_of(cls: type[FaaSError]) -> dict[str, Any]:
    """What an error of *cls* may be told beside its message."""
    return next(FACTS[base] for base in cls.__mro__ if base in FACTS)


def specimen(cls: type[FaaSError]) -> FaaSError:
    """An error of *cls* that has been told all it may be."""
    maker: Any = cls
    error: FaaSError = maker("what 'happened' at 100 %", **facts_of(cls))
    return error
