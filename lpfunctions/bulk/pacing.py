"""A steady rate of starts, and a wait that a stop ends.

The client's own `RateLimit` waits when a call has begun: its record would be noted as started, and would be unknown
after a kill, though nothing was sent. So the records are spaced before they are noted.
"""

from __future__ import annotations

import asyncio
import time


class Pace:
    """Let at most *per_second* calls start each second, evenly; None for no limit."""

    def __init__(self, per_second: float | None) -> None:
        self._interval_seconds = 0.0 if per_second is None else 1.0 / per_second
        self._next = 0.0

    async def wait(self, stop: asyncio.Event) -> None:
        """Return when the next call may start, or when *stop* is set."""
        if self._interval_seconds == 0.0:
            return
        now = time.monotonic()
        at = max(self._next, now)
        self._next = at + self._interval_seconds
        if at > now:
            await _wait(stop, at - now)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        pass
