"""Look at what a user's own strategy gives before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from lpfunctions.core.auth.authorization import AuthHeaders, AuthState, refuse_unsendable
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError
from lpfunctions.core.telemetry import RefreshState
from lpfunctions.core.user_errors import blaming

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AsyncAuthStrategy


class GuardedAuth:
    """Pass on what *strategy* answers, if it can be sent; what it raises becomes an error of ours.

    Args:
        strategy: dressed so that its methods can be awaited.
        given: the object that the user wrote.
    """

    def __init__(self, strategy: AsyncAuthStrategy, given: object) -> None:
        self._strategy = strategy
        self._name = type(given).__name__
        self._tell: Callable[[], AuthState | None] | None = getattr(given, "auth_state", None)

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the strategy's headers."""
        giver = f"{self._name}.authorize"
        with blaming(giver):
            headers = await self._strategy.authorize(request)
        if not isinstance(headers, Mapping):
            raise FaaSAppJWTAuthenticationError(f"{giver} must return a mapping of headers")
        headers = AuthHeaders(headers)
        refuse_unsendable(giver, headers)
        return headers

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Ask the strategy."""
        with blaming(f"{self._name}.rejected"):
            return await self._strategy.rejected(request, response)

    def auth_state(self) -> AuthState | None:
        """What the strategy says of itself, if it says anything."""
        return None if self._tell is None else self._tell()

    def refresh_state(self) -> RefreshState | None:
        """The part of it that is measured."""
        state = self.auth_state()
        return None if state is None else RefreshState(state.age_seconds, state.failures_in_a_row)
