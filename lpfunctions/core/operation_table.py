"""The operations, one row each: what distinguishes them, and what follows from that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from lpfunctions.core.errors import (
    FaaSGetFunctionsError,
    FaaSGetLambdasError,
    FaaSInvokeError,
    FaaSIsImplementedError,
    FaaSOperationError,
)
from lpfunctions.core.platform.version import PlatformVersion


@dataclass(frozen=True, slots=True)
class Template:
    """The path of an operation, for one account.

    Attributes:
        option: the option of a client that replaces it; a name alone where there is no such option.
        path: RFC 6570 template.
        variable: what varies from call to call, beside the account; None for nothing.
    """

    option: str
    path: str
    variable: str | None = None


@dataclass(frozen=True, slots=True)
class OperationSpec:
    """One operation.

    Attributes:
        name: as the method of the client is called.
        error: what it raises.
        idempotent: does repeating it change nothing? (RFC 9110 section 9.2.2)
        templates: its paths.
        service: who serves it: the gateway, or the user interface, which lists.
        version: the only version that has it, or None for both.
    """

    name: str
    error: type[FaaSOperationError]
    idempotent: bool
    templates: tuple[Template, ...]
    service: Literal["gateway", "ui"] = "gateway"
    version: PlatformVersion | None = None

    @property
    def span(self) -> str:
        """The name of its span: ``LivePersonFunctions.GetLambdas``."""
        return "LivePersonFunctions." + "".join(word.capitalize() for word in self.name.split("_"))

    @property
    def hook(self) -> str:
        """The method of a `MetricCollector` that is told of it: ``on_get_lambdas``."""
        return f"on_{self.name}"


_ACCOUNT: Final = "api/account/{account_id}"

INVOKE: Final = OperationSpec(
    "invoke",
    FaaSInvokeError,
    idempotent=False,
    templates=(
        Template("invoke_uuid_uri", _ACCOUNT + "/lambdas/{lambda_uuid}/invoke", "lambda_uuid"),
        Template("invoke_event_uri", _ACCOUNT + "/events/{event_id}/invoke", "event_id"),
    ),
)
IS_IMPLEMENTED: Final = OperationSpec(
    "is_implemented",
    FaaSIsImplementedError,
    idempotent=True,
    templates=(Template("is_implemented_uri", _ACCOUNT + "/events/{event_id}/isImplemented", "event_id"),),
)
GET_LAMBDAS: Final = OperationSpec(
    "get_lambdas",
    FaaSGetLambdasError,
    idempotent=True,
    templates=(Template("get_lambdas_uri", _ACCOUNT + "/lambdas/"),),
    service="ui",
)
GET_FUNCTIONS: Final = OperationSpec(
    "get_functions",
    FaaSGetFunctionsError,
    idempotent=True,
    templates=(Template("get_functions_uri", _ACCOUNT + "/functions"),),
    service="ui",
    version=PlatformVersion.V2,
)

OPERATIONS: Final = (INVOKE, IS_IMPLEMENTED, GET_LAMBDAS, GET_FUNCTIONS)

TEMPLATES: Final = {template.option: template for operation in OPERATIONS for template in operation.templates}
"""All paths, by the option that replaces each."""
