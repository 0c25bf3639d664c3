"""Clients of a platform: what it fixes for them, and what is left to the caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, cast

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import is_loopback
from lpfunctions.core.redaction import quoted
from lpfunctions.wiring.options import OF_A_TRANSPORT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.testing.platform.account import Account
    from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions

DOMAIN_API_IN_MEMORY: Final = "in-memory-platform.invalid"
"""No resolver knows it (RFC 6761 section 6.4); the platform answers discovery under any name."""

_OTHER_ACCOUNT: Final = (
    "it makes a client of the platform's account. FakePlatform(account_id=…) names that, and "
    "{maker}(platform.add_account(account_id=…)) makes a client of a second one"
)
_FIXED: Final = {
    "account": _OTHER_ACCOUNT,
    "account_id": _OTHER_ACCOUNT,
    "auth_strategy": (
        "the client signs in as the app of the account. {maker}().with_options(auth_strategy=…) makes a copy that "
        "signs in otherwise"
    ),
}


def chosen(maker: str, accounts: Mapping[str, Account], account: Account | None) -> Account:
    """Return *account* of the platform that has *accounts*, by default its first.

    Raises:
        FaaSConfigurationError: it is none of this platform's; the message names *maker*.
    """
    if account is None:
        return next(iter(accounts.values()))
    if account not in accounts.values():
        raise FaaSConfigurationError(
            f"{quoted(account)} is no account of this platform; {maker}() takes platform.account, or what "
            "platform.add_account(…) returned"
        )
    return account


def combined(maker: str, usual: Mapping[str, Any], options: Mapping[str, object]) -> dict[str, Any]:
    """Return the *usual* options overridden by *options*, in which None stands for the usual.

    Raises:
        FaaSConfigurationError: an option is fixed; the message says what to do instead.
    """
    given = {name: value for name, value in options.items() if value is not None}
    for name in given.keys() & _FIXED.keys():
        raise FaaSConfigurationError(f"{maker}() fixes {name}: {_FIXED[name].format(maker=maker)}")
    return {**usual, **given}


def combined_in_memory(maker: str, usual: Mapping[str, Any], options: Mapping[str, object]) -> dict[str, Any]:
    """Return what `combined` does, for a client that opens no connection.

    With a transport of the caller's, the Domain API has a name that exists nowhere: should the transport lead to a
    network and not to the platform, discovery fails there, and nothing is sent.

    Raises:
        FaaSConfigurationError: also for an option of connections.
    """
    both = combined(maker, usual, options)
    if both["transport"] is not usual["transport"]:
        both.setdefault("csds_domain", DOMAIN_API_IN_MEMORY)
    useless = sorted(both.keys() & set(OF_A_TRANSPORT))
    if useless and both["transport"] is usual["transport"]:
        over_http = maker.replace("platform", "Emulator(platform)")
        raise FaaSConfigurationError(
            f"{maker}() is in memory and cannot obey {', '.join(useless)}; {over_http}(…) goes over HTTP"
        )
    return both


def client_of(account: Account, options: Mapping[str, Any]) -> Client:
    """Return a client that signs in as the app of *account*."""
    from lpfunctions.client import Client

    known = cast("ClientOptions", options)
    return Client(account_id=account.account_id, auth_strategy=account.credentials, **known)


def async_client_of(account: Account, options: Mapping[str, Any]) -> AsyncClient:
    """Return an async client that signs in as the app of *account*."""
    from lpfunctions.async_client import AsyncClient

    known = cast("AsyncClientOptions", options)
    return AsyncClient(account_id=account.account_id, auth_strategy=account.credentials, **known)


def environment_of(account: Account, url: str) -> dict[str, str]:
    """Return the variables by which ``Client.from_env()`` comes to the emulator at *url* as *account*."""
    needs_leave = {"LPFUNCTIONS_ALLOW_INSECURE": "true"} if needs_allow_insecure(url) else {}
    return needs_leave | {
        "LPFUNCTIONS_ACCOUNT_ID": account.account_id,
        "LPFUNCTIONS_CLIENT_ID": account.client_id,
        "LPFUNCTIONS_CLIENT_SECRET": account.client_secret,
        "LPFUNCTIONS_EMULATOR": url,
        "LPFUNCTIONS_PLATFORM_VERSION": account.platform_version.value,
    }


def needs_allow_insecure(url: str) -> bool:
    """Return whether a client uses the emulator at *url* only with ``allow_insecure``: plain HTTP, not to loopback."""
    scheme, _, host = url.partition("://")
    return scheme == "http" and not is_loopback(host)
