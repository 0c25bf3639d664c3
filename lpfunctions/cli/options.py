"""The options that several commands share, and what becomes of them."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lpfunctions.cli.settings.resolve import Settings

ConfigPath = Annotated[
    Path | None,
    typer.Option("--config", help="Configuration to read, instead of ./lpfunctions.toml and your own.", metavar="FILE"),
]
Profile = Annotated[
    str | None, typer.Option("--profile", help="Profile of the configuration, such as staging.", metavar="NAME")
]
AccountId = Annotated[str | None, typer.Option("--account", help="Account to call.", metavar="ID")]
Timeout = Annotated[float | None, typer.Option("--timeout", help="Deadline of a call, in seconds.", metavar="SECONDS")]
Assignments = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any option of a client, such as proxy or platform_version.", metavar="NAME=VALUE"),
]
Headers = Annotated[
    list[str] | None, typer.Option("--header", help="Header for the function; may be repeated.", metavar="KEY=VALUE")
]
Skill = Annotated[str | None, typer.Option("--skill", help="Only functions of this skill, or of none.", metavar="ID")]


def settings_of(
    config: Path | None,
    profile: str | None,
    account_id: str | None,
    timeout: float | None = None,
    assignments: list[str] | None = None,
) -> "Settings":
    """Return what was set, by these flags and elsewhere.

    Raises:
        FaaSConfigurationError: see `lpfunctions.cli.settings.resolve.resolve`.
    """
    from lpfunctions.cli.settings.resolve import Flags, resolve

    values: dict[str, Any] = {"account_id": account_id, "timeout": timeout}
    return resolve(Flags(config, profile, values, assignments or ()), Path.cwd(), os.environ)


def headers_of(headers: list[str] | None) -> dict[str, str] | None:
    """Return ``KEY=VALUE`` as a mapping.

    Raises:
        FaaSConfigurationError: one has no ``=``.
    """
    from lpfunctions import FaaSConfigurationError

    pairs = [header.partition("=") for header in headers or ()]
    for key, equals, _ in pairs:
        if not key or not equals:
            raise FaaSConfigurationError(f"--header takes KEY=VALUE, not {key!r}")
    return {key: value for key, _, value in pairs} or None
