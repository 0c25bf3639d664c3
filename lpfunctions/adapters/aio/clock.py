"""The system's time, awaiting."""

from __future__ import annotations

import asyncio

from lpfunctions.adapters.system_time import SystemTime


class AsyncSystemClock(SystemTime):
    """The system's clocks and ``asyncio.sleep``."""

    async def sleep(self, seconds: float) -> None:
        """Let other tasks run meanwhile."""
        if seconds > 0:
            await asyncio.sleep(seconds)
