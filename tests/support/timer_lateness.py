"""How late is this machine by itself? A deadline can be kept no better than a plain timer beside it."""

from __future__ import annotations

import threading
import time
from typing import Self

_STEP_SECONDS = 0.005


class Yardstick:
    """Measures, while the ``with`` block lasts, by how much a thread that only sleeps wakes too late.

    Attributes:
        late_seconds: the worst so far.
    """

    def __init__(self) -> None:
        self.late_seconds = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._measure, name="yardstick", daemon=True)

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
            self.late_seconds = max(self.late_seconds, time.monotonic() - started - _STEP_SECONDS)
