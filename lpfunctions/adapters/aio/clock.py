"""The system's time, awaiting."""

from __future__ import annotations

import asyncio
import time

_MONOTONIC = getattr(time, "CLOCK_BOOTTIME", None)


class AsyncSystemClock:
    """The system's clocks and ``asyncio.sleep``."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment; counts while the machine is suspended, where the system can."""
        return time.monotonic() if _MONOTONIC is None else time.clock_gettime(_MONOTONIC)

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run meanwhile."""
        if seconds > 0:
            await asyncio.sleep(seconds)
