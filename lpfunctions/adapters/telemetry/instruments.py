"""The OpenTelemetry metrics of a client, one set per meter provider, however many clients there are."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Final

from opentelemetry import metrics

from lpfunctions._version import __version__
from lpfunctions.adapters.telemetry import names
from lpfunctions.adapters.telemetry.gauges import Gauges

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, MeterProvider


class Instruments:
    """What is measured.

    Attributes:
        gauges: what is read when somebody looks.
        operation_duration: seconds from the start of an operation to its end.
        attempts: requests sent, discovery and tokens included.
        http_duration: seconds that one request took.
        cache_lookups: questions to the cache of ``is_implemented``.
        retries_denied: repeatable outcomes that were not repeated.
        rate_limit_waits: seconds that a request was held back by the rate limit.
    """

    def __init__(self, provider: MeterProvider | None) -> None:
        meter = metrics.get_meter(names.SCOPE, __version__, provider, names.SCHEMA_URL)
        self.gauges: Gauges = Gauges(meter)
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
        self.attempts: Counter = meter.create_counter(names.ATTEMPTS, "{attempt}", "Requests sent.")
        self.cache_lookups: Counter = meter.create_counter(names.CACHE_LOOKUPS, "{lookup}", "Questions to a cache.")
        self.retries_denied: Counter = meter.create_counter(
            names.RETRIES_DENIED, "{retry}", "Repeatable outcomes that were not repeated."
        )
        self.rate_limit_waits: Histogram = meter.create_histogram(
            names.RATE_LIMIT_WAIT,
            "s",
            "Time for which a request was held back by the rate limit.",
            explicit_bucket_boundaries_advisory=names.OPERATION_BUCKETS_SECONDS,
        )


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
