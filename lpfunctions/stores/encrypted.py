"""Encryption of what a shared store keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, MultiFernet

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lpfunctions.ports.shared_store import AsyncSharedStore, SharedStore


class EncryptedStore:
    """Encrypt the values of another *store* (Fernet: AES-128-CBC and HMAC-SHA256).

    Args:
        store: keeps what is encrypted.
        keys: as ``cryptography.fernet.Fernet.generate_key()`` makes them. The first encrypts, and all decrypt: to
            rotate, put the new key in front, and drop the old one after a day.

    Raises:
        FaaSConfigurationError: there is no key, or one is not a Fernet key.
    """

    def __init__(self, store: SharedStore, *, keys: Sequence[bytes | str]) -> None:
        self._store = store
        self._keys = tuple(keys)
        self._cipher = _cipher(self._keys)

    def __repr__(self) -> str:
        return f"<EncryptedStore of {self._store!r}>"

    def __reduce__(self) -> tuple[Callable[..., EncryptedStore], tuple[object, ...]]:
        """Pickle by what it was made of, keys included: they go where the store goes."""
        return _revive, (self._store, self._keys)

    def get(self, key: str) -> bytes | None:
        """Return the value of *key*, decrypted."""
        found = self._store.get(key)
        return None if found is None else self._cipher.decrypt(found)

    def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value*, encrypted."""
        self._store.put(key, self._cipher.encrypt(value), ttl_seconds=ttl_seconds)

    def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected* once it is decrypted."""
        found = self._store.get(key)
        if found is not None and self._cipher.decrypt(found) == expected:
            self._store.delete(key, expected=found)

    def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        return self._store.acquire(key, holder, ttl_seconds=ttl_seconds)

    def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        self._store.release(key, holder)

    def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*; there is nothing secret in it."""
        return self._store.reserve(
            key, interval_seconds=interval_seconds, burst=burst, longest_wait_seconds=longest_wait_seconds
        )

    def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        self._store.postpone(key, interval_seconds=interval_seconds, burst=burst, seconds=seconds)

    def asynchronous(self) -> AsyncSharedStore:
        """The same for `AsyncClient`."""
        from lpfunctions.adapters.aio.shared_store import asynchronous

        return AsyncEncryptedStore(asynchronous(self._store), self._cipher)


class AsyncEncryptedStore:
    """`EncryptedStore` for `AsyncClient`."""

    def __init__(self, store: AsyncSharedStore, cipher: MultiFernet) -> None:
        self._store = store
        self._cipher = cipher

    async def get(self, key: str) -> bytes | None:
        """Return the value of *key*, decrypted."""
        found = await self._store.get(key)
        return None if found is None else self._cipher.decrypt(found)

    async def put(self, key: str, value: bytes, *, ttl_seconds: float) -> None:
        """Keep *value*, encrypted."""
        await self._store.put(key, self._cipher.encrypt(value), ttl_seconds=ttl_seconds)

    async def delete(self, key: str, *, expected: bytes) -> None:
        """Remove the value of *key* if it is *expected* once it is decrypted."""
        found = await self._store.get(key)
        if found is not None and self._cipher.decrypt(found) == expected:
            await self._store.delete(key, expected=found)

    async def acquire(self, key: str, holder: str, *, ttl_seconds: float) -> bool:
        """Acquire the lease of *key* for *holder*."""
        return await self._store.acquire(key, holder, ttl_seconds=ttl_seconds)

    async def release(self, key: str, holder: str) -> None:
        """End the lease of *key* if *holder* has it."""
        await self._store.release(key, holder)

    async def reserve(self, key: str, *, interval_seconds: float, burst: int, longest_wait_seconds: float) -> float:
        """Reserve the next place in the schedule of *key*; there is nothing secret in it."""
        return await self._store.reserve(
            key, interval_seconds=interval_seconds, burst=burst, longest_wait_seconds=longest_wait_seconds
        )

    async def postpone(self, key: str, *, interval_seconds: float, burst: int, seconds: float) -> None:
        """Let the next place in the schedule of *key* come no earlier than in *seconds*."""
        await self._store.postpone(key, interval_seconds=interval_seconds, burst=burst, seconds=seconds)

    async def aclose(self) -> None:
        """Close the store."""
        await self._store.aclose()


def _cipher(keys: Sequence[bytes | str]) -> MultiFernet:
    if not keys or isinstance(keys, (bytes, str)):
        raise FaaSConfigurationError("EncryptedStore: keys must be a list of one or more Fernet keys")
    try:
        return MultiFernet([Fernet(key) for key in keys])
    except (ValueError, TypeError):
        pass  # the error of the library would show a part of the key
    raise FaaSConfigurationError("EncryptedStore: a key must be what cryptography.fernet.Fernet.generate_key() returns")


def _revive(store: SharedStore, keys: tuple[bytes | str, ...]) -> EncryptedStore:
    return EncryptedStore(store, keys=keys)
