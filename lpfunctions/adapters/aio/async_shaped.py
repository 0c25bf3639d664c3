"""Give a user's auth strategy or resolver, whose methods may be plain or async, async methods."""

from __future__ import annotations

import asyncio
import inspect
import math
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSTimeoutError

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Phase


async def settled(_part: object, _method: str, result: Any, timeout_seconds: float, phase: Phase) -> Any:
    """Return the result of a user's method, awaited for *timeout_seconds* at most if it is awaitable."""
    if not inspect.isawaitable(result):
        return result
    limit = asyncio.timeout(None if timeout_seconds == math.inf else timeout_seconds)
    try:
        async with limit:
            return await result
    except TimeoutError:
        if not limit.expired():
            raise
    raise FaaSTimeoutError(f"the deadline passed while waiting for {phase}", phase=phase, delivered="no")
