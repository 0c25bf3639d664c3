"""Cache whether events are implemented; concurrent calls share one request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.errors import FaaSError, raise_again, without_frames

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractContextManager

    from lpfunctions.ports import AsyncClock, SingleFlight

ImplementedKey = tuple[str, str | None, str | None]
"""Event, skill, user: what the answer depends on."""

MAX_ENTRIES: Final = 10_000
"""Answers kept; the oldest go first."""


class ImplementedCache:
    """Positive and negative answers, each for *duration_seconds*; a failure is never kept.

    Concurrent calls with the same key share one request.

    All entries are kept equally long, so they expire in the order in which they were added.

    Args:
        duration_seconds: how long an answer is valid; 0 caches nothing.
        fetch_timeout_seconds: how long a request that several calls share may take.
        clock: monotonic time.
        new_flight: makes the single flight of one request.
        lock: gives what guards changes where several threads run; elsewhere a null context.
    """

    def __init__(
        self,
        duration_seconds: float,
        *,
        fetch_timeout_seconds: float,
        clock: AsyncClock,
        new_flight: Callable[[], SingleFlight],
        lock: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        self._duration_seconds = duration_seconds
        self._fetch_timeout_seconds = fetch_timeout_seconds
        self._now = clock.monotonic
        self._new_flight = new_flight
        self._lock = lock
        self._answers: dict[ImplementedKey, tuple[bool, float]] = {}
        self._flights: dict[ImplementedKey, SingleFlight] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def get(self, key: ImplementedKey) -> bool | None:
        """Return the answer, if one is cached and valid."""
        found = self._answers.get(key)
        return found[0] if found is not None and self._now() < found[1] else None

    async def get_or_fetch(
        self, key: ImplementedKey, fetch: Callable[[float], Coroutine[Any, Any, bool]], *, timeout_seconds: float
    ) -> bool:
        """Return the cached answer, or that of *fetch*, run once for all concurrent calls.

        Raises:
            TimeoutError: no answer came within *timeout_seconds*; the request goes on for the others.
        """
        if self._duration_seconds == 0:
            return await fetch(timeout_seconds)
        # The shared request must not end at the first caller's deadline: others may wait longer.
        fetch_timeout_seconds = max(timeout_seconds, self._fetch_timeout_seconds)
        with self._lock():
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = self._new_flight()

        async def fetch_and_keep() -> bool | FaaSError:
            try:
                # A call that comes just after a shared request has ended starts another; the answer may be cached.
                cached = self.get(key)
                return self._keep(key, await fetch(fetch_timeout_seconds)) if cached is None else cached
            except FaaSError as failure:
                # Each caller raises a copy. The frames of this one refer back to the flight that holds it: a cycle.
                return without_frames(failure)
            finally:
                with self._lock():
                    self._flights.pop(key, None)

        shared = await flight.join(fetch_and_keep, timeout_seconds=timeout_seconds)
        if isinstance(shared, FaaSError):
            raise_again(shared)
        return shared

    def _keep(self, key: ImplementedKey, answer: bool) -> bool:
        now = self._now()
        with self._lock():
            self._answers.pop(key, None)
            self._answers[key] = (answer, now + self._duration_seconds)
            while len(self._answers) > MAX_ENTRIES or next(iter(self._answers.values()))[1] <= now:
                del self._answers[next(iter(self._answers))]
        return answer
