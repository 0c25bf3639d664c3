"""Clients of what was set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lpfunctions import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions import AsyncClient, BearerToken, Client, ClientCredentials
    from lpfunctions.cli.settings.resolve import Settings

_NO_CREDENTIALS: Final = (
    "set client_id and client_secret (LPFUNCTIONS_CLIENT_ID and LPFUNCTIONS_CLIENT_SECRET, or client_id and "
    "client_secret_env, client_secret_file or client_secret_command in a configuration)"
)


def make_client(settings: Settings, environ: Mapping[str, str], *, lists: bool = False, **parts: Any) -> Client:
    """Return a blocking client.

    Args:
        settings: what was set.
        environ: where secrets may be.
        lists: for listings: a bearer token is preferred, because listing is documented for a user's.
        parts: options that are objects.

    Raises:
        FaaSConfigurationError: the account or the credentials are missing, or an option cannot work.
    """
    from lpfunctions import Client

    return Client(**client_arguments(settings), auth_strategy=authentication(settings, environ, lists=lists), **parts)


def make_async_client(settings: Settings, environ: Mapping[str, str], **parts: Any) -> AsyncClient:
    """Return a client for coroutines; as `make_client`."""
    from lpfunctions import AsyncClient

    return AsyncClient(**client_arguments(settings), auth_strategy=authentication(settings, environ), **parts)


def client_arguments(settings: Settings) -> dict[str, Any]:
    """Return the arguments of a client but for its credentials.

    Raises:
        FaaSConfigurationError: there is no account, or the emulator's URL is none.
    """
    from lpfunctions.wiring.env import OPTION_NAMES, emulator_options

    arguments = {name: settings[name].value for name in OPTION_NAMES if name in settings}
    if "account_id" not in arguments:
        raise FaaSConfigurationError(
            "no account: pass --account, set LPFUNCTIONS_ACCOUNT_ID, or put account_id into a configuration"
        )
    if "emulator" in settings:
        emulator = settings["emulator"]
        allowed = arguments.get("allow_insecure") is True
        arguments |= emulator_options(f"emulator ({emulator.origin})", emulator.value, allow_insecure=allowed)
    return arguments


def authentication(
    settings: Settings, environ: Mapping[str, str], *, lists: bool = False
) -> ClientCredentials | BearerToken:
    """Return what proves who calls: client credentials, or a user's bearer token where that is all there is.

    Raises:
        FaaSConfigurationError: neither is set, or a secret is not where it is said to be.
    """
    from lpfunctions import BearerToken, ClientCredentials

    has_credentials = "client_id" in settings and "client_secret" in settings
    if "bearer_token" in settings and (lists or not has_credentials):
        return BearerToken(settings["bearer_token"].value.read(environ))
    if not has_credentials:
        raise FaaSConfigurationError(_NO_CREDENTIALS)
    secret = settings["client_secret"].value.read(environ)
    return ClientCredentials(client_id=settings["client_id"].value, client_secret=secret)
