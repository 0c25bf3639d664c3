"""Is an OpenTelemetry SDK there to listen? Asked on every call, so that the API alone costs next to nothing.

The API's proxies stand in for providers that may be set later. What stands behind one is not part of the API; if it
cannot be told, somebody is taken to listen: slower, never wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry import context, metrics, trace

from lpfunctions.adapters.telemetry.names import SCOPE

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.metrics import Instrument
    from opentelemetry.trace import Tracer

_PROXY_TRACER: Final = getattr(trace, "ProxyTracer", type(None))
_NO_OP_TRACER: Final = getattr(trace, "NoOpTracer", type(None))
_NO_OP_INSTRUMENTS: Final = (metrics.NoOpCounter, metrics.NoOpHistogram)
_UNKNOWN: Final = object()

_ALL_SUPPRESSED: Final[str] = getattr(context, "_SUPPRESS_INSTRUMENTATION_KEY", "")
_HTTP_SUPPRESSED: Final[str] = getattr(context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", "")
_OURS: Final = SCOPE  # what we suppress ourselves, while a request is sent, is told from the application's by its value
_SUPPRESSED_EARLIER: Final = "suppress_instrumentation"  # the key of earlier releases


def is_tracing(tracer: Tracer) -> bool:
    """Would a span of *tracer* reach anybody?"""
    if type(tracer) is _PROXY_TRACER:
        tracer = getattr(tracer, "_tracer", tracer)
    return type(tracer) is not _NO_OP_TRACER


def is_measuring(instrument: Instrument) -> bool:
    """Would a measurement of *instrument* reach anybody?"""
    # Proxies have the attribute, and it is None until a provider is set.
    return getattr(instrument, "_real_instrument", _UNKNOWN) is not None and type(instrument) not in _NO_OP_INSTRUMENTS


def is_suppressed(current: Context) -> bool:
    """Has the application switched instrumentation off for what it does in the context *current*?"""
    return current.get(_ALL_SUPPRESSED, _OURS) != _OURS or current.get(_SUPPRESSED_EARLIER, _OURS) != _OURS


def is_http_suppressed(current: Context) -> bool:
    """Has it switched that of HTTP requests off?"""
    return current.get(_HTTP_SUPPRESSED, _OURS) != _OURS


def suppression() -> dict[str, object]:
    """What the context of a request holds, so that instrumented HTTP libraries do not report it once more.

    The API has no public names for the keys, but they are what instrumentations import; older ones of aiohttp know
    only the general one. A key that is missing suppresses nothing.
    """
    return dict.fromkeys((key for key in (_HTTP_SUPPRESSED, _ALL_SUPPRESSED) if key), _OURS)
