"""Find the adapter for what the user gave as ``auth_strategy``."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, cast

from lpfunctions.adapters.header_auth import HeaderAuth
from lpfunctions.core.credentials import ClientCredentials
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.ports import AuthStrategy


class AuthorizationHeader(Protocol):
    """A callable that gives the ``Authorization`` value of one attempt; async with `AsyncClient` only."""

    def __call__(self, *, url: str, method: str) -> str | Awaitable[str]:
        """Return the value for *url*, exactly as it will be sent, and *method*, in upper case."""
        ...


Authentication = ClientCredentials | AuthorizationHeader | AuthStrategy
"""What can be given as ``auth_strategy``."""


def strategy_for(
    given: Any,
    with_credentials: Callable[[ClientCredentials], AuthStrategy],
    coat: Callable[[AuthStrategy], AuthStrategy],
) -> AuthStrategy:
    """Return the `AuthStrategy` that *given* means; *coat* dresses one of the user's own.

    Raises:
        FaaSConfigurationError: it is none of the things that can authorise.
    """
    if isinstance(given, ClientCredentials):
        return with_credentials(given)
    if inspect.isclass(given):
        raise FaaSConfigurationError(f"auth_strategy is the class {given.__name__}; pass an object made of it")
    if hasattr(given, "authorize") and hasattr(given, "rejected"):
        return coat(given)
    if callable(given):
        return HeaderAuth(cast("Callable[..., str]", given))
    raise FaaSConfigurationError(
        "auth_strategy must be ClientCredentials, a callable that returns the Authorization value, "
        f"or an AuthStrategy, not {type(given).__name__}"
    )


def refuse_coroutine_function(option: str, given: object) -> None:
    """Refuse, by name, a coroutine function where `Client` needs a plain one."""
    call = given if inspect.isroutine(given) else getattr(given, "__call__", None)  # noqa: B004 (its colour is asked)
    if inspect.iscoroutinefunction(given) or inspect.iscoroutinefunction(call):
        name = getattr(given, "__qualname__", type(given).__name__)
        raise FaaSConfigurationError(
            f"Client needs a plain function for {option!r}; got the coroutine function {name!r}. "
            "Use AsyncClient or pass a plain function"
        )
