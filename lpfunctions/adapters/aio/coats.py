"""Let users of `AsyncClient` write the methods of a part plain or async."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.http import HttpRequest, HttpResponse
    from lpfunctions.ports import AuthStrategy, DomainResolver


class AwaitedAuth:
    """A user's `AuthStrategy` whose methods are plain or async."""

    def __init__(self, strategy: AuthStrategy) -> None:
        self._strategy = strategy

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Ask the strategy."""
        headers: Mapping[str, str] = await _settled(self._strategy.authorize(request))
        return headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Ask the strategy."""
        return bool(await _settled(self._strategy.rejected(request, response)))


class AwaitedDomains:
    """A user's `DomainResolver` whose method is plain or async."""

    def __init__(self, resolver: DomainResolver) -> None:
        self._resolver = resolver

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Ask the resolver."""
        host: str = await _settled(self._resolver.resolve(service, timeout_seconds=timeout_seconds))
        return host


async def _settled(result: Any) -> Any:
    return await result if inspect.isawaitable(result) else result
