"""What an option or argument may be: each check refuses, by name, a value that cannot work.

Every public check takes the name and the value, and raises ``FaaSConfigurationError``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import Final, cast

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.request_headers import EXCHANGE_HEADERS, is_header_name, is_header_value
from lpfunctions.core.http.uris import segment
from lpfunctions.core.platform.hosts import is_host
from lpfunctions.core.rate_limit import RateLimit
from lpfunctions.core.redaction import quoted
from lpfunctions.core.retries.policy import RetryPolicy

Check = Callable[[str, object], None]

_PROXY_URL = re.compile(r"https?://[^\s/]+/?")
_ACCOUNT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_PRODUCT = r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}(?:/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64})?"
_PRODUCTS = re.compile(f"{_PRODUCT}(?: {_PRODUCT})*")
_LONGEST_SUFFIX: Final = 200
_OUR_HEADERS: Final = EXCHANGE_HEADERS | {"authorization", "dpop"}
_LONGEST_TIMEOUT_SECONDS: Final = 3600.0
_FLOAT_BITS: Final = 1000


def check_timeout(option: str, value: object) -> None:
    """Refuse a timeout that is no positive number of seconds, or looks like milliseconds."""
    _check_number(option, value)
    assert isinstance(value, (int, float))  # noqa: S101 (tells the type checker what _check_number made sure of)
    if value <= 0:
        raise FaaSConfigurationError(f"{option} must be more than 0 seconds, not {value!r}")
    if _LONGEST_TIMEOUT_SECONDS < value < math.inf:
        raise FaaSConfigurationError(
            f"{option} is in seconds, and {value!r} is more than an hour; float('inf') means no deadline"
        )


def check_from_zero(option: str, value: object) -> None:
    """Refuse what is no finite number from 0."""
    _check_number(option, value)
    if not 0 <= value < math.inf:  # type: ignore[operator]  # _check_number made sure that it is a number
        raise FaaSConfigurationError(f"{option} must be a number from 0, not {value!r}")


def check_count(option: str, value: object) -> None:
    """Refuse what is no whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FaaSConfigurationError(f"{option} must be a whole number from 1, not {value!r}")


def check_flag(option: str, value: object) -> None:
    """Refuse what is neither True nor False."""
    if not isinstance(value, bool):
        raise FaaSConfigurationError(f"{option} must be True or False, not {value!r}")


def check_account_id(option: str, value: object) -> None:
    """Refuse what is no account id."""
    if not isinstance(value, str) or not _ACCOUNT_ID.fullmatch(value):
        raise FaaSConfigurationError(
            f"{option} must be a str of 1 to 64 letters, digits, '_' or '-', not {quoted(value)}"
            + ("" if isinstance(value, str) else f" ({type(value).__name__})")
        )


def check_text(option: str, value: object) -> None:
    """Refuse a text that cannot be one segment of a path."""
    segment(option, value)


def check_template(option: str, value: object) -> None:
    """Refuse what is no text; its content is looked at when it is compiled, for the account."""
    if not isinstance(value, str):
        raise FaaSConfigurationError(f"{option} must be a str, not {type(value).__name__}")


def check_one_of(*allowed: str | None) -> Check:
    """Make a check that refuses what is none of *allowed*."""

    def check(option: str, value: object) -> None:
        if value not in allowed:
            known = " or ".join(repr(choice) for choice in allowed if choice is not None)
            raise FaaSConfigurationError(f"{option} must be {known}, not {quoted(value)}")

    return check


def check_csds_domain(option: str, value: object) -> None:
    """Refuse what is neither empty nor a bare host."""
    if not isinstance(value, str) or (value and not is_host(value)):
        raise FaaSConfigurationError(f"{option} must be 'host' or 'host:port' without a scheme, not {quoted(value)}")


def check_headers(option: str, value: object) -> None:
    """Refuse headers that cannot be sent, or are not the caller's to set."""
    if not isinstance(value, Mapping):
        raise FaaSConfigurationError(f"{option} must be a mapping of str to str, not {type(value).__name__}")
    for name, content in cast("Mapping[object, object]", value).items():
        if not is_header_name(name) or name.lower() in _OUR_HEADERS:
            raise FaaSConfigurationError(f"{option} may not set {quoted(name)}")
        if not is_header_value(content):
            raise FaaSConfigurationError(
                f"{option} needs printable ASCII text, neither empty nor padded, for {quoted(name)}"
            )


def check_user_agent_suffix(option: str, value: object) -> None:
    """Refuse what is neither empty nor a product as User-Agent names them (RFC 9110 section 10.1.5)."""
    if not isinstance(value, str) or not (value == "" or _PRODUCTS.fullmatch(value)) or len(value) > _LONGEST_SUFFIX:
        raise FaaSConfigurationError(f"{option} must be a product such as 'shop/1.4', not {quoted(value)}")


def check_suffixes(option: str, value: object) -> None:
    """Refuse what is no sequence of domain suffixes."""
    if not isinstance(value, tuple):
        raise FaaSConfigurationError(f"{option} must be a list of suffixes such as '.example.com', not {quoted(value)}")
    for suffix in cast("tuple[object, ...]", value):
        if not isinstance(suffix, str) or not is_host(suffix.lstrip(".")):
            raise FaaSConfigurationError(f"{option} holds {quoted(suffix)}, which is no domain suffix")


def check_type(option: str, value: object, kind: type) -> None:
    """Refuse what is no *kind*, by name."""
    if not isinstance(value, kind):
        raise FaaSConfigurationError(f"{option} must hold {kind.__name__} objects, not {type(value).__name__}")


def check_retry(option: str, value: object) -> None:
    """Refuse what is no retry policy."""
    if not isinstance(value, RetryPolicy):
        raise FaaSConfigurationError(f"{option} must be a RetryPolicy, not {type(value).__name__}")


def check_rate_limit(option: str, value: object) -> None:
    """Refuse what is neither None nor a rate limit."""
    if value is not None and not isinstance(value, RateLimit):
        raise FaaSConfigurationError(f"{option} must be RateLimit(per_second=…), not {quoted(value)}")


def check_proxy(option: str, value: object) -> None:
    """Refuse what is neither None nor the URL of a proxy."""
    if value is not None and (not isinstance(value, str) or not _PROXY_URL.fullmatch(value)):
        raise FaaSConfigurationError(f"{option} must be a URL such as 'http://proxy.example:3128'")


def _check_number(option: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124 (NaN)
        raise FaaSConfigurationError(f"{option} must be a number of seconds, not {value!r}")
    if isinstance(value, int) and value.bit_length() > _FLOAT_BITS:
        raise FaaSConfigurationError(f"{option} must be a number of seconds, not one of {value.bit_length()} bits")
