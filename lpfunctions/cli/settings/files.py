"""Configuration files: where they are, and what each may say.

    FILE of --config                                   the only one, when given
    ./lpfunctions.toml, or [tool.lpfunctions] of ./pyproject.toml    of the working directory
    ~/.config/lpfunctions/lpfunctions.toml             the user's own

A folder that somebody sent, or a repository that was cloned, must not be able to run a command, read a file or lead a
secret elsewhere because a command was typed in it. So a file of the working directory may not name what does.
"""

from __future__ import annotations

import os
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from lpfunctions import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRETS: Final = ("client_secret", "bearer_token")
"""What is never in a file itself, but in a variable, another file, or the output of a command that it names."""

SECRET_SOURCES: Final = ("env", "file", "command")

NOT_OF_THE_WORKING_DIRECTORY: Final = frozenset(
    {"allow_insecure", "csds_domain", "emulator", "proxy", "trusted_domain_suffixes"}
    | {f"{secret}_{source}" for secret in SECRETS for source in ("file", "command")}
)
"""What only a file of ``--config`` or the user's own file may say."""

_NAME: Final = "lpfunctions.toml"
_PYPROJECT: Final = "pyproject.toml"


@dataclass(frozen=True, slots=True)
class ConfigFile:
    """One file that was read.

    Attributes:
        label: the file, for people.
        values: its own keys.
        profiles: the keys of each profile.
    """

    label: str
    values: Mapping[str, Any]
    profiles: Mapping[str, Mapping[str, Any]]


def read_files(chosen: Path | None, folder: Path, environ: Mapping[str, str]) -> list[ConfigFile]:
    """Read the file *chosen*, or those of the working directory *folder* and of the user, the more specific first.

    Raises:
        FaaSConfigurationError: a file cannot be read, or says what it may not.
    """
    if chosen is not None:
        if not chosen.is_file():
            raise FaaSConfigurationError(f"there is no configuration {str(chosen)!r}")
        return [_read(chosen, str(chosen))]
    of_user = user_file(environ)
    found: list[ConfigFile] = []
    for path in (folder / _NAME, folder / _PYPROJECT):
        if path.is_file() and not (of_user.is_file() and path.samefile(of_user)):
            file = _read(path, f"./{path.name}")
            if file.values or file.profiles:
                _check_working_directory(file)
                found.append(file)
                break
    return [*found, _read(of_user, str(of_user))] if of_user.is_file() else found


def user_file(environ: Mapping[str, str]) -> Path:
    """Return where the user's own file is, or would be."""
    if sys.platform == "win32":
        home = environ.get("APPDATA", "")
    else:
        home = environ.get("XDG_CONFIG_HOME", "")
    folder = Path(home) if home and Path(home).is_absolute() else Path(os.path.expanduser("~")) / ".config"  # noqa: PTH111 (never raises)
    return folder / "lpfunctions" / _NAME


def _read(path: Path, label: str) -> ConfigFile:
    try:
        table: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as unreadable:
        raise FaaSConfigurationError(f"{label} cannot be read ({type(unreadable).__name__})") from None
    except tomllib.TOMLDecodeError as broken:
        raise FaaSConfigurationError(f"{label} is not TOML: {broken}") from None
    if path.name == _PYPROJECT:
        table = _table(_table(table.get("tool", {}), label, "tool").get("lpfunctions", {}), label, "tool.lpfunctions")
    profiles = _table(table.pop("profiles", {}), label, "profiles")
    return ConfigFile(label, table, {name: _table(keys, label, f"profiles.{name}") for name, keys in profiles.items()})


def _table(value: object, label: str, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FaaSConfigurationError(f"{label}: {name} must be a table")
    return dict(cast("dict[str, Any]", value))


def _check_working_directory(file: ConfigFile) -> None:
    for keys in (file.values, *file.profiles.values()):
        for key in keys:
            if key in NOT_OF_THE_WORKING_DIRECTORY:
                raise FaaSConfigurationError(
                    f"{file.label} may not say {key}, because it is of the working directory, and anybody may have "
                    f"written it; pass --config {file.label} if you trust it, or put {key} into your own file"
                )
