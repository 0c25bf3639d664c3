"""How late timers of this machine are: a deadline can be kept no better than a plain timer."""

from __future__ import annotations

import threading
import time
from typing import Final, Self

_STEP_SECONDS: Final = 0.005
_TIMER_SECONDS: Final = 0.002
"""How late a timer of an idle machine may be; less than that is not counted."""

_HANDOVERS: Final = 3
"""How often a call passes from thread to thread before its caller has the result; each may wait."""


class MachineLateness:
    """Measures, while the ``with`` block lasts, how long a thread that only sleeps was kept waiting for the machine.

    Attributes:
        seconds: to be added to a bound on time; 0 on an idle machine.
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
