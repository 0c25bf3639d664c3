"""What a transport may spend."""

from __future__ import annotations

from lpfunctions.core.config import ClientConfig
from lpfunctions.core.limits import TransportLimits


def test_the_defaults_are_those_of_a_client() -> None:
    limits, config = TransportLimits(), ClientConfig(account_id="123")
    assert limits.max_response_bytes == config.max_response_bytes
    assert limits.max_connections == config.max_connections
    assert limits.keepalive_seconds == config.keepalive_seconds
