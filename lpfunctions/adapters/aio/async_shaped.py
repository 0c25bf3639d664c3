"""Give a user's auth strategy or resolver, whose methods may be plain or async, async methods."""

from __future__ import annotations

import asyncio
import inspect
import math
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSTimeoutError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.attempts import Phase
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AuthStrategy, DomainResolver


class AsyncShapedAuth:
    """A user's `AuthStrategy` whose methods are plain or async."""

    def __init__(self, strategy: AuthStrategy) -> None:
        self._strategy = strategy

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the header fields that the strategy gives."""
        headers: Mapping[str, str] = await _awaited(self._strategy.authorize(request), request.timeout_seconds, "token")
        return headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Return whether the strategy wants another attempt."""
        rejected = self._strategy.rejected(request, response)
        return bool(await _awaited(rejected, request.timeout_seconds, "token"))


class AsyncShapedDomains:
    """A user's `DomainResolver` whose method is plain or async."""

    def __init__(self, resolver: DomainResolver) -> None:
        self._resolver = resolver

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Return the host that the resolver gives."""
        resolved = self._resolver.resolve(service, timeout_seconds=timeout_seconds)
        host: str = await _awaited(resolved, timeout_seconds, "discovery")
        return host


async def _awaited(result: Any, timeout_seconds: float, phase: Phase) -> Any:
    """Return the result of a user's method, awaited for *timeout_seconds* at most if it is awaitable."""
    if not inspect.isawaitable(result):
        return result
    limit = asyncio.timeout(None if timeout_seconds == math.inf else timeout_seconds)
    try:
        async with limit:
            return await result
    except TimeoutError:
        if not limit.expired():
            raise
    raise FaaSTimeoutError(f"the deadline passed while waiting for {phase}", phase=phase, delivered="no")
