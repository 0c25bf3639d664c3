"""Dress blocking parts for `Operations`, which is spelled ``async``: nothing under these coats ever suspends."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from lpfunctions.adapters.blocking.stepping import SuspendedError, step
from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence

    from lpfunctions.core.http.connections import ConnectionCounts
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AuthStrategy, Clock, DomainResolver, Transport


class CoatedTransport:
    """A `Transport` in the shape of an `AsyncTransport`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send, blocking."""
        return self._transport.send(request)

    async def aclose(self) -> None:
        """Close, blocking."""
        self._transport.close()

    def connection_counts(self) -> Sequence[ConnectionCounts]:
        """How the transport's connections are used, if it can tell."""
        tell: Callable[[], Sequence[ConnectionCounts]] | None = getattr(self._transport, "connection_counts", None)
        return () if tell is None else tell()


class CoatedClock:
    """A `Clock` in the shape of an `AsyncClock`."""

    def __init__(self, clock: Clock) -> None:
        self.now: Callable[[], float] = clock.now
        self.monotonic: Callable[[], float] = clock.monotonic
        self._sleep = clock.sleep

    async def sleep(self, seconds: float) -> None:
        """Wait, blocking."""
        self._sleep(seconds)


class CoatedAuth:
    """A user's `AuthStrategy` whose methods are plain, or coroutines that never suspend."""

    def __init__(self, strategy: AuthStrategy) -> None:
        self._strategy = strategy

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Ask the strategy, blocking."""
        headers: Mapping[str, str] = _settled(self._strategy, "authorize", self._strategy.authorize(request))
        return headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Ask the strategy, blocking."""
        return bool(_settled(self._strategy, "rejected", self._strategy.rejected(request, response)))


class CoatedDomains:
    """A user's `DomainResolver` whose method is plain, or a coroutine that never suspends."""

    def __init__(self, resolver: DomainResolver) -> None:
        self._resolver = resolver

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Ask the resolver, blocking."""
        asked = self._resolver.resolve(service, timeout_seconds=timeout_seconds)
        host: str = _settled(self._resolver, "resolve", asked)
        return host


def _settled(part: object, method: str, result: Coroutine[Any, Any, Any] | Any) -> Any:
    if not inspect.iscoroutine(result):
        return result
    try:
        return step(result)
    except SuspendedError:
        raise FaaSConfigurationError(
            f"{getattr(part, 'name', type(part).__name__)} ({method}) waits for an event loop, and Client has none; "
            "use AsyncClient, or write it without await"
        ) from None
