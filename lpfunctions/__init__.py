"""The Python client for LivePerson Functions.

``Client`` blocks, ``AsyncClient`` awaits; both do the same. Names are loaded when they are first used, so that
importing the package costs little.

What few programs need comes with an extra, as in ``pip install "lpfunctions[redis]"``: ``cli`` (the command), ``file``,
``redis`` and ``encryption`` (``lpfunctions.stores``), ``parquet`` (``lpfunctions.bulk``), ``testing`` (contract suites
and pytest fixtures) and ``emulator`` (RS256 tokens and DPoP proofs of the fake platform).
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from lpfunctions._version import __version__

if TYPE_CHECKING:
    from lpfunctions.adapters.aio.batch import AsyncOutcomes
    from lpfunctions.adapters.blocking.batch import Outcomes
    from lpfunctions.adapters.discovery.static_domains import StaticDomainResolver
    from lpfunctions.adapters.telemetry.collectors.shipped import OpenTelemetryMetricCollector, StructlogMetricCollector
    from lpfunctions.adapters.telemetry.logger import redact_secrets
    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.core.attempts import Attempt
    from lpfunctions.core.auth.authorization import AuthState
    from lpfunctions.core.auth.credentials import BearerToken, ClientCredentials, DpopCredentials, OAuth1Credentials
    from lpfunctions.core.batches.outcome import Outcome
    from lpfunctions.core.batches.summary import BatchSummary
    from lpfunctions.core.config import ClientConfig
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
        FailedResponse,
    )
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.core.platform.events import Event
    from lpfunctions.core.rate_limit import RateLimit
    from lpfunctions.core.requests.calls import Invocation
    from lpfunctions.core.responses.event_results import EventResult
    from lpfunctions.core.responses.function_list import FunctionList
    from lpfunctions.core.responses.models import FunctionInfo
    from lpfunctions.core.responses.response import Response
    from lpfunctions.core.retries.policy import RetryPolicy
    from lpfunctions.core.telemetry.metrics import InvocationMetricData
    from lpfunctions.handles import AsyncFunctionHandle, FunctionHandle

_HOMES = {
    "lpfunctions.adapters.aio.batch": ("AsyncOutcomes",),
    "lpfunctions.adapters.blocking.batch": ("Outcomes",),
    "lpfunctions.adapters.discovery.static_domains": ("StaticDomainResolver",),
    "lpfunctions.adapters.telemetry.collectors.shipped": ("OpenTelemetryMetricCollector", "StructlogMetricCollector"),
    "lpfunctions.adapters.telemetry.logger": ("redact_secrets",),
    "lpfunctions.async_client": ("AsyncClient",),
    "lpfunctions.client": ("Client",),
    "lpfunctions.core.attempts": ("Attempt",),
    "lpfunctions.core.auth.authorization": ("AuthState",),
    "lpfunctions.core.requests.calls": ("Invocation",),
    "lpfunctions.core.config": ("ClientConfig",),
    "lpfunctions.core.auth.credentials": ("BearerToken", "ClientCredentials", "DpopCredentials", "OAuth1Credentials"),
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
        "FailedResponse",
    ),
    "lpfunctions.core.platform.events": ("Event",),
    "lpfunctions.core.responses.function_list": ("FunctionList",),
    "lpfunctions.core.responses.models": ("FunctionInfo",),
    "lpfunctions.core.http.messages": ("HttpRequest", "HttpResponse"),
    "lpfunctions.core.http.limits": ("TransportLimits",),
    "lpfunctions.core.batches.outcome": ("Outcome",),
    "lpfunctions.core.telemetry.metrics": ("InvocationMetricData",),
    "lpfunctions.core.rate_limit": ("RateLimit",),
    "lpfunctions.core.responses.response": ("Response",),
    "lpfunctions.core.responses.event_results": ("EventResult",),
    "lpfunctions.core.retries.policy": ("RetryPolicy",),
    "lpfunctions.core.batches.summary": ("BatchSummary",),
    "lpfunctions.handles": ("AsyncFunctionHandle", "FunctionHandle"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "AsyncClient",
    "AsyncFunctionHandle",
    "AsyncOutcomes",
    "Attempt",
    "AuthState",
    "BatchSummary",
    "BearerToken",
    "CSDSDomainNotFound",
    "CSDSFailure",
    "Client",
    "ClientConfig",
    "ClientCredentials",
    "DpopCredentials",
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
    "FailedResponse",
    "FunctionHandle",
    "FunctionInfo",
    "FunctionList",
    "HttpRequest",
    "HttpResponse",
    "Invocation",
    "InvocationMetricData",
    "OAuth1Credentials",
    "OpenTelemetryMetricCollector",
    "Outcome",
    "Outcomes",
    "RateLimit",
    "Response",
    "RetryPolicy",
    "StaticDomainResolver",
    "StructlogMetricCollector",
    "TransportLimits",
    "__version__",
    "redact_secrets",
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
