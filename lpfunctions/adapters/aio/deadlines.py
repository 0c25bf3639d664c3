"""Deadlines for many tasks on one timer.

``asyncio.timeout`` sets a timer for each call and cancels it again, which was measured at 8 % of a whole request. Here
a call costs an entry in a set, and the one timer fires at the earliest deadline.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType


class Deadlines:
    """The deadlines of one event loop.

    Attributes:
        loop: that event loop.
        open: those that are watched. Removing one leaves the timer as it is: firing in vain now and then costs less
            than setting it each time.
    """

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop = asyncio.get_running_loop()
        self.open: set[Deadline] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._fires_at = math.inf  # uvloop gives no TimerHandle, to be asked `when`, for what is due at once

    def after(self, seconds: float) -> Deadline:
        """Return a context manager that cancels the running task after *seconds*, and then raises `TimeoutError`."""
        return Deadline(self, self.loop.time() + seconds)

    def stop_timer(self) -> None:
        """Stop the timer, unless a deadline is open."""
        if self._timer is not None and not self.open:
            self._timer.cancel()
            self._timer, self._fires_at = None, math.inf

    def watch(self, deadline: Deadline) -> None:
        """Expire *deadline* when its time comes."""
        self.open.add(deadline)
        if deadline.when < self._fires_at:
            self._set_timer(deadline.when)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._fires_at = self.loop.call_at(when, self._fire), when

    def _fire(self) -> None:
        self._timer, self._fires_at = None, math.inf
        now = self.loop.time()
        for deadline in [deadline for deadline in self.open if deadline.when <= now]:
            self.open.discard(deadline)
            deadline.expire()
        if self.open:
            self._set_timer(min(deadline.when for deadline in self.open))


class Deadline:
    """A deadline of one task, as ``asyncio.timeout`` gives, watched by `Deadlines`.

    Attributes:
        when: the time on the clock of the event loop, in seconds.
    """

    __slots__ = ("_cancelling", "_deadlines", "_expired", "_task", "when")

    def __init__(self, deadlines: Deadlines, when: float) -> None:
        self.when: float = when
        self._deadlines = deadlines
        self._expired = False

    def expire(self) -> None:
        """Cancel the task."""
        self._expired = True
        self._task.cancel()

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline needs a task that it can cancel")
        self._task = task
        self._cancelling = task.cancelling()
        if self.when < math.inf:
            self._deadlines.watch(self)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._deadlines.open.discard(self)
        # As in asyncio.timeout: a cancellation from elsewhere, at the same time, must propagate.
        if self._expired and self._task.uncancel() <= self._cancelling and isinstance(error, asyncio.CancelledError):
            raise TimeoutError


def is_cancelled() -> bool:
    """Return whether the running task was cancelled; if not, a `CancelledError` means that what it awaited was."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0
