"""The system's time, blocking."""

from __future__ import annotations

import time

# CLOCK_BOOTTIME also counts while the machine is suspended: a token does not stay young in a sleeping laptop.
_MONOTONIC = getattr(time, "CLOCK_BOOTTIME", None)


class SystemClock:
    """The system's clocks and ``time.sleep``."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment; counts while the machine is suspended, where the system can."""
        return time.monotonic() if _MONOTONIC is None else time.clock_gettime(_MONOTONIC)

    def sleep(self, seconds: float) -> None:
        """Block the calling thread."""
        if seconds > 0:
            time.sleep(seconds)
