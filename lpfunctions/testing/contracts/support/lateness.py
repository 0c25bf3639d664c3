"""How late this machine is by itself: no deadline is kept better than a plain timer, nor while threads wait to run."""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

_STEP_SECONDS: Final = 0.005
_TIMER_SECONDS: Final = 0.002
"""How late a timer of an idle machine may be; less than that is not counted."""

_HANDOVERS: Final = 3
"""How often a call passes from thread to thread before its caller has the result; each may wait."""

_THREADS: Final = Path("/proc/self/task")


def waited_seconds() -> float:
    """How long the threads of this process have waited for a processor so far; 0 where the system does not say.

    Source: Linux, Documentation/scheduler/sched-stats.rst, the second number of ``/proc/<pid>/schedstat``.
    """
    waited = 0
    with suppress(OSError):
        for thread in _THREADS.iterdir():
            with suppress(OSError):  # it may have ended
                waited += int((thread / "schedstat").read_text().split()[1])
    return waited / 1e9


class MachineLateness:
    """Measures, while the ``with`` block lasts, how long the machine kept this process waiting.

    The greater of two measures counts: how late a thread that only sleeps wakes, and how long the threads of this
    process waited for a processor.
    """

    def __init__(self) -> None:
        self._timer_seconds = 0.0
        self._waited_before_seconds = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="machine-lateness", daemon=True)

    @property
    def seconds(self) -> float:
        """To be added to a bound on time; about 0 on an idle machine."""
        return max(self._timer_seconds, waited_seconds() - self._waited_before_seconds)

    def __enter__(self) -> Self:
        self._waited_before_seconds = waited_seconds()
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
                self._timer_seconds += late * _HANDOVERS
