"""The OpenTelemetry metrics of a client, one set per meter provider, however many clients there are.

Attributes are few and take few values: no account, function, event, skill or user. They are kept from call to call,
so that a warm call builds none.
"""

from __future__ import annotations

import weakref
from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

from opentelemetry import metrics

from lpfunctions._version import __version__
from lpfunctions.adapters.telemetry import names

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from opentelemetry.metrics import CallbackOptions, Histogram, MeterProvider, Observation
    from opentelemetry.metrics import Counter as MetricCounter

    from lpfunctions.core.auth.authorization import AuthState
    from lpfunctions.core.telemetry import ObservedOperation

Attributes = dict[str, str | int | bool]


class TokenHolder(Protocol):
    """An `AuthStrategy` that can tell how its token is doing."""

    def auth_state(self) -> AuthState | None:
        """How it is doing, without the token; None if there is nothing to tell."""
        ...


class Instruments:
    """What is measured.

    Attributes:
        under_way: operations that have begun and not ended; adding and discarding is one step, for threads too.
        operation_duration: seconds from the start of an operation to its end.
        attempts: requests sent, discovery and tokens included.
        http_duration: seconds that one request took.
        cache_lookups: questions to the cache of ``is_implemented``.
        retries_denied: repeatable outcomes that were not repeated.
    """

    def __init__(self, provider: MeterProvider | None) -> None:
        meter = metrics.get_meter(names.SCOPE, __version__, provider, names.SCHEMA_URL)
        self.under_way: set[ObservedOperation] = set()
        self.operation_duration: Histogram = meter.create_histogram(
            names.OPERATION_DURATION,
            "s",
            "Duration of operations, all attempts and pauses included.",
            explicit_bucket_boundaries_advisory=names.OPERATION_BUCKETS_SECONDS,
        )
        self.http_duration: Histogram = meter.create_histogram(
            names.HTTP_DURATION,
            "s",
            "Duration of HTTP client requests.",
            explicit_bucket_boundaries_advisory=names.HTTP_BUCKETS_SECONDS,
        )
        self.attempts: MetricCounter = meter.create_counter(names.ATTEMPTS, "{attempt}", "Requests sent.")
        self.cache_lookups: MetricCounter = meter.create_counter(
            names.CACHE_LOOKUPS, "{lookup}", "Questions to a cache."
        )
        self.retries_denied: MetricCounter = meter.create_counter(
            names.RETRIES_DENIED, "{retry}", "Repeatable outcomes that were not repeated."
        )
        meter.create_observable_up_down_counter(
            names.INFLIGHT, [self._observe_inflight], "{operation}", "Operations under way."
        )
        self._token_holders: set[weakref.ref[TokenHolder]] = set()
        meter.create_observable_gauge(
            names.TOKEN_AGE, [self._observe_tokens], "s", "Age of the oldest access token in use."
        )

    def _observe_inflight(self, _options: CallbackOptions) -> Iterable[Observation]:
        counts = Counter(operation.spec.name for operation in list(self.under_way))
        return [metrics.Observation(counts[kind], {names.OPERATION: kind}) for kind in names.SPANS]

    def watch_token(self, holder: TokenHolder) -> None:
        """Report the age of *holder*'s token, as long as somebody else holds on to it."""
        self._token_holders.add(weakref.ref(holder, self._token_holders.discard))

    def _observe_tokens(self, _options: CallbackOptions) -> Iterable[Observation]:
        holders = [holder for reference in list(self._token_holders) if (holder := reference()) is not None]
        states = [state for holder in holders if (state := holder.auth_state()) is not None]
        ages = [state.age_seconds for state in states if state.age_seconds is not None]
        return [metrics.Observation(max(ages))] if ages else []


_by_provider: Final[weakref.WeakKeyDictionary[MeterProvider, Instruments]] = weakref.WeakKeyDictionary()
_global: Final[list[Instruments]] = []


def instruments_of(provider: MeterProvider | None) -> Instruments:
    """The instruments at *provider*, or at the global one, which may also be set later."""
    if provider is None:
        if not _global:
            _global.append(Instruments(None))
        return _global[0]
    found = _by_provider.get(provider)
    if found is None:
        found = _by_provider[provider] = Instruments(provider)
    return found


@lru_cache(maxsize=64)
def operation_attributes(operation: str, error_type: str | None, from_cache: bool) -> Mapping[str, str | bool]:
    """Attributes of a finished operation."""
    attributes: dict[str, str | bool] = {names.OPERATION: operation}
    if error_type is not None:
        attributes[names.ERROR_TYPE] = error_type
    if from_cache:
        attributes[names.FROM_CACHE] = True
    return attributes


@lru_cache(maxsize=1024)
def attempt_attributes(
    purpose: str, is_resend: bool, status: int | None, error: str | None, delivered: str
) -> Attributes:
    """Attributes of one attempt, seen as part of an operation."""
    attributes: Attributes = {names.OPERATION: purpose, names.RESEND: is_resend, names.DELIVERED: delivered}
    return attributes | outcome_attributes(status, error)


@lru_cache(maxsize=1024)
def http_attributes(method: str, scheme: str, host: str, status: int | None, error: str | None) -> Attributes:
    """Attributes of one attempt, seen as an HTTP request."""
    address, port = server(scheme, host)
    attributes: Attributes = {
        names.HTTP_METHOD: method,
        names.URL_SCHEME: scheme,
        names.SERVER_ADDRESS: address,
        names.SERVER_PORT: port,
    }
    return attributes | outcome_attributes(status, error)


@lru_cache(maxsize=256)
def server(scheme: str, host: str) -> tuple[str, int]:
    """Address and port of ``host[:port]``."""
    address, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        return address.strip("[]"), int(port)
    return host.strip("[]"), 443 if scheme == "https" else 80


def outcome_attributes(status: int | None, error: str | None) -> Attributes:
    """What became of an attempt, in the words of the conventions."""
    outcome: Attributes = {} if status is None else {names.HTTP_STATUS: status}
    if error is not None:
        return outcome | {names.ERROR_TYPE: error}
    if status is not None and status >= 400:
        return outcome | {names.ERROR_TYPE: str(status)}
    return outcome
