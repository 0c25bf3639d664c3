"""The system's time, blocking."""

from __future__ import annotations

import time

from lpfunctions.adapters.system_time import SystemTime


class SystemClock(SystemTime):
    """The system's clocks and ``time.sleep``."""

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        if seconds > 0:
            time.sleep(seconds)
