"""The options of a client that are plain values: each default in its one place, each value checked once."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, Final, cast

from lpfunctions.core.domains import (
    GATEWAY_SERVICE,
    TRUSTED_DOMAIN_SUFFIXES,
    UI_SERVICE,
    csds_host,
    is_host,
    is_loopback,
)
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.generations import Generation
from lpfunctions.core.redaction import quoted, redact_headers
from lpfunctions.core.retry import RetryPolicy
from lpfunctions.core.uris import PathTemplate, compile_template, segment

_ACCOUNT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")
_OUR_HEADERS: Final = frozenset({"authorization", "host", "content-length", "x-request-id", "dpop"})
_LONGEST_TIMEOUT_SECONDS: Final = 3600.0
_FLOAT_BITS: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """The configuration of a client. Frozen, comparable, and without a secret.

    The meaning of each option is told in the documentation of `Client`. Units are seconds unless a name says
    otherwise.

    Raises:
        FaaSConfigurationError: an option has a value that cannot work.
    """

    account_id: str
    gw_csds_service_name: str = GATEWAY_SERVICE
    ui_csds_service_name: str = UI_SERVICE
    api_version: str = "1"
    timeout: float = 35.0
    protocol: str = "https"
    allow_insecure: bool = False
    get_lambdas_uri: str = "api/account/{account_id}/lambdas/"
    get_functions_uri: str = "api/account/{account_id}/functions"
    invoke_uuid_uri: str = "api/account/{account_id}/lambdas/{lambda_uuid}/invoke"
    invoke_event_uri: str = "api/account/{account_id}/events/{event_id}/invoke"
    is_implemented_uri: str = "api/account/{account_id}/events/{event_id}/isImplemented"
    fail_on_error_status_code: bool = False
    csds_http_headers: Mapping[str, str] = field(default_factory=dict[str, str], hash=False)
    csds_ttl_seconds: float = 600.0
    csds_domain: str = ""
    jwt_refresh_after_minutes: float = 30.0
    is_implemented_cache_duration_in_seconds: float = 60.0
    platform_version: str | None = None
    trusted_domain_suffixes: tuple[str, ...] = TRUSTED_DOMAIN_SUFFIXES
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    max_response_bytes: int = 32 * 2**20
    max_connections: int = 100
    keepalive_seconds: float = 10.0
    proxy: str | None = None
    trust_env: bool = False
    http_spans: str = "own"

    def __post_init__(self) -> None:
        # Before the checks, because an iterator can be read only once.
        if isinstance(self.trusted_domain_suffixes, Iterable) and not isinstance(self.trusted_domain_suffixes, str):
            object.__setattr__(self, "trusted_domain_suffixes", tuple(self.trusted_domain_suffixes))
        for option, check in _CHECKS.items():
            check(option, getattr(self, option))
        # The one field whose default hangs on another.
        object.__setattr__(self, "csds_domain", self.csds_domain or csds_host(self.account_id))
        object.__setattr__(self, "csds_http_headers", MappingProxyType(dict(self.csds_http_headers)))

    @property
    def generation(self) -> Generation | None:
        """The platform version that was set, or None to judge by the gateway's host."""
        return None if self.platform_version is None else Generation(self.platform_version)

    def refuse_clear_text(self, host: str) -> None:
        """Refuse to send over plain http to *host* unless it is this machine or the user allowed it.

        Raises:
            FaaSConfigurationError: names the option that would allow it.
        """
        if self.protocol == "http" and not self.allow_insecure and not is_loopback(host):
            raise FaaSConfigurationError(
                f"protocol='http' would send credentials in clear text to {quoted(host)}; "
                "use 'https', or set allow_insecure=True if that network is safe"
            )

    def __repr__(self) -> str:
        shown = ", ".join(f"{option.name}={self._shown(option.name)}" for option in fields(self))
        return f"ClientConfig({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        state = {option.name: getattr(self, option.name) for option in fields(self)}
        return _rebuild, (state | {"csds_http_headers": dict(self.csds_http_headers)},)

    def _shown(self, option: str) -> str:
        value: object = getattr(self, option)
        if option == "csds_http_headers":
            return repr(redact_headers(self.csds_http_headers))
        if option == "proxy" and isinstance(value, str):
            return repr(re.sub(r"//[^@/]*@", "//[redacted]@", value))
        return repr(value)


def _rebuild(state: dict[str, Any]) -> ClientConfig:
    return ClientConfig(**state)


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The path of every operation, expanded for the account once."""

    invoke_uuid: PathTemplate
    invoke_event: PathTemplate
    is_implemented: PathTemplate
    get_lambdas: PathTemplate
    get_functions: PathTemplate

    @classmethod
    def of(cls, config: ClientConfig) -> Endpoints:
        """Compile the templates of *config*."""

        def compiled(option: str, free: str | None = None) -> PathTemplate:
            return compile_template(option, getattr(config, option), account_id=config.account_id, free=free)

        return cls(
            invoke_uuid=compiled("invoke_uuid_uri", "lambda_uuid"),
            invoke_event=compiled("invoke_event_uri", "event_id"),
            is_implemented=compiled("is_implemented_uri", "event_id"),
            get_lambdas=compiled("get_lambdas_uri"),
            get_functions=compiled("get_functions_uri"),
        )


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


def _check_number(option: str, value: object) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != value:  # noqa: PLR0124 (NaN)
        raise FaaSConfigurationError(f"{option} must be a number of seconds, not {value!r}")
    if isinstance(value, int) and value.bit_length() > _FLOAT_BITS:
        raise FaaSConfigurationError(f"{option} must be a number of seconds, not one of {value.bit_length()} bits")


def _check_from_zero(option: str, value: object) -> None:
    _check_number(option, value)
    if not 0 <= value < math.inf:  # type: ignore[operator]  # _check_number made sure that it is a number
        raise FaaSConfigurationError(f"{option} must be a number from 0, not {value!r}")


def check_count(option: str, value: object) -> None:
    """Refuse what is no whole number from 1."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise FaaSConfigurationError(f"{option} must be a whole number from 1, not {value!r}")


