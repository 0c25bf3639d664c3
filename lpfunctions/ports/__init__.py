"""What lpfunctions needs from the world, one need per file. The docstring of each is its contract."""

from lpfunctions.ports.auth import AsyncAuthStrategy, AuthStrategy
from lpfunctions.ports.budget import RetryBudget
from lpfunctions.ports.clock import AsyncClock, Clock
from lpfunctions.ports.domains import AsyncDomainResolver, DomainResolver
from lpfunctions.ports.implemented import ImplementedCache, ImplementedKey
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
    "ImplementedCache",
    "ImplementedKey",
    "MetricCollector",
    "RetryBudget",
    "SharedStore",
    "SingleFlight",
    "Telemetry",
    "Transport",
]
