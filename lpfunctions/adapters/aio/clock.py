"""The system's time, with an async ``sleep``."""

from __future__ import annotations

import asyncio

from lpfunctions.adapters.system_time import SystemTime


class AsyncSystemClock(SystemTime):
    """The system's clocks and ``asyncio.sleep``."""

    async def sleep(self, seconds: float) -> None:
        """Wait *seconds*; other tasks run meanwhile."""
        if seconds > 0:
            await asyncio.sleep(seconds)
