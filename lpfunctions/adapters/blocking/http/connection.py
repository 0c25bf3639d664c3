"""One connection, for one exchange after the other."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from lpfunctions.adapters.blocking.http.connecting.opening import open_channel
from lpfunctions.adapters.blocking.http.request_bytes import head_of
from lpfunctions.adapters.blocking.http.response_bytes import read_body, read_head
from lpfunctions.core.http.messages import HttpResponse

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from lpfunctions.adapters.blocking.http.channel import Channel
    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.adapters.blocking.http.routes import Route
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest

_PACKED_BYTES = 64 * 1024
"""A body up to this size travels in one packet with its head."""


class Connection:
    """A connection over *route*: opened when it is first needed, and again when it is fit for nothing more.

    Attributes:
        is_reusable: did the last exchange end so that another one may follow?
        idle_since: when that was, on the monotonic clock.
    """

    __slots__ = ("_channel", "_context", "_limits", "_route", "idle_since", "is_reusable")

    def __init__(self, route: Route, limits: TransportLimits, context: Callable[[], ssl.SSLContext]) -> None:
        self._route = route
        self._limits = limits
        self._context = context
        self._channel: Channel | None = None
        self.is_reusable: bool = False
        self.idle_since: float = 0.0

    def send(self, request: HttpRequest, target: str, exchange: Exchange) -> HttpResponse:
        """Send *request* to *target* and return the whole response."""
        request_head, content = head_of(request, self._route, target), request.content or b""
        exchange.connecting(self._limits.connect_timeout_seconds)
        channel = self._ready_channel(exchange)
        self.is_reusable = False
        exchange.sending()
        if len(content) <= _PACKED_BYTES:
            request_head, content = request_head + content, b""
        is_taken = channel.send(request_head) and channel.send(content)
        head = read_head(channel, request.method)
        body = read_body(channel, head, self._limits.max_response_bytes)
        self.is_reusable = is_taken and not head.is_last and channel.is_drained
        self.idle_since = time.monotonic()
        return HttpResponse(head.status, head.reason, head.headers, body, head.http_version, channel.peer)

    def is_stale(self, now: float) -> bool:
        """Has the connection been idle for too long?"""
        return now - self.idle_since > self._limits.keepalive_seconds

    def close(self) -> None:
        """Close; safe to call twice, and from a forked child."""
        self.is_reusable = False
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()

    def _ready_channel(self, exchange: Exchange) -> Channel:
        channel = self._channel
        if channel is not None and not self.is_stale(time.monotonic()) and channel.is_quiet:
            channel.exchange = exchange
            return channel
        self.close()
        self._channel = channel = open_channel(self._route, self._context, exchange)
        return channel
