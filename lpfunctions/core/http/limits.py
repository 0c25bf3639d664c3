"""What a transport may spend, with the defaults in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class TransportLimits:
    """Bounds that mean the same on every transport.

    Attributes:
        max_response_bytes: largest body accepted, after decoding.
        max_connections: connections per host; a call that finds all of them busy waits.
        keepalive_seconds: a pooled connection idle longer than this is dropped instead of used again, because a
            server that closes it at that very moment would leave us not knowing whether the function ran.
        connect_timeout_seconds: time to open a connection, within the deadline of the request: looking up the host,
            TCP to any of its addresses, a proxy's tunnel and the TLS handshake together. What ends there is a
            `FaaSConnectionError` with ``delivered="no"`` while the deadline is not over, else a `FaaSTimeoutError`
            of the phase ``connect``.
    """

    max_response_bytes: int = 32 * 2**20
    max_connections: int = 100
    keepalive_seconds: float = 10.0
    connect_timeout_seconds: float = 5.0


DEFAULT_LIMITS: Final = TransportLimits()
