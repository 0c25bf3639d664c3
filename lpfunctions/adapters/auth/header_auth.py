"""Authorisation by a callable of the user's, or by a fixed token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.core.auth.authorization import AuthHeaders, check_sendable
from lpfunctions.core.auth.credentials import text_of
from lpfunctions.core.user_errors import wrapping_errors_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from lpfunctions.core.auth.credentials import BearerToken
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.core.user_errors import Settle


class HeaderAuth:
    """Ask *header* for the ``Authorization`` value of each attempt.

    Args:
        header: called with ``url``, exactly as it will be sent, and ``method``, in upper case; plain or async.
        settle: gets its result.
    """

    def __init__(self, header: Callable[..., str | Awaitable[str]], settle: Settle) -> None:
        self._header = header
        self._settle = settle
        known_as = getattr(header, "__qualname__", type(header).__name__)
        self.name: str = f"the authorization callable {known_as!r}"

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the ``Authorization`` header."""
        with wrapping_errors_of(self.name):
            value = self._header(url=request.url, method=request.method)
            value = await self._settle(self, "authorize", value, request.timeout_seconds, "token")
            headers = AuthHeaders(Authorization=value)
            del value  # a credential
        check_sendable(self.name, headers)
        return headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """A header made anew may be accepted: one more attempt."""
        return True


class BearerAuth:
    """Send the same token with every attempt."""

    def __init__(self, bearer: BearerToken) -> None:
        self._headers = AuthHeaders(Authorization=f"Bearer {text_of(bearer)}")

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:  # noqa: ARG002 (the port's signature)
        """Return the ``Authorization`` header."""
        return self._headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """A token that cannot be renewed fares no better a second time."""
        return False
