"""Flags before the environment, the environment before files, a profile before what stands above it."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lpfunctions import FaaSConfigurationError
from lpfunctions.cli.settings.files import SECRET_SOURCES, SECRETS, read_files
from lpfunctions.cli.settings.secrets import sources_of_environment, sources_of_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_PREFIX: Final = "LPFUNCTIONS_"
_OWN: Final = ("client_id", "emulator")
"""What is no option of a client, and has a text of its own."""

_RETRY: Final = ("retry", "max_retries")
"""What asks for a retry policy, together."""


@dataclass(frozen=True, slots=True)
class Flags:
    """What was typed.

    Attributes:
        config: the file of ``--config``.
        profile: the name of ``--profile``.
        values: options by name, of flags of their own.
        assignments: ``NAME=VALUE`` of ``--set``.
    """

    config: Path | None = None
    profile: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    assignments: Iterable[str] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, and where it is from; of a secret the value is a `SecretSource`."""

    value: Any
    origin: str


Settings = dict[str, Setting]
"""What was set, by name. What was not has the default of the client."""


def resolve(flags: Flags, folder: Path, environ: Mapping[str, str]) -> Settings:
    """Return every value that was set, from the place that counts.

    Raises:
        FaaSConfigurationError: a file cannot be read or says what it may not; there is no such profile or option; or a
            variable cannot be read.
    """
    profile = flags.profile or environ.get(f"{_PREFIX}PROFILE") or None
    settings: Settings = {}
    for layer in (_of_flags(flags), _of_environment(environ), *_of_files(flags.config, profile, folder, environ)):
        settings = layer | settings
    return settings


def _of_flags(flags: Flags) -> Settings:
    typed = {name: Setting(value, "flag") for name, value in flags.values.items() if value is not None}
    return dict(_assigned(flags.assignments)) | typed


def _assigned(assignments: Iterable[str]) -> Iterator[tuple[str, Setting]]:
    from lpfunctions.wiring.env import read_options

    variables: dict[str, str] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise FaaSConfigurationError(f"--set takes NAME=VALUE, not {assignment!r}")
        if name in SECRETS:
            raise FaaSConfigurationError(
                f"--set takes no {name}, because other users of this machine see what is typed; use a variable"
            )
        _check_name(name, "--set")
        if name in _OWN:
            yield name, Setting(text, "--set")
        else:
            variables[_PREFIX + name.upper()] = text
    for option, value in read_options(variables).items():
        yield option, Setting(value, "--set")


def _of_environment(environ: Mapping[str, str]) -> Settings:
    from lpfunctions.wiring.env import read_options

    found = {name: Setting(value, _variables(name, environ)) for name, value in read_options(environ).items()}
    for name in _OWN:
        if environ.get(_PREFIX + name.upper()):
            found[name] = Setting(environ[_PREFIX + name.upper()], f"variable {_PREFIX}{name.upper()}")
    for name, (source, variable) in sources_of_environment(environ).items():
        found[name] = Setting(source, f"variable {variable}")
    return found


def _variables(name: str, environ: Mapping[str, str]) -> str:
    """Which variable, or variables, of *environ* say what the option called *name* is."""
    names = [f"{_PREFIX}{each.upper()}" for each in (_RETRY if name == "retry" else (name,))]
    return "variable " + " and ".join(each for each in names if environ.get(each))


def _of_files(config: Path | None, profile: str | None, folder: Path, environ: Mapping[str, str]) -> list[Settings]:
    files = read_files(config, folder, environ)
    if profile is not None and not any(profile in file.profiles for file in files):
        known = sorted({name for file in files for name in file.profiles})
        raise FaaSConfigurationError(f"there is no profile {profile!r} (known: {', '.join(known) or 'none'})")
    of_profile = [
        _of_keys(file.profiles[profile], f"{file.label} [profiles.{profile}]")
        for file in files
        if profile is not None and profile in file.profiles
    ]
    return of_profile + [_of_keys(file.values, file.label) for file in files]


def _of_keys(keys: Mapping[str, Any], label: str) -> Settings:
    found = {name: Setting(source, label) for name, source in sources_of_file(keys, label).items()}
    for key, value in keys.items():
        if key not in _secret_keys():
            _check_name(key, label)
            if key not in _RETRY:
                found[key] = Setting(value, label)
    return found | _retry_of_keys(keys, label)


def _retry_of_keys(keys: Mapping[str, Any], label: str) -> Settings:
    from lpfunctions.wiring.env import retry_policy

    if not any(name in keys for name in _RETRY):
        return {}
    kind, count = keys.get("retry", ""), keys.get("max_retries")
    if not isinstance(kind, str):
        raise FaaSConfigurationError(f"{label}: retry must be a text")
    if count is not None and (isinstance(count, bool) or not isinstance(count, int)):
        raise FaaSConfigurationError(f"{label}: max_retries must be a whole number from 0")
    policy = retry_policy((f"{label}: retry", kind), (f"{label}: max_retries", count))
    return {"retry": Setting(policy, label)}


def _check_name(name: str, source: str) -> None:
    from lpfunctions.wiring.env import OPTION_NAMES

    known = {*OPTION_NAMES, *_OWN, *_RETRY}
    if name not in known:
        close = difflib.get_close_matches(name, known, n=1)
        raise FaaSConfigurationError(
            f"{source}: unknown option {name!r}" + (f"; did you mean {close[0]!r}?" if close else "")
        )


def _secret_keys() -> set[str]:
    return {f"{name}_{source}" for name in SECRETS for source in SECRET_SOURCES}
