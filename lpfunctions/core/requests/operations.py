"""The operations and what distinguishes them, one row each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lpfunctions.core.errors import (
    FaaSGetFunctionsError,
    FaaSGetLambdasError,
    FaaSInvokeError,
    FaaSIsImplementedError,
    FaaSOperationError,
)
from lpfunctions.core.platform.version import Generation


@dataclass(frozen=True, slots=True)
class Kind:
    """One operation.

    Attributes:
        name: as the method of the client is called.
        error: what it raises.
        idempotent: does repeating it change nothing? (RFC 9110 section 9.2.2)
        lists: does it list functions, at the service of the user interface, instead of asking the gateway?
        generation: the only generation that has it, or None for both.
    """

    name: str
    error: type[FaaSOperationError]
    idempotent: bool
    lists: bool = False
    generation: Generation | None = None


INVOKE: Final = Kind("invoke", FaaSInvokeError, idempotent=False)
IS_IMPLEMENTED: Final = Kind("is_implemented", FaaSIsImplementedError, idempotent=True)
GET_LAMBDAS: Final = Kind("get_lambdas", FaaSGetLambdasError, idempotent=True, lists=True)
GET_FUNCTIONS: Final = Kind(
    "get_functions", FaaSGetFunctionsError, idempotent=True, lists=True, generation=Generation.V2
)
