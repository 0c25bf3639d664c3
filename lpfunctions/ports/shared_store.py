"""Sharing small values between processes: tokens, hosts, the state of a rate limit."""

from __future__ import annotations

from typing import Protocol


class SharedStore(Protocol):
    """Keep small values, for a while, where several processes find them; blocking.

    Contract (``lpfunctions.testing.contracts.SharedStoreContract``):

    * ``get`` returns exactly what the last ``put`` wrote under that key, or None: never a part of it
    * a value is gone *ttl_seconds* after its ``put``; it may be gone earlier
    * ``delete`` removes a value only while it equals *expected*: what another process wrote meanwhile stays
    * the lease of a key has one holder at a time; it ends when that holder releases it, or after *ttl_seconds*
    * ``reserve`` gives every caller, of all processes, another place in one schedule, in the order in which they asked
    * a failure of any kind is raised within a second or so; the client then goes on without the store
    * safe to call from many threads at once

    `AsyncClient` calls ``store.asynchronous()``, which returns an `AsyncSharedStore`, where the store has that method;
    otherwise it runs these methods in threads.
    """

    def get(self, key: str) -> bytes | None:
        """Return the value of *key*; None when there is none, or its time is over."""
        ...

    def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key* for *ttl_seconds*."""
        ...

    def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*."""
        ...

    def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*; False when another holder has it."""
        ...

    def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        ...

    def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*, and return the seconds until it comes.

        The schedule has one place every *interval_seconds*, and *burst* of them at once after a pause. Nothing is
        reserved when the place is further away than *longest_wait_seconds*.
        """
        ...

    def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        ...


class AsyncSharedStore(Protocol):
    """A `SharedStore` whose methods are awaited. The contract is the same."""

    async def get(self, key: str) -> bytes | None:
        """Return the value of *key*."""
        ...

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value* under *key* for *ttl_seconds*."""
        ...

    async def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected*."""
        ...

    async def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        ...

    async def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        ...

    async def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*, and return the seconds until it comes."""
        ...

    async def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        ...

    async def aclose(self) -> None:
        """Close connections, in the running loop; safe to call twice."""
        ...
