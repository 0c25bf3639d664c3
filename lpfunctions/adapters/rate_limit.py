"""The rate limit of one client, in memory."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from lpfunctions.core.batches.schedule import postponed, reserved

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from lpfunctions.core.rate_limit import RateLimit
    from lpfunctions.ports import AsyncClock


class LocalRateLimiter:
    """Keep all calls of a client to *limit*.

    Its methods are coroutines that never suspend, so that one whose schedule lies in a `SharedStore` can take its
    place.

    Args:
        limit: the limit.
        clock: monotonic time.
        lock: gives what guards changes where several threads run; elsewhere a null context.
    """

    def __init__(self, limit: RateLimit, *, clock: AsyncClock, lock: Callable[[], AbstractContextManager[Any]]) -> None:
        self._limit = limit
        self._now = clock.monotonic
        self._lock = lock
        self._next_at = self._held_until = -math.inf

    async def reserve(self, max_wait_seconds: float) -> float:
        """Return how long to wait before one request is sent; reserve nothing if that exceeds *max_wait_seconds*."""
        limit, now = self._limit, self._now()
        with self._lock():
            wait_seconds, after = reserved(
                self._next_at, now, interval_seconds=limit.interval_seconds, burst=limit.burst
            )
            if wait_seconds <= max_wait_seconds:
                self._next_at = after
        return wait_seconds

    async def is_held(self) -> bool:
        """Has the server asked for a pause that is not over?"""
        return self._now() < self._held_until

    async def hold(self, seconds: float) -> None:
        """Let no request go for *seconds*, as the server asked."""
        limit, now = self._limit, self._now()
        with self._lock():
            self._held_until = max(self._held_until, now + seconds)
            self._next_at = postponed(
                self._next_at, now, interval_seconds=limit.interval_seconds, burst=limit.burst, seconds=seconds
            )
