"""What lpfunctions needs from the world, one need per file. The docstring of each is its contract."""

import importlib
import warnings
from typing import Any

from lpfunctions.ports.auth import AsyncAuthStrategy, AuthStrategy
from lpfunctions.ports.clock import AsyncClock, Clock
from lpfunctions.ports.domains import AsyncDomainResolver, DomainResolver
from lpfunctions.ports.metrics import MetricCollector
from lpfunctions.ports.shared_store import AsyncSharedStore, SharedStore
from lpfunctions.ports.single_flight import SingleFlight
from lpfunctions.ports.telemetry import Telemetry
from lpfunctions.ports.transport import AsyncTransport, Transport

__all__ = [
    "AsyncAuthStrategy",
    "AsyncClock",
    "AsyncDomainResolver",
    "AsyncSharedStore",
    "AsyncTransport",
    "AuthStrategy",
    "Clock",
    "DomainResolver",
    "MetricCollector",
    "SharedStore",
    "SingleFlight",
    "Telemetry",
    "Transport",
]

# Nobody could swap these in; they are plain classes now, and can be imported from here until version 2.
_MOVED = {
    "ImplementedCache": "lpfunctions.implemented_cache",
    "ImplementedKey": "lpfunctions.implemented_cache",
    "RetryBudget": "lpfunctions.core.retries.budget",
}


def __getattr__(name: str) -> Any:
    if name not in _MOVED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(f"lpfunctions.ports.{name} is no port, and will be gone in version 2", DeprecationWarning, 2)
    return getattr(importlib.import_module(_MOVED[name]), name)
