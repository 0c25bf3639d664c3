"""Where a secret is: a variable, a file, or the output of a command. It is read when a client is made."""

from __future__ import annotations

import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from lpfunctions import FaaSConfigurationError
from lpfunctions.cli.settings.files import SECRET_SOURCES, SECRETS

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMAND_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class SecretSource:
    """Where the secret *name* is. Its repr shows no secret.

    Attributes:
        name: ``client_secret`` or ``bearer_token``.
        source: ``env``, ``file`` or ``command``.
        place: name of the variable, path of the file, or the command.
    """

    name: str
    source: str
    place: str

    def read(self, environ: Mapping[str, str]) -> str:
        """Return the secret.

        Raises:
            FaaSConfigurationError: it is not there; the message says where it was looked for.
        """
        match self.source:
            case "env":
                secret = environ.get(self.place, "")
            case "file":
                secret = self._of_file()
            case _:
                secret = self._of_command(environ)
        if not secret.strip():
            raise FaaSConfigurationError(f"{self} has no {self.name}, or an empty one")
        return secret.strip()

    def __str__(self) -> str:
        return {"env": "variable", "file": "file", "command": "command"}[self.source] + f" {self.place!r}"

    def _of_file(self) -> str:
        try:
            return Path(self.place).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError, RuntimeError) as unreadable:
            raise FaaSConfigurationError(
                f"{self}, which should have {self.name}, cannot be read ({type(unreadable).__name__})"
            ) from None

    def _of_command(self, environ: Mapping[str, str]) -> str:
        try:
            # Named by --config or by the user's own file; what it asks for or complains about is seen at the terminal.
            ended = subprocess.run(  # noqa: S603
                shlex.split(self.place),
                stdout=subprocess.PIPE,
                env=dict(environ),
                timeout=_COMMAND_SECONDS,
                check=False,
            )
        except (OSError, ValueError, subprocess.TimeoutExpired) as failed:
            raise FaaSConfigurationError(
                f"{self}, which should print {self.name}, cannot be run ({type(failed).__name__})"
            ) from None
        if ended.returncode != 0:
            raise FaaSConfigurationError(
                f"{self}, which should print {self.name}, ended with exit code {ended.returncode}"
            )
        return ended.stdout.decode("utf-8", "replace")


def sources_of_file(values: Mapping[str, Any], label: str) -> dict[str, SecretSource]:
    """Return where *values*, the keys of a file or a profile, say that secrets are.

    Raises:
        FaaSConfigurationError: a secret itself is there, two places of the same one, or something other than a text.
    """
    found: dict[str, SecretSource] = {}
    for name in SECRETS:
        if name in values:
            ways = ", ".join(f"{name}_{source}" for source in SECRET_SOURCES)
            raise FaaSConfigurationError(f"{label} may not hold {name} itself; name where it is, by one of {ways}")
        given = [source for source in SECRET_SOURCES if f"{name}_{source}" in values]
        if len(given) > 1:
            raise FaaSConfigurationError(f"{label}: only one of {', '.join(f'{name}_{source}' for source in given)}")
        for source in given:
            found[name] = SecretSource(name, source, _text(f"{name}_{source}", values[f"{name}_{source}"], label))
    return found


def sources_of_environment(environ: Mapping[str, str]) -> dict[str, tuple[SecretSource, str]]:
    """Return where variables say that secrets are, each with the variable that says so."""
    found: dict[str, tuple[SecretSource, str]] = {}
    for name in SECRETS:
        variable = f"LPFUNCTIONS_{name.upper()}"
        if environ.get(variable):
            found[name] = SecretSource(name, "env", variable), variable
        elif environ.get(f"{variable}_FILE"):
            found[name] = SecretSource(name, "file", environ[f"{variable}_FILE"]), f"{variable}_FILE"
    return found


def _text(key: str, value: object, label: str) -> str:
    if not isinstance(value, str) or not value:
        raise FaaSConfigurationError(f"{label}: {key} must be a text")
    return value
