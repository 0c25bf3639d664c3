"""Is an OpenTelemetry SDK there to listen? Asked on every call, so that the API alone costs next to nothing.

The API's proxies stand in for providers that may be set later. What stands behind one is not part of the API; if it
cannot be told, somebody is taken to listen: slower, never wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from opentelemetry import metrics, trace
from opentelemetry.context import create_key

if TYPE_CHECKING:
    from opentelemetry.metrics import Instrument
    from opentelemetry.trace import Tracer

_PROXY_TRACER: Final = getattr(trace, "ProxyTracer", type(None))
_NO_OP_TRACER: Final = getattr(trace, "NoOpTracer", type(None))
_NO_OP_INSTRUMENTS: Final = (metrics.NoOpCounter, metrics.NoOpHistogram)
_UNKNOWN: Final = object()


def is_tracing(tracer: Tracer) -> bool:
    """Would a span of *tracer* reach anybody?"""
    if type(tracer) is _PROXY_TRACER:
        tracer = getattr(tracer, "_tracer", tracer)
    return type(tracer) is not _NO_OP_TRACER


def is_measuring(instrument: Instrument) -> bool:
    """Would a measurement of *instrument* reach anybody?"""
    # Proxies have the attribute, and it is None until a provider is set.
    return getattr(instrument, "_real_instrument", _UNKNOWN) is not None and type(instrument) not in _NO_OP_INSTRUMENTS


def suppression_key() -> str:
    """The key under which the installed instrumentations look for "do not report this HTTP request"."""
    from opentelemetry import context

    # The API has no public name for it; instrumentations import this one. Without it nothing is suppressed.
    key: str = getattr(context, "_SUPPRESS_HTTP_INSTRUMENTATION_KEY", create_key("lpfunctions"))
    return key
