"""Read options from the environment: ``LPFUNCTIONS_<NAME>``."""

from __future__ import annotations

import difflib
import logging
import re
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from lpfunctions.core.auth.credentials import ClientCredentials
from lpfunctions.core.config import ClientConfig
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import host_name, is_host, is_loopback
from lpfunctions.core.redaction import quoted
from lpfunctions.core.retries.policy import RetryPolicy
from lpfunctions.wiring.options import Parts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PREFIX: Final = "LPFUNCTIONS_"

_log: Final = logging.getLogger("lpfunctions.environment")

# What Kubernetes and Docker tell each container of a service called lpfunctions, or lpfunctions-emulator.
_OF_A_SERVICE = re.compile(r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?)")
_CLOSEST_RATIO: Final = 0.75
_CLOSEST_LENGTH: Final = 2

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
        FaaSConfigurationError: a variable is missing, misspelt, cannot be read, or is of an option that no text can
            express; the message names it.
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
        FaaSConfigurationError: a variable is misspelt, cannot be read, or is of an option that no text can express.
    """
    _check_expressible(environ)
    _check_names(environ)
    given = ((option, PREFIX + option.upper()) for option in _READERS)
    options = {option: _READERS[option](name, environ[name]) for option, name in given if environ.get(name)}
    return options | _retry_option(environ)


def retry_policy(kind: tuple[str, str], max_retries: tuple[str, int | None]) -> RetryPolicy:
    """Return the policy that two settings ask for, each with its name for messages.

    Args:
        kind: ``none``, ``default`` or ``at_least_once``; empty for ``default``.
        max_retries: attempts after the first, or None for those of the kind.

    Raises:
        FaaSConfigurationError: there is no such kind, or there cannot be as many retries.
    """
    (kind_name, text), (count_name, count) = kind, max_retries
    make = _POLICIES.get(text.strip().lower() or "default")
    if make is None:
        raise FaaSConfigurationError(f"{kind_name} must be none, default or at_least_once, not {quoted(text)}")
    policy = make()
    if count is None:
        return policy
    if count < 0:
        raise FaaSConfigurationError(f"{count_name} must be a whole number from 0, not {count}")
    if count and policy.max_retries == 0:
        raise FaaSConfigurationError(f"{kind_name} is none, and {count_name} is {count}; leave out one of them")
    return replace(policy, max_retries=count)


def _retry_option(environ: Mapping[str, str]) -> dict[str, RetryPolicy]:
    kind, count = (environ.get(PREFIX + name, "") for name in RETRY_SETTINGS)
    if not kind and not count:
        return {}
    count_name = PREFIX + "MAX_RETRIES"
    return {
        "retry": retry_policy((PREFIX + "RETRY", kind), (count_name, _read_count(count_name, count) if count else None))
    }


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


def _check_expressible(environ: Mapping[str, str]) -> None:
    for option in _INEXPRESSIBLE:
        if environ.get(PREFIX + option.upper(), ""):
            raise FaaSConfigurationError(
                f"{PREFIX}{option.upper()} cannot be obeyed: {option} is no text, number, flag or list; pass {option}"
            )


def _check_names(environ: Mapping[str, str]) -> None:
    """Refuse a variable whose name is nearly one of ours: a deadline that nobody obeys is worse than none."""
    names = (name.removeprefix(PREFIX) for name, text in environ.items() if name.startswith(PREFIX) and text)
    ignored: list[str] = []
    for name in names:
        if name in VARIABLES:
            continue
        meant = None if _OF_A_SERVICE.fullmatch(name) else _closest(name)
        if meant is not None:
            raise FaaSConfigurationError(f"unknown variable {PREFIX}{name}; did you mean {PREFIX}{meant}?")
        ignored.append(PREFIX + name)
    if ignored:
        _log.debug("ignored variables that are no options: %s", ", ".join(sorted(ignored)))


def _closest(name: str) -> str | None:
    as_long = [known for known in sorted(VARIABLES) if abs(len(known) - len(name)) <= _CLOSEST_LENGTH]
    close = difflib.get_close_matches(name, as_long, n=1, cutoff=_CLOSEST_RATIO)
    return close[0] if close else None


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
    # A default of None says nothing of what else there may be.
    if option.default is not None or "str" in str(option.type)
}
RETRY_SETTINGS: Final = ("RETRY", "MAX_RETRIES")
"""The two variables that ask for a retry policy."""

OPTION_NAMES: Final = (*_READERS, "retry")
"""The options that a text can express."""

_INEXPRESSIBLE: Final = (
    {"auth_strategy"} | {option.name for kind in (ClientConfig, Parts) for option in fields(kind)}
) - set(OPTION_NAMES)
_OTHERS: Final = (
    "CLIENT_ID", "CLIENT_SECRET", "CLIENT_SECRET_FILE", "BEARER_TOKEN", "BEARER_TOKEN_FILE", "EMULATOR", "PROFILE",
)  # fmt: skip
VARIABLES: Final = frozenset({*(name.upper() for name in (*OPTION_NAMES, *_INEXPRESSIBLE)), *RETRY_SETTINGS, *_OTHERS})
"""The names, without their prefix, that mean something here or to the command."""

_POLICIES: Final[dict[str, Callable[[], RetryPolicy]]] = {
    "none": RetryPolicy.none,
    "default": RetryPolicy,
    "at_least_once": RetryPolicy.at_least_once,
}
