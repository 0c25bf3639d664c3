"""A blocking shared store in the shape that the code of both modes awaits."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lpfunctions.ports.shared_store import SharedStore


class AsyncShapedStore:
    """A `SharedStore` in the shape of an `AsyncSharedStore`; nothing in it suspends."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store

    async def get(self, key: str) -> bytes | None:
        """Return the value of *key*, blocking."""
        return self._store.get(key)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key*, blocking."""
        self._store.put(key, value, ttl_seconds=ttl_seconds)

    async def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*, blocking."""
        self._store.delete(key, expected=expected)

    async def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key*, blocking."""
        return self._store.acquire(key, holder, ttl_seconds=ttl_seconds)

    async def release(self, key: str, holder: str) -> None:
        """End the lease of *key*, blocking."""
        self._store.release(key, holder)

    async def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*, blocking."""
        return self._store.reserve(
            key, interval_seconds=interval_seconds, burst=burst, longest_wait_seconds=longest_wait_seconds
        )

    async def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Postpone the schedule of *key*, blocking."""
        self._store.postpone(key, interval_seconds=interval_seconds, burst=burst, seconds=seconds)

    async def aclose(self) -> None:
        """There is nothing of ours to close."""
