"""What a transport may spend."""

from __future__ import annotations

import inspect

import pytest

from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.http.limits import DEFAULT_LIMITS, TransportLimits


def test_the_defaults() -> None:
    assert TransportLimits(32 * 2**20, 100, 10.0) == DEFAULT_LIMITS


@pytest.mark.parametrize("transport", [RequestsTransport, AiohttpTransport])
def test_a_transport_made_without_limits_has_the_defaults(transport: type) -> None:
    assert inspect.signature(transport).parameters["limits"].default is DEFAULT_LIMITS
