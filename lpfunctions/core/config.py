"""The options of a client that are plain values: each default in its one place, each with its check."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypedDict, TypeVar

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.limits import DEFAULT_LIMITS
from lpfunctions.core.http.request_headers import USER_AGENT, overlaid
from lpfunctions.core.operation_table import TEMPLATES
from lpfunctions.core.platform.hosts import GATEWAY_SERVICE, TRUSTED_DOMAIN_SUFFIXES, UI_SERVICE, csds_host, is_loopback
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.redaction import REDACTED, quoted
from lpfunctions.core.retries.policy import RetryPolicy
from lpfunctions.core.validation import (
    check_account_id,
    check_count,
    check_csds_domain,
    check_flag,
    check_from_zero,
    check_headers,
    check_one_of,
    check_proxy,
    check_rate_limit,
    check_retry,
    check_suffixes,
    check_template,
    check_text,
    check_timeout,
    check_user_agent_suffix,
)

if TYPE_CHECKING:
    from lpfunctions.core.rate_limit import RateLimit
    from lpfunctions.core.validation import Check

_USER_OF_URL = re.compile(r"//[^@/]*@")

_Value = TypeVar("_Value")

_HEADER_OPTIONS: Final = ("csds_http_headers", "default_headers")


def _option(default: _Value, check: Check) -> _Value:
    return field(default=default, metadata={"check": check})


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientConfig:
    """The configuration of a client. Frozen, comparable, and without a secret.

    The meaning of each option is told in the documentation of `Client`. Units are seconds unless a name says
    otherwise.

    Raises:
        FaaSConfigurationError: an option has a value that cannot work.
    """

    account_id: str = field(metadata={"check": check_account_id})
    gw_csds_service_name: str = _option(GATEWAY_SERVICE, check_text)
    ui_csds_service_name: str = _option(UI_SERVICE, check_text)
    api_version: str = _option("1", check_text)
    timeout: float = _option(35.0, check_timeout)
    protocol: str = _option("https", check_one_of("https", "http"))
    allow_insecure: bool = _option(False, check_flag)
    get_lambdas_uri: str = _option(TEMPLATES["get_lambdas_uri"].path, check_template)
    get_functions_uri: str = _option(TEMPLATES["get_functions_uri"].path, check_template)
    invoke_uuid_uri: str = _option(TEMPLATES["invoke_uuid_uri"].path, check_template)
    invoke_event_uri: str = _option(TEMPLATES["invoke_event_uri"].path, check_template)
    is_implemented_uri: str = _option(TEMPLATES["is_implemented_uri"].path, check_template)
    fail_on_error_status_code: bool = _option(False, check_flag)
    csds_http_headers: Mapping[str, str] = field(
        default_factory=dict[str, str], hash=False, metadata={"check": check_headers}
    )
    csds_ttl_seconds: float = _option(600.0, check_from_zero)
    csds_domain: str = _option("", check_csds_domain)
    jwt_refresh_after_minutes: float = _option(30.0, check_from_zero)
    is_implemented_cache_duration_in_seconds: float = _option(60.0, check_from_zero)
    platform_version: str | None = _option(None, check_one_of("v1", "v2", None))
    trusted_domain_suffixes: tuple[str, ...] = _option(TRUSTED_DOMAIN_SUFFIXES, check_suffixes)
    retry: RetryPolicy = field(default_factory=RetryPolicy, metadata={"check": check_retry})
    rate_limit: RateLimit | None = field(default=None, metadata={"check": check_rate_limit})
    max_response_bytes: int = _option(DEFAULT_LIMITS.max_response_bytes, check_count)
    max_connections: int = _option(DEFAULT_LIMITS.max_connections, check_count)
    keepalive_seconds: float = _option(DEFAULT_LIMITS.keepalive_seconds, check_from_zero)
    connect_timeout: float = _option(DEFAULT_LIMITS.connect_timeout_seconds, check_timeout)
    proxy: str | None = _option(None, check_proxy)
    trust_env: bool = _option(False, check_flag)
    http_spans: str = _option("own", check_one_of("own", "off"))
    default_headers: Mapping[str, str] = field(
        default_factory=dict[str, str], hash=False, metadata={"check": check_headers}
    )
    user_agent_suffix: str = _option("", check_user_agent_suffix)

    def __post_init__(self) -> None:
        # Before the checks, because an iterator can be read only once.
        if isinstance(self.trusted_domain_suffixes, Iterable) and not isinstance(self.trusted_domain_suffixes, str):
            object.__setattr__(self, "trusted_domain_suffixes", tuple(self.trusted_domain_suffixes))
        for option in fields(self):
            option.metadata["check"](option.name, getattr(self, option.name))
        # The one field whose default hangs on another.
        object.__setattr__(self, "csds_domain", self.csds_domain or csds_host(self.account_id))
        for name in _HEADER_OPTIONS:
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def generation(self) -> PlatformVersion | None:
        """The former name of `platform_version`; it will be gone in version 2."""
        warnings.warn("ClientConfig.generation is now platform_version", DeprecationWarning, stacklevel=2)
        return None if self.platform_version is None else PlatformVersion(self.platform_version)

    def for_account(self, account_id: str) -> ClientConfig:
        """The same options for another account; the Domain API's host by that account, unless it was set."""
        is_by_account = self.csds_domain == csds_host(self.account_id)
        return replace(self, account_id=account_id, csds_domain="" if is_by_account else self.csds_domain)

    def headers(self, ours: Mapping[str, str]) -> dict[str, str]:
        """The headers of a request: the default headers, and over them *ours*, User-Agent included."""
        user_agent = f"{USER_AGENT} {self.user_agent_suffix}".rstrip()
        return overlaid(self.default_headers, {**ours, "User-Agent": user_agent})

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
        return _rebuild, (state | {name: dict(state[name]) for name in _HEADER_OPTIONS},)

    def _shown(self, option: str) -> str:
        value: object = getattr(self, option)
        if option in _HEADER_OPTIONS:
            return repr(dict.fromkeys(getattr(self, option), REDACTED))
        if option == "proxy" and isinstance(value, str):
            return repr(_USER_OF_URL.sub("//[redacted]@", value))
        return repr(value)


def _rebuild(state: dict[str, Any]) -> ClientConfig:
    return ClientConfig(**state)


class ValuesOfACopy(TypedDict, total=False):
    """The options above that ``with_options`` may change, because a copy of a client has them for itself."""

    gw_csds_service_name: str | None
    ui_csds_service_name: str | None
    api_version: str | None
    timeout: float | None
    get_lambdas_uri: str | None
    get_functions_uri: str | None
    invoke_uuid_uri: str | None
    invoke_event_uri: str | None
    is_implemented_uri: str | None
    fail_on_error_status_code: bool | None
    platform_version: str | None
    retry: RetryPolicy | None
    default_headers: Mapping[str, str] | None
    user_agent_suffix: str | None


class SharedValues(TypedDict, total=False):
    """The others, which a client shares with its copies."""

    protocol: str | None
    allow_insecure: bool | None
    csds_http_headers: Mapping[str, str] | None
    csds_ttl_seconds: float | None
    csds_domain: str | None
    jwt_refresh_after_minutes: float | None
    is_implemented_cache_duration_in_seconds: float | None
    trusted_domain_suffixes: Sequence[str] | None
    rate_limit: RateLimit | None
    max_response_bytes: int | None
    max_connections: int | None
    keepalive_seconds: float | None
    connect_timeout: float | None
    proxy: str | None
    trust_env: bool | None
    http_spans: str | None
