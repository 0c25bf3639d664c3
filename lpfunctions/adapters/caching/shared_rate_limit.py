"""The rate limit of all processes that share a store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.adapters.caching.store_outages import StoreOutages

if TYPE_CHECKING:
    from lpfunctions.core.rate_limit import RateLimit
    from lpfunctions.ports import AsyncClock, AsyncSharedStore, Telemetry
    from lpfunctions.sending import RateLimiter

_PAUSE_SECONDS: Final = 5.0
"""How long the store is left alone after a failure, so that a slow one does not delay every call."""


class SharedRateLimiter:
    """Keep the calls of all processes to *limit*, in the order in which they ask.

    Args:
        limit: the limit, the same in every process.
        key: names the schedule.
        store: where it is kept.
        local: keeps the calls of this process to the limit while the store is out of order.
        clock: monotonic time.
        telemetry: told of failures of the store.
    """

    def __init__(
        self,
        limit: RateLimit,
        key: str,
        *,
        store: AsyncSharedStore,
        local: RateLimiter,
        clock: AsyncClock,
        telemetry: Telemetry,
    ) -> None:
        self._interval_seconds, self._burst = limit.interval_seconds, limit.burst
        self._key, self._held_key = key, f"{key}/held"
        self._store, self._local = store, local
        self._now = clock.monotonic
        self._outages = StoreOutages(telemetry, clock.monotonic)
        self._not_before = float("-inf")

    async def reserve(self, max_wait_seconds: float) -> float:
        """Return how long to wait before one request is sent; reserve nothing if that exceeds *max_wait_seconds*."""
        if self._now() >= self._not_before:
            try:
                wait_seconds = await self._store.reserve(
                    self._key,
                    interval_seconds=self._interval_seconds,
                    burst=self._burst,
                    longest_wait_seconds=max_wait_seconds,
                )
            except Exception as failure:  # noqa: BLE001 (a store never fails a call)
                self._failed(failure)
            else:
                self._outages.succeeded()
                return wait_seconds
        return await self._local.reserve(max_wait_seconds)

    async def is_held(self) -> bool:
        """Has the server asked a process for a pause that is not over?"""
        if self._now() >= self._not_before:
            try:
                return await self._store.get(self._held_key) is not None
            except Exception as failure:  # noqa: BLE001 (a store never fails a call)
                self._failed(failure)
        return await self._local.is_held()

    async def hold(self, seconds: float) -> None:
        """Let no request of any process go for *seconds*, as the server asked."""
        await self._local.hold(seconds)
        if seconds <= 0 or self._now() < self._not_before:
            return
        try:
            await self._store.postpone(
                self._key, interval_seconds=self._interval_seconds, burst=self._burst, seconds=seconds
            )
            await self._store.put(self._held_key, b"held", ttl_seconds=seconds)
        except Exception as failure:  # noqa: BLE001 (a store never fails a call)
            self._failed(failure)

    def _failed(self, failure: Exception) -> None:
        self._not_before = self._now() + _PAUSE_SECONDS
        self._outages.failed(failure)
