"""Finding the host of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable


class DomainResolver(Protocol):
    """Say which host serves a LivePerson service for the client's account.

    ``resolve`` may be plain or ``async``. With `Client` a coroutine must not suspend.

    Contract (``lpfunctions.testing.contracts.DomainResolverContract``):

    * the answer is a bare ``host`` or ``host:port``: no scheme, no path, no user
    * a service that does not exist is ``CSDSDomainNotFound``; any other failure is ``CSDSFailure``, or
      ``FaaSTimeoutError`` (phase ``discovery``) when *timeout_seconds* ran out
    * cheap to call: it is asked before every call
    """

    def resolve(self, service: str, *, timeout_seconds: float) -> str | Awaitable[str]:
        """Return ``host[:port]`` of *service*, such as ``faasGW``; names are case sensitive."""
        ...


class AsyncDomainResolver(Protocol):
    """A `DomainResolver` whose method is awaited: ours, and a user's once it is wrapped."""

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Return ``host[:port]`` of *service*."""
        ...
