"""One deadline over everything a call does: arithmetic on the monotonic clock."""

from __future__ import annotations

from typing import NamedTuple, Self

RUNNING_TIME_SECONDS = 30.0
"""The platform ends a function after this long. Source: limitations pages, V1 and V2."""


def in_words(seconds: float) -> str:
    """*seconds* for a message: what is left of 0.1 s after a moment's work still reads ``0.1 s``."""
    return f"{round(seconds, 2) or seconds:g} s"


class Deadline(NamedTuple):
    """The moment at which a call ends.

    Attributes:
        at: that moment on the monotonic clock; ``inf`` for never.
        timeout_seconds: the time that the call was given.
    """

    at: float
    timeout_seconds: float

    @classmethod
    def after(cls, timeout_seconds: float, now: float) -> Self:
        """The deadline *timeout_seconds* from *now*."""
        return cls(now + timeout_seconds, timeout_seconds)

    def remaining(self, now: float) -> float:
        """Seconds left; never negative."""
        return max(self.at - now, 0.0)

    def leaves_time_to_run_again(self, now: float) -> bool:
        """Is there time for a function to run once more? Less would trade a clear error for an unknown outcome."""
        return self.remaining(now) >= min(RUNNING_TIME_SECONDS, self.timeout_seconds / 2)
