"""Find the adapter for what the user gave as ``auth_strategy``."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, cast

from lpfunctions.core.auth.credentials import BearerToken, ClientCredentials, DpopCredentials, OAuth1Credentials
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.ports import AsyncAuthStrategy, AuthStrategy
from lpfunctions.wiring.dependencies import check_signature

if TYPE_CHECKING:
    from lpfunctions.core.user_errors import Settle
    from lpfunctions.ports import AsyncClock


class AuthorizationHeader(Protocol):
    """A callable that gives the ``Authorization`` value of one attempt; async with `AsyncClient` only."""

    def __call__(self, *, url: str, method: str) -> str | Awaitable[str]:
        """Return the value for *url*, exactly as it will be sent, and *method*, in upper case."""
        ...


Authentication = (
    ClientCredentials | BearerToken | DpopCredentials | OAuth1Credentials | AuthorizationHeader | AuthStrategy
)
"""What can be given as ``auth_strategy``."""


def strategy_for(
    given: Any,
    *,
    with_credentials: Callable[[ClientCredentials], AsyncAuthStrategy],
    settle: Settle,
    check_not_async: Callable[[str, object], None],
    clock: AsyncClock,
) -> AsyncAuthStrategy:
    """Return the `AuthStrategy` that *given* means; *settle* gets the results of the user's methods.

    Raises:
        FaaSConfigurationError: it is none of the things that can authorise, or it needs an event loop and has none.
    """
    if isinstance(given, ClientCredentials):
        return with_credentials(given)
    if isinstance(given, BearerToken):
        from lpfunctions.adapters.auth.header_auth import BearerAuth

        return BearerAuth(given)
    if isinstance(given, OAuth1Credentials):
        from lpfunctions.adapters.auth.oauth1 import OAuth1Auth

        return OAuth1Auth(given, clock)
    if isinstance(given, DpopCredentials):
        return _dpop(given, settle, check_not_async)
    return _users(given, settle, check_not_async)


def _dpop(given: DpopCredentials, settle: Settle, check_not_async: Callable[[str, object], None]) -> AsyncAuthStrategy:
    from lpfunctions.adapters.auth.dpop import DpopAuth
    from lpfunctions.core.auth.dpop import nonce_parameter

    check_not_async("get_access_token_internal", given.get_access_token_internal)
    check_not_async("get_dpop_header_internal", given.get_dpop_header_internal)
    check_signature("get_access_token_internal", given.get_access_token_internal, "domain")
    nonce: dict[str, object] = {} if nonce_parameter(given.get_dpop_header_internal) is None else {"nonce": None}
    check_signature(
        "get_dpop_header_internal", given.get_dpop_header_internal, "url", "method", "access_token", **nonce
    )
    return DpopAuth(given, settle)


def _users(given: Any, settle: Settle, check_not_async: Callable[[str, object], None]) -> AsyncAuthStrategy:
    if inspect.isclass(given):
        raise FaaSConfigurationError(f"auth_strategy is the class {given.__name__}; pass an object made of it")
    if hasattr(given, "authorize") and hasattr(given, "rejected"):
        check_signature("auth_strategy.authorize", given.authorize, "request")
        check_signature("auth_strategy.rejected", given.rejected, "request", "response")
        from lpfunctions.adapters.auth.user_supplied import UserSuppliedAuth

        return UserSuppliedAuth(given, settle)
    if callable(given):
        from lpfunctions.adapters.auth.header_auth import HeaderAuth

        check_not_async("auth_strategy", given)
        check_signature("auth_strategy", given, url="", method="")
        return HeaderAuth(cast("Callable[..., str]", given), settle)
    raise FaaSConfigurationError(
        "auth_strategy must be ClientCredentials, BearerToken, DpopCredentials, OAuth1Credentials, a callable that "
        f"returns the Authorization value, or an AuthStrategy, not {type(given).__name__}"
    )


def check_not_coroutine_function(option: str, given: object) -> None:
    """Refuse, by name, a coroutine function where `Client` needs a plain one."""
    call = given if inspect.isroutine(given) else getattr(given, "__call__", None)  # noqa: B004 (is it a coroutine function?)
    if inspect.iscoroutinefunction(given) or inspect.iscoroutinefunction(call):
        name = getattr(given, "__qualname__", type(given).__name__)
        raise FaaSConfigurationError(
            f"Client needs a plain function for {option!r}; got the coroutine function {name!r}. "
            "Use AsyncClient or pass a plain function"
        )
