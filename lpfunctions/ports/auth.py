"""Proving who calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Mapping

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse


class AuthStrategy(Protocol):
    """Give each attempt the headers that prove who calls.

    Both methods may be plain or ``async``. With `Client` a coroutine must not suspend: no event loop would wake it.

    Contract (``lpfunctions.testing.contracts.AuthStrategyContract``):

    * ``authorize`` is asked once per attempt, so that a proof or nonce is never sent twice
    * it changes nothing of the request and returns header values without control characters
    * it takes no longer than ``request.timeout_seconds``
    * it fails with ``FaaSAppJWTAuthenticationError`` or ``FaaSTimeoutError``; no message holds a secret
    """

    def authorize(self, request: HttpRequest) -> Mapping[str, str] | Awaitable[Mapping[str, str]]:
        """Return the headers to add to this attempt.

        ``request.url`` is exactly what will be sent, except for the ``GET https://<gateway>/`` of ``warm_up``, which
        never is.
        """
        ...

    def rejected(self, request: HttpRequest, response: HttpResponse) -> bool | Awaitable[bool]:
        """Take note of a 401 for *request* (its headers as sent); say whether one more attempt is worth it."""
        ...


class AsyncAuthStrategy(Protocol):
    """An `AuthStrategy` both of whose methods are awaited: ours, and a user's once it is wrapped."""

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the headers to add to this attempt."""
        ...

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Take note of a 401 for *request*; say whether one more attempt is worth it."""
        ...
