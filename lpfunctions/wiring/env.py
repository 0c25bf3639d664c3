"""Read options from the environment: ``LPFUNCTIONS_<NAME>``."""

from __future__ import annotations

from dataclasses import MISSING, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lpfunctions.core.auth.credentials import ClientCredentials
from lpfunctions.core.config import ClientConfig
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import host_name, is_host, is_loopback
from lpfunctions.core.redaction import quoted
from lpfunctions.wiring.options import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX: Final = "LPFUNCTIONS_"

_FLAGS: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


def from_environment(environ: Mapping[str, str], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments of a client: what *environ* says, overridden by *overrides*.

    Raises:
        FaaSConfigurationError: a variable is missing, cannot be read, or is of an option that no text can express;
            the message names it.
    """
    arguments = read_options(environ)
    given = {name: value for name, value in overrides.items() if value is not None}
    url = environ.get(PREFIX + "EMULATOR", "")
    if url:
        allowed = (arguments | given).get("allow_insecure") is True
        arguments |= emulator_options(PREFIX + "EMULATOR", url, allow_insecure=allowed)
    arguments |= given
    if "account_id" not in arguments:
        raise FaaSConfigurationError(f"set {PREFIX}ACCOUNT_ID, or pass account_id")
    if "auth_strategy" not in arguments:
        arguments["auth_strategy"] = _credentials(environ)
    return arguments


def read_options(environ: Mapping[str, str]) -> dict[str, Any]:
    """Return the options that *environ* has, but for credentials and the emulator.

    Raises:
        FaaSConfigurationError: a variable cannot be read, or is of an option that no text can express.
    """
    _refuse_inexpressible(environ)
    given = ((option, PREFIX + option.upper()) for option in _READERS)
    return {option: _READERS[option](name, environ[name]) for option, name in given if environ.get(name)}


def emulator_options(source: str, url: str, *, allow_insecure: bool) -> dict[str, Any]:
    """Return the options that lead a client to the emulator at *url*, which *source* names.

    Raises:
        FaaSConfigurationError: it is no such URL, or names another machine and *allow_insecure* is not set.
    """
    parts = urlsplit(url)
    sentence = f"{source} must be a loopback URL such as 'http://127.0.0.1:8080', not {quoted(url)}"
    if parts.scheme not in {"http", "https"} or not is_host(parts.netloc) or parts.path.strip("/"):
        raise FaaSConfigurationError(sentence)
    options: dict[str, Any] = {"protocol": parts.scheme, "csds_domain": parts.netloc}
    if is_loopback(parts.netloc):
        return options
    if not allow_insecure:
        raise FaaSConfigurationError(f"{sentence}; set allow_insecure if that network is safe, as among containers")
    # Its discovery names itself as the host of every service.
    return options | {"trusted_domain_suffixes": (host_name(parts.netloc),)}


def _refuse_inexpressible(environ: Mapping[str, str]) -> None:
    for option in _INEXPRESSIBLE:
        if environ.get(PREFIX + option.upper(), ""):
            raise FaaSConfigurationError(
                f"{PREFIX}{option.upper()} cannot be obeyed: {option} is no text, number, flag or list; pass {option}"
            )


def _credentials(environ: Mapping[str, str]) -> ClientCredentials:
    client_id = environ.get(PREFIX + "CLIENT_ID", "")
    secret = environ.get(PREFIX + "CLIENT_SECRET", "") or _secret_file(environ.get(PREFIX + "CLIENT_SECRET_FILE", ""))
    if not client_id or not secret:
        raise FaaSConfigurationError(
            f"set {PREFIX}CLIENT_ID and {PREFIX}CLIENT_SECRET (or {PREFIX}CLIENT_SECRET_FILE), or pass auth_strategy"
        )
    return ClientCredentials(client_id=client_id, client_secret=secret)


def _secret_file(path: str) -> str:
    if not path:
        return ""
    try:
        # A file that a person or a secret store wrote ends with a newline that is not part of the secret.
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as unreadable:
        raise FaaSConfigurationError(
            f"{PREFIX}CLIENT_SECRET_FILE names {quoted(path)}, which cannot be read ({type(unreadable).__name__})"
        ) from None


def _read_flag(variable: str, text: str) -> bool:
    try:
        return _FLAGS[text.strip().lower()]
    except KeyError:
        raise FaaSConfigurationError(f"{variable} must be true or false, not {quoted(text)}") from None


def _read_number(variable: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise FaaSConfigurationError(f"{variable} must be a number, not {quoted(text)}") from None


def _read_count(variable: str, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise FaaSConfigurationError(f"{variable} must be a whole number, not {quoted(text)}") from None


def _read_text(_variable: str, text: str) -> str:
    return text


def _read_list(_variable: str, text: str) -> tuple[str, ...]:
    return tuple(item.strip() for item in text.split(",") if item.strip())


# By the type of the default, so that a new option is read without another line here.
_BY_TYPE: Final[dict[type, Callable[[str, str], Any]]] = {
    bool: _read_flag,
    float: _read_number,
    int: _read_count,
    str: _read_text,
    tuple: _read_list,
    type(None): _read_text,
}
_READERS: Final = {"account_id": _read_text} | {
    option.name: _BY_TYPE[type(option.default)]
    for option in fields(ClientConfig)
    if option.default is not MISSING and type(option.default) in _BY_TYPE
}
OPTION_NAMES: Final = tuple(_READERS)
"""The options that a text can express."""

_INEXPRESSIBLE: Final = (
    {"auth_strategy"} | {option.name for kind in (ClientConfig, Parts) for option in fields(kind)}
) - _READERS.keys()
