"""Adapters as the composition root wires them, in memory, blocking and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lpfunctions.adapters.memory import AsyncManualClock, AsyncMemoryTransport, ManualClock, MemoryTransport
from lpfunctions.wiring import aio, blocking
from lpfunctions.wiring.options import sort

if TYPE_CHECKING:
    from lpfunctions.testing import FakePlatform
    from lpfunctions.wiring.build import Foundation


def blocking_foundation(platform: FakePlatform, **options: Any) -> Foundation:
    """Return the shared state of a `Client` of *platform*."""
    parts = {"transport": MemoryTransport(platform.handle), "clock": ManualClock(), **options}
    return blocking.lay(*sort(platform.account_id, parts))[0]


def aio_foundation(platform: FakePlatform, **options: Any) -> Foundation:
    """Return the shared state of an `AsyncClient` of *platform*."""
    parts = {"transport": AsyncMemoryTransport(platform.handle_async), "clock": AsyncManualClock(), **options}
    return aio.lay(*sort(platform.account_id, parts))[0]
