"""The time of the system, told the same way to both modes."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Final

_MONOTONIC: Final[Callable[[], float]] = (
    partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
)


class SystemTime:
    """The system's clocks, without a way to wait."""

    # Seconds since the epoch, by the wall clock.
    now: staticmethod[[], float] = staticmethod(time.time)

    # Seconds since some fixed moment; counts while the machine is suspended, where the system can: a token does not
    # stay young in a sleeping laptop. A C function, not a method around one: every call asks six times.
    monotonic: staticmethod[[], float] = staticmethod(_MONOTONIC)
