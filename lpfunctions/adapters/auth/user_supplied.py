"""Look at what a user's own strategy gives before it is sent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from lpfunctions.core.auth.authorization import AuthHeaders, AuthState, check_sendable
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError
from lpfunctions.core.telemetry.events import RefreshState
from lpfunctions.core.user_errors import wrapping_errors_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.core.user_errors import Settle


class UserSuppliedAuth:
    """A user's `AuthStrategy`, whose methods are plain or async.

    What it returns is passed on if it can be sent; what it raises becomes an error of ours.

    Args:
        strategy: what the user wrote.
        settle: gets the result of its methods.
    """

    def __init__(self, strategy: Any, settle: Settle) -> None:
        self._strategy = strategy
        self._settle = settle
        self._name = type(strategy).__name__
        self._tell: Callable[[], AuthState | None] | None = getattr(strategy, "auth_state", None)

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the strategy's headers."""
        source = f"{self._name}.authorize"
        with wrapping_errors_of(source):
            returned = self._strategy.authorize(request)
            headers: Mapping[str, str] | object = await self._settle(
                self._strategy, "authorize", returned, request.timeout_seconds, "token"
            )
        if not isinstance(headers, Mapping):
            raise FaaSAppJWTAuthenticationError(f"{source} must return a mapping of headers")
        sendable = AuthHeaders(cast("Mapping[str, str]", headers))
        check_sendable(source, sendable)
        return sendable

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        """Ask the strategy."""
        with wrapping_errors_of(f"{self._name}.rejected"):
            returned = self._strategy.rejected(request, response)
            return bool(await self._settle(self._strategy, "rejected", returned, request.timeout_seconds, "token"))

    def auth_state(self) -> AuthState | None:
        """What the strategy says of itself, if it says anything."""
        return None if self._tell is None else self._tell()

    def refresh_state(self) -> RefreshState | None:
        """The part of it that is measured."""
        state = self.auth_state()
        return None if state is None else RefreshState(state.age_seconds, state.failures_in_a_row)
