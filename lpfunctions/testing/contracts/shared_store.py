"""The contract of the ports `SharedStore` and `AsyncSharedStore`, as tests.

::

    class TestMyStore(SharedStoreContract):
        def build(self):
            return MyStore(…)

A subclass implements `build`; each call returns another view of the same storage, as another process would use it.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import pytest

from lpfunctions.testing.contracts.support.both_modes import BothModes

_LONG_SECONDS: Final = 60.0
_SHORT_SECONDS: Final = 0.2
_PATIENCE_SECONDS: Final = 10.0
_CALLERS: Final = 8


class SharedStoreContract(BothModes):
    """What a shared store must do for the clients of several processes."""

    def build(self) -> Any:
        """Return a view of the storage under test."""
        raise NotImplementedError

    @pytest.fixture
    def key(self) -> str:
        """A key of this test alone, with characters that file names and patterns would misread."""
        return f"lpfunctions/{uuid.uuid4()}/../token {{a}} ü*"

    def test_what_was_put_is_there_for_others(self, key: str) -> None:
        """All bytes are stored unchanged, NUL included."""
        value = bytes(range(256))
        self._do(self.build(), "put", key, value, ttl_seconds=_LONG_SECONDS)
        assert self._do(self.build(), "get", key) == value, "another process reads exactly what was put"

    def test_what_was_never_put_is_none(self, key: str) -> None:
        """A missing value is None, not an error."""
        assert self._do(self.build(), "get", key) is None

    def test_the_last_value_counts(self, key: str) -> None:
        """A second put replaces the first."""
        store = self.build()
        for value in (b"first", b"second"):
            self._do(store, "put", key, value, ttl_seconds=_LONG_SECONDS)
        assert self._do(self.build(), "get", key) == b"second"

    def test_keys_do_not_share_values(self, key: str) -> None:
        """Similar keys have values of their own."""
        store = self.build()
        self._do(store, "put", key, b"mine", ttl_seconds=_LONG_SECONDS)
        assert self._do(store, "get", key + "x") is None
        assert self._do(store, "get", key.upper()) is None

    def test_a_value_is_gone_when_its_time_is_over(self, key: str) -> None:
        """``get`` returns None when ``ttl_seconds`` have passed."""
        store = self.build()
        self._do(store, "put", key, b"value", ttl_seconds=_SHORT_SECONDS)
        self._until(lambda: self._do(store, "get", key) is None)

    def test_only_the_expected_value_is_deleted(self, key: str) -> None:
        """A rejected token is deleted; a new one that another process put in its place is not."""
        store = self.build()
        self._do(store, "put", key, b"new", ttl_seconds=_LONG_SECONDS)
        self._do(store, "delete", key, expected=b"refused")
        assert self._do(store, "get", key) == b"new", "another value than the expected one stays"
        self._do(store, "delete", key, expected=b"new")
        assert self._do(store, "get", key) is None, "the expected value is removed"
        self._do(store, "delete", key, expected=b"new")

    def test_a_lease_has_one_holder(self, key: str) -> None:
        """No other holder gets the lease until its holder releases it."""
        store, other = self.build(), self.build()
        assert self._do(store, "acquire", key, "a", ttl_seconds=_LONG_SECONDS) is True
        assert self._do(other, "acquire", key, "b", ttl_seconds=_LONG_SECONDS) is False, "it is held by a"
        self._do(other, "release", key, "b")
        assert self._do(other, "acquire", key, "b", ttl_seconds=_LONG_SECONDS) is False, "b could not release it"
        self._do(store, "release", key, "a")
        assert self._do(other, "acquire", key, "b", ttl_seconds=_LONG_SECONDS) is True, "a released it"

    def test_the_lease_of_a_holder_that_died_ends_by_itself(self, key: str) -> None:
        """A lease expires when its ``ttl_seconds`` have passed."""
        store = self.build()
        assert self._do(store, "acquire", key, "dead", ttl_seconds=_SHORT_SECONDS) is True
        self._until(lambda: self._do(store, "acquire", key, "alive", ttl_seconds=_LONG_SECONDS))

    def test_a_lease_says_nothing_of_the_value(self, key: str) -> None:
        """A lease and a value under the same key are independent."""
        store = self.build()
        self._do(store, "acquire", key, "a", ttl_seconds=_LONG_SECONDS)
        assert self._do(store, "get", key) is None
        self._do(store, "put", key, b"value", ttl_seconds=_LONG_SECONDS)
        self._do(store, "release", key, "a")
        assert self._do(store, "get", key) == b"value"

    def test_of_many_who_ask_at_once_one_gets_the_lease(self, key: str) -> None:
        """Exactly one of many simultaneous attempts acquires the lease."""
        views = [self.build() for _ in range(_CALLERS)]
        with ThreadPoolExecutor(_CALLERS) as threads:
            got = list(threads.map(_acquired, views, [key] * _CALLERS, map(str, range(_CALLERS))))
        assert got.count(True) == 1, f"one of {_CALLERS} holds the lease, and not {got.count(True)}"

    def test_places_of_a_schedule_are_given_once_each(self, key: str) -> None:
        """All users share the schedule: ``burst`` places at once, then one per ``interval_seconds``."""
        views = [self.build(), self.build()]
        waits = [self._reserve(views[n % 2], key) for n in range(5)]
        expected = [0.0, 0.0, 10.0, 20.0, 30.0]
        for wait, place in zip(waits, expected, strict=True):
            assert place - 5.0 < wait <= place, f"waits of {waits} are not the places {expected}"

    def test_nothing_is_reserved_that_is_too_far_away(self, key: str) -> None:
        """A place beyond ``longest_wait_seconds`` stays free for others."""
        store = self.build()
        for _ in range(3):
            self._reserve(store, key)
        far = self._reserve(store, key, longest_wait_seconds=1.0)
        again = self._reserve(store, key)
        assert 1.0 < far <= 20.0
        assert again <= far, "the place that was too far away is still free"

    def test_a_schedule_can_be_postponed(self, key: str) -> None:
        """``postpone`` delays the next place for all users, as Retry-After asks for."""
        store, other = self.build(), self.build()
        self._reserve(store, key)
        self._do(store, "postpone", key, interval_seconds=10.0, burst=2, seconds=40.0)
        assert 35.0 < self._reserve(other, key) <= 40.0
        self._do(store, "postpone", key, interval_seconds=10.0, burst=2, seconds=1.0)
        assert self._reserve(other, key) > 40.0, "a shorter pause does not undo a longer one"

    def _reserve(self, store: Any, key: str, longest_wait_seconds: float = 1000.0) -> float:
        told = self._do(
            store, "reserve", key, interval_seconds=10.0, burst=2, longest_wait_seconds=longest_wait_seconds
        )
        return float(told)

    def _do(self, store: Any, method: str, *arguments: object, **options: object) -> Any:
        return self.settle(getattr(store, method)(*arguments, **options))

    @staticmethod
    def _until(condition: Any) -> None:
        end = time.monotonic() + _PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, f"the condition was not met within {_PATIENCE_SECONDS} s"
            time.sleep(0.01)


def _acquired(store: Any, key: str, holder: str) -> bool:
    """Acquire the lease in this thread, in an event loop of its own if the store needs one."""

    async def call() -> bool:
        result = store.acquire(key, holder, ttl_seconds=_LONG_SECONDS)
        acquired = bool(await result if asyncio.iscoroutine(result) else result)
        if hasattr(store, "aclose"):
            await store.aclose()
        return acquired

    return asyncio.run(call())
