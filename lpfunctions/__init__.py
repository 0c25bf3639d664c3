"""The Python client for LivePerson Functions.

``Client`` blocks, ``AsyncClient`` awaits; both do the same. Names are loaded when they are first used, so that
importing the package costs little.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from lpfunctions._version import __version__

if TYPE_CHECKING:
    from lpfunctions.adapters.static_domains import StaticDomainResolver
    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.core.attempts import Attempt
    from lpfunctions.core.calls import Invocation
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.credentials import ClientCredentials
    from lpfunctions.core.errors import (
        CSDSDomainNotFound,
        CSDSFailure,
        FaaSAppJWTAuthenticationError,
        FaaSConfigurationError,
        FaaSConnectionError,
        FaaSError,
        FaaSGetFunctionsError,
        FaaSGetLambdasError,
        FaaSInvokeError,
        FaaSIsImplementedError,
        FaaSLambdaError,
        FaaSOperationError,
        FaaSRequestError,
        FaaSResponseFormatError,
        FaaSTimeoutError,
    )
    from lpfunctions.core.events import Event
    from lpfunctions.core.function_list import FunctionList
    from lpfunctions.core.functions import FunctionInfo
    from lpfunctions.core.http import HttpRequest, HttpResponse
    from lpfunctions.core.responses import Response
    from lpfunctions.core.results import EventResult
    from lpfunctions.core.retry import RetryPolicy

_HOMES = {
    "lpfunctions.adapters.static_domains": ("StaticDomainResolver",),
    "lpfunctions.async_client": ("AsyncClient",),
    "lpfunctions.client": ("Client",),
    "lpfunctions.core.attempts": ("Attempt",),
    "lpfunctions.core.calls": ("Invocation",),
    "lpfunctions.core.config": ("ClientConfig",),
    "lpfunctions.core.credentials": ("ClientCredentials",),
    "lpfunctions.core.errors": (
        "CSDSDomainNotFound",
        "CSDSFailure",
        "FaaSAppJWTAuthenticationError",
        "FaaSConfigurationError",
        "FaaSConnectionError",
        "FaaSError",
        "FaaSGetFunctionsError",
        "FaaSGetLambdasError",
        "FaaSInvokeError",
        "FaaSIsImplementedError",
        "FaaSLambdaError",
        "FaaSOperationError",
        "FaaSRequestError",
        "FaaSResponseFormatError",
        "FaaSTimeoutError",
    ),
    "lpfunctions.core.events": ("Event",),
    "lpfunctions.core.function_list": ("FunctionList",),
    "lpfunctions.core.functions": ("FunctionInfo",),
    "lpfunctions.core.http": ("HttpRequest", "HttpResponse"),
    "lpfunctions.core.responses": ("Response",),
    "lpfunctions.core.results": ("EventResult",),
    "lpfunctions.core.retry": ("RetryPolicy",),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AsyncClient",
    "Attempt",
    "CSDSDomainNotFound",
    "CSDSFailure",
    "Client",
    "ClientConfig",
    "ClientCredentials",
    "Event",
    "EventResult",
    "FaaSAppJWTAuthenticationError",
    "FaaSConfigurationError",
    "FaaSConnectionError",
    "FaaSError",
    "FaaSGetFunctionsError",
    "FaaSGetLambdasError",
    "FaaSInvokeError",
    "FaaSIsImplementedError",
    "FaaSLambdaError",
    "FaaSOperationError",
    "FaaSRequestError",
    "FaaSResponseFormatError",
    "FaaSTimeoutError",
    "FunctionInfo",
    "FunctionList",
    "HttpRequest",
    "HttpResponse",
    "Invocation",
    "Response",
    "RetryPolicy",
    "StaticDomainResolver",
    "__version__",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(importlib.import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
