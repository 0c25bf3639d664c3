"""Fetch a value once for all processes that share a store.

A process that finds no valid value acquires the lease of its key and fetches; the others look again until the value is
there, or the lease is free. Nothing that a store does ends a call: after a failure a process fetches for itself.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final, TypeVar

from lpfunctions.adapters.caching.store_outages import StoreOutages
from lpfunctions.core.shared_values import SharedValue, decode, encode, storage_seconds

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from lpfunctions.ports import AsyncClock, AsyncSharedStore, Telemetry

T = TypeVar("T")

_LEASE_SECONDS: Final = 5.0
"""How long others wait for the process that fetches."""

_LOOK_AGAIN_SECONDS: Final = 0.05


class SharedSource:
    """One kind of value in a *store*, for the processes of an account.

    Args:
        store: where it is shared.
        clock: wall-clock and monotonic time.
        telemetry: told of failures of the store.
    """

    def __init__(self, store: AsyncSharedStore, *, clock: AsyncClock, telemetry: Telemetry) -> None:
        self._store = store
        self._clock = clock
        self._outages = StoreOutages(telemetry, clock.monotonic)
        self._holder = str(uuid.uuid4())
        self._last: tuple[str, bytes] | None = None

    async def get(
        self,
        key: str,
        fetch: Callable[[], Coroutine[Any, Any, tuple[Any, float | None]]],
        *,
        is_valid: Callable[[SharedValue], bool],
        was_rejected: bool = False,
    ) -> SharedValue:
        """Return the value of *key*: from the store, or what *fetch* brings, a value and its life in seconds.

        Args:
            key: names the value.
            fetch: gets a new one.
            is_valid: can this one be used?
            was_rejected: the value that was last returned is not accepted any more; it is deleted from the store if it
                is still the same.
        """
        try:
            found = await self._wait_for(key, is_valid, was_rejected=was_rejected)
        except Exception as failure:  # noqa: BLE001 (a store never fails a call)
            self._outages.failed(failure)
            return self._received(*await fetch())
        self._outages.succeeded()
        if found is not None:
            return found
        try:
            fetched = self._received(*await fetch())
            await self._outages.tolerate(self._put(key, fetched))
        finally:
            await self._outages.tolerate(self._store.release(key, self._holder))
        return fetched

    async def _wait_for(
        self, key: str, is_valid: Callable[[SharedValue], bool], *, was_rejected: bool
    ) -> SharedValue | None:
        """The shared value; None when it is for this process to fetch."""
        if was_rejected and self._last is not None and self._last[0] == key:
            await self._store.delete(key, expected=self._last[1])
        latest = self._clock.monotonic() + _LEASE_SECONDS
        while True:
            found = await self._look(key, is_valid)
            if found is not None or await self._store.acquire(key, self._holder, ttl_seconds=_LEASE_SECONDS):
                # Whoever had the lease until now may have fetched since this process looked.
                return found or await self._look(key, is_valid)
            if self._clock.monotonic() >= latest:
                return None
            await self._clock.sleep(_LOOK_AGAIN_SECONDS)

    async def _look(self, key: str, is_valid: Callable[[SharedValue], bool]) -> SharedValue | None:
        content, now = await self._store.get(key), self._clock.now()
        if content is None:
            return None
        found = decode(content, now)
        if found.ends_soon(now) or not is_valid(found):
            return None
        self._last = (key, content)
        return found

    async def _put(self, key: str, fetched: SharedValue) -> None:
        content = encode(fetched)
        self._last = (key, content)
        await self._store.put(key, content, ttl_seconds=storage_seconds(fetched))

    def _received(self, value: Any, life_seconds: float | None) -> SharedValue:
        return SharedValue(value, self._clock.now(), life_seconds)
