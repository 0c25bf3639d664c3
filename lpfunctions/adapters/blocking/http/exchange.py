"""One request under way."""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Delivered, Phase


class DeadlinePassedError(Exception):
    """No time is left for what the exchange is waiting for."""


class Exchange:
    """One request under way: how long it may still take, and how far it has come.

    Attributes:
        phase: what the exchange is waiting for.
        delivered: may the server have seen the request?
        connect_timeout_seconds: the limit on connecting, once that has begun.
    """

    __slots__ = ("_end", "_until", "connect_timeout_seconds", "delivered", "phase")

    def __init__(self, timeout_seconds: float) -> None:
        self.phase: Phase = "pool"
        self.delivered: Delivered = "no"
        self.connect_timeout_seconds: float = math.inf
        # What no timer can count is no limit.
        endless = timeout_seconds > threading.TIMEOUT_MAX
        self._end = self._until = math.inf if endless else time.monotonic() + timeout_seconds

    def remaining(self) -> float | None:
        """Seconds that are left for the present phase, or None for no limit.

        Raises:
            DeadlinePassedError: none are.
        """
        if self._until == math.inf:
            return None
        left = self._until - time.monotonic()
        if left <= 0:
            raise DeadlinePassedError
        return left

    def remaining_of_all(self) -> float | None:
        """Seconds that are left for the whole exchange, or None for no limit."""
        return None if self._end == math.inf else max(self._end - time.monotonic(), 0.0)

    @property
    def is_over(self) -> bool:
        """Has the deadline of the whole exchange passed, and not only the limit on connecting?"""
        return time.monotonic() >= self._end

    def connecting(self, limit_seconds: float) -> None:
        """A place in the pool is had; opening a connection may take *limit_seconds*, within the deadline."""
        self.phase = "connect"
        self.connect_timeout_seconds = limit_seconds
        self._until = min(self._end, time.monotonic() + limit_seconds)

    def sending(self) -> None:
        """From here on the server may act on the request.

        Raises:
            DeadlinePassedError: no time is left to send anything, and nothing was sent.
        """
        self._until = self._end
        self.remaining()
        self.phase = "response"
        self.delivered = "unknown"
