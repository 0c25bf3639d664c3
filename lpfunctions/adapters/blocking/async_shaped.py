"""Wrap blocking parts for `Operations`, which is written as ``async``: nothing in these wrappers ever suspends."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from lpfunctions.adapters.blocking.stepping import SuspendedError, step
from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from lpfunctions.core.attempts import Phase
    from lpfunctions.core.http.connections import ConnectionCounts
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import Clock, Transport


class AsyncShapedTransport:
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


class AsyncShapedClock:
    """A `Clock` in the shape of an `AsyncClock`."""

    def __init__(self, clock: Clock) -> None:
        self.now: Callable[[], float] = clock.now
        self.monotonic: Callable[[], float] = clock.monotonic
        self._sleep = clock.sleep

    async def sleep(self, seconds: float) -> None:
        """Wait, blocking."""
        self._sleep(seconds)


async def settled(part: object, method: str, result: Any, _timeout_seconds: float, _phase: Phase) -> Any:
    """The result of a user's method, which is plain, or a coroutine that never suspends.

    Raises:
        FaaSConfigurationError: it suspends.
    """
    if not inspect.isawaitable(result):
        return result
    try:
        return step(_await(result))
    except SuspendedError:
        raise FaaSConfigurationError(
            f"{getattr(part, 'name', type(part).__name__)} ({method}) waits for an event loop, and Client has none; "
            "use AsyncClient, or write it without await"
        ) from None


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable
