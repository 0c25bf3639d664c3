"""Header fields of our requests: what all of them say, and what may be said."""

from __future__ import annotations

import platform
import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeGuard

from lpfunctions._version import __version__
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.decoding import ACCEPTED_CODINGS
from lpfunctions.core.redaction import quoted

USER_AGENT: Final = f"lpfunctions/{__version__} python/{platform.python_version()}"

GET_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "User-Agent": USER_AGENT,
        "Accept": "application/json",
        "Accept-Encoding": ACCEPTED_CODINGS,
    }
)
"""Of every request."""

POST_HEADERS: Final[Mapping[str, str]] = MappingProxyType({**GET_HEADERS, "Content-Type": "application/json"})
"""Of every request with a JSON body."""

EXCHANGE_HEADERS: Final = frozenset(
    {
        "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "x-request-id",
    }
)  # fmt: skip
"""What the exchange says of itself (as in RFC 9110 section 7.6.1), in lower case: only the client sets it."""

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_PRINTABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")


def header_value(name: str, value: str) -> str:
    """Return *value* if it can be sent as a header.

    Raises:
        FaaSConfigurationError: it is empty, too long, or not printable ASCII.
    """
    if not isinstance(value, str) or len(value) > 256 or not _is_printable(value):
        raise FaaSConfigurationError(
            f"{name} is sent as an HTTP header and must be 1 to 256 printable ASCII characters, not {quoted(value)}"
        )
    return value


def overlaid(under: Mapping[str, str], over: Mapping[str, str]) -> dict[str, str]:
    """*under* and *over* as one; where both name a header, in whatever case, *over* wins."""
    named = {name.lower() for name in over}
    return {**{name: value for name, value in under.items() if name.lower() not in named}, **over}


def is_header_name(name: object) -> TypeGuard[str]:
    """Can *name* be the name of a header (a token, RFC 9110 section 5.6.2)?"""
    return isinstance(name, str) and _is_token(name)


def is_header_value(value: object) -> TypeGuard[str]:
    """Can *value* be sent as a header: printable ASCII, not empty, no blank at either end?"""
    return isinstance(value, str) and _is_printable(value)


@lru_cache(maxsize=64)
def _is_token(name: str) -> bool:
    return _TOKEN.fullmatch(name) is not None


@lru_cache(maxsize=1024)
def _is_printable(value: str) -> bool:
    return _PRINTABLE.fullmatch(value) is not None