def _check_flag(option: str, value: object) -> None:
    if not isinstance(value, bool):
        raise FaaSConfigurationError(f"{option} must be True or False, not {value!r}")


def _check_account_id(option: str, value: object) -> None:
    if not isinstance(value, str) or not _ACCOUNT_ID.fullmatch(value):
        raise FaaSConfigurationError(
            f"{option} must be a str of 1 to 64 letters, digits, '_' or '-', not {quoted(value)}"
            + ("" if isinstance(value, str) else f" ({type(value).__name__})")
        )


def _check_text(option: str, value: object) -> None:
    segment(option, value)


def _check_template(option: str, value: object) -> None:
    if not isinstance(value, str):
        raise FaaSConfigurationError(f"{option} must be a str, not {type(value).__name__}")


def _check_one_of(*allowed: str | None) -> Callable[[str, object], None]:
    def check(option: str, value: object) -> None:
        if value not in allowed:
            known = " or ".join(repr(choice) for choice in allowed if choice is not None)
            raise FaaSConfigurationError(f"{option} must be {known}, not {quoted(value)}")

    return check


def _check_csds_domain(option: str, value: object) -> None:
    if not isinstance(value, str) or (value and not is_host(value)):
        raise FaaSConfigurationError(f"{option} must be 'host' or 'host:port' without a scheme, not {quoted(value)}")


def _check_headers(option: str, value: object) -> None:
    if not isinstance(value, Mapping):
        raise FaaSConfigurationError(f"{option} must be a mapping of str to str, not {type(value).__name__}")
    for name, content in cast("Mapping[object, object]", value).items():
        if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name) or name.lower() in _OUR_HEADERS:
            raise FaaSConfigurationError(f"{option} may not set {quoted(name)}")
        if not isinstance(content, str) or not _HEADER_VALUE.fullmatch(content):
            raise FaaSConfigurationError(f"{option} needs printable ASCII text for {quoted(name)}")


def _check_suffixes(option: str, value: object) -> None:
    if not isinstance(value, tuple):
        raise FaaSConfigurationError(f"{option} must be a list of suffixes such as '.example.com', not {quoted(value)}")
    for suffix in cast("tuple[object, ...]", value):
        if not isinstance(suffix, str) or not is_host(suffix.lstrip(".")):
            raise FaaSConfigurationError(f"{option} holds {quoted(suffix)}, which is no domain suffix")


def refuse_other(option: str, value: object, kind: type) -> None:
    """Refuse what is no *kind*, by name."""
    if not isinstance(value, kind):
        raise FaaSConfigurationError(f"{option} must hold {kind.__name__} objects, not {type(value).__name__}")


def check_retry(option: str, value: object) -> None:
    """Refuse what is no retry policy."""
    if not isinstance(value, RetryPolicy):
        raise FaaSConfigurationError(f"{option} must be a RetryPolicy, not {type(value).__name__}")


def _check_proxy(option: str, value: object) -> None:
    if value is not None and (not isinstance(value, str) or not re.fullmatch(r"https?://[^\s/]+/?", value)):
        raise FaaSConfigurationError(f"{option} must be a URL such as 'http://proxy.example:3128'")


_CHECKS: Final[Mapping[str, Callable[[str, object], None]]] = MappingProxyType(
    {
        "account_id": _check_account_id,
        "gw_csds_service_name": _check_text,
        "ui_csds_service_name": _check_text,
        "api_version": _check_text,
        "timeout": check_timeout,
        "protocol": _check_one_of("https", "http"),
        "allow_insecure": _check_flag,
        "get_lambdas_uri": _check_template,
        "get_functions_uri": _check_template,
        "invoke_uuid_uri": _check_template,
        "invoke_event_uri": _check_template,
        "is_implemented_uri": _check_template,
        "fail_on_error_status_code": _check_flag,
        "csds_http_headers": _check_headers,
        "csds_ttl_seconds": _check_from_zero,
        "csds_domain": _check_csds_domain,
        "jwt_refresh_after_minutes": _check_from_zero,
        "is_implemented_cache_duration_in_seconds": _check_from_zero,
        "platform_version": _check_one_of("v1", "v2", None),
        "trusted_domain_suffixes": _check_suffixes,
        "retry": check_retry,
        "max_response_bytes": check_count,
        "max_connections": check_count,
        "keepalive_seconds": _check_from_zero,
        "proxy": _check_proxy,
        "trust_env": _check_flag,
        "http_spans": _check_one_of("own", "off"),
    }
)
