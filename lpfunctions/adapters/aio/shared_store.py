"""A shared store for `AsyncClient`: its own asynchronous form, or its blocking methods in threads."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpfunctions.ports.shared_store import AsyncSharedStore, SharedStore


def asynchronous(store: SharedStore | AsyncSharedStore) -> AsyncSharedStore:
    """Return *store* in a form whose methods can be awaited."""
    given: Any = store
    if hasattr(given, "asynchronous"):
        twin: AsyncSharedStore = given.asynchronous()
        return twin
    return given if inspect.iscoroutinefunction(given.get) else ThreadedStore(given)


class ThreadedStore:
    """Run the methods of a blocking store in threads."""

    def __init__(self, store: SharedStore) -> None:
        self._store = store

    async def get(self, key: str) -> bytes | None:
        """Return the value of *key*."""
        return await asyncio.to_thread(self._store.get, key)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key* for *ttl_seconds*."""
        await asyncio.to_thread(self._store.put, key, value, ttl_seconds=ttl_seconds)

    async def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*."""
        await asyncio.to_thread(self._store.delete, key, expected=expected)

    async def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        return await asyncio.to_thread(self._store.acquire, key, holder, ttl_seconds=ttl_seconds)

    async def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        await asyncio.to_thread(self._store.release, key, holder)

    async def reserve(self, key: str, **schedule: Any) -> float:
        """Reserve the next place in the schedule of *key*, and return the seconds until it comes."""
        return await asyncio.to_thread(self._store.reserve, key, **schedule)

    async def postpone(self, key: str, **schedule: Any) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        await asyncio.to_thread(self._store.postpone, key, **schedule)

    async def aclose(self) -> None:
        """Do nothing: there is nothing to close."""
