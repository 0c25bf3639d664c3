"""How late is this machine by itself? A deadline can be kept no better than a plain timer beside it."""

from __future__ import annotations

import threading
import time
from typing import Final, Self

_STEP_SECONDS: Final = 0.005
_TIMER_SECONDS: Final = 0.002
"""What a timer of an idle machine may be late by; less than that is not counted."""

_HANDOVERS: Final = 3
"""A call passes from thread to thread a few times before its caller has it, and may wait each time."""


class MachineLateness:
    """Measures, while the ``with`` block lasts, how long a thread that only sleeps was kept waiting for the machine.

    Attributes:
        seconds: to be added to a bound on time: nothing on an idle machine, what others took on a busy one.
    """

    def __init__(self) -> None:
        self.seconds: float = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="machine-lateness", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._end.set()
        self._thread.join()

    def _measure(self) -> None:
        while not self._end.is_set():
            started = time.monotonic()
            time.sleep(_STEP_SECONDS)
            late = time.monotonic() - started - _STEP_SECONDS
            if late > _TIMER_SECONDS:
                self.seconds += late * _HANDOVERS
