"""How late is this machine by itself? A deadline can be kept no better than a plain timer beside it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from types import TracebackType

_STEP_SECONDS: Final = 0.005
_WORTH_NOTING_SECONDS: Final = 0.01

# In a process of its own, so that work of ours that holds the interpreter does not excuse itself. Linux and macOS give
# all processes the same monotonic clock.
_PROGRAM: Final = f"""
import select, sys, time
while not select.select([sys.stdin], [], [], 0)[0]:
    began = time.monotonic()
    time.sleep({_STEP_SECONDS})
    late = time.monotonic() - began - {_STEP_SECONDS}
    if late > {_WORTH_NOTING_SECONDS}:
        print(began, late, flush=True)
"""


class TimerLateness:
    """Notes, while the ``with`` block lasts, when a process that only sleeps woke too late, and by how much."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", "-c", _PROGRAM], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._noted: list[tuple[float, float]] = []

    def between(self, began: float, ended: float) -> float:
        """How much time a timer lost from *began* to *ended*, on the monotonic clock; after the block only."""
        return sum(late for at, late in self._noted if at < ended and at + late + _STEP_SECONDS > began)

    @property
    def worst(self) -> float:
        """How late a timer was at most; after the block only."""
        return max((late for _, late in self._noted), default=0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        output, _ = self._process.communicate("stop\n")
        pairs = (line.split() for line in output.splitlines())
        self._noted = [(float(at), float(late)) for at, late in pairs]
