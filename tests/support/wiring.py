"""Adapters as the composition root wires them, in memory, blocking and async."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lpfunctions.adapters.memory import AsyncManualClock, AsyncMemoryTransport, ManualClock, MemoryTransport
from lpfunctions.wiring import aio, blocking
from lpfunctions.wiring.options import sort

if TYPE_CHECKING:
    from lpfunctions.testing import FakePlatform
    from lpfunctions.wiring.build import AccountState


def blocking_state(platform: FakePlatform, **options: Any) -> AccountState:
    """Return the account's state of a `Client` of *platform*."""
    parts = {"transport": MemoryTransport(platform.handle), "clock": ManualClock(), **options}
    return blocking.build(*sort(platform.account_id, parts))[0]


def aio_state(platform: FakePlatform, **options: Any) -> AccountState:
    """Return the account's state of an `AsyncClient` of *platform*."""
    parts = {"transport": AsyncMemoryTransport(platform.handle_async), "clock": AsyncManualClock(), **options}
    return aio.build(*sort(platform.account_id, parts))[0]
