"""The retry budget: for each host a bucket of tokens that retries acquire and good responses release.

A good response is one that is no sign of trouble at the host: a 404 is one, and so is a function's own failure.

While a host is healthy, retries are few and cost nothing in the end. In an outage the bucket runs dry, and from then on
a call is one attempt: the load on a host that struggles stays what it was, instead of growing fourfold.

    500 tokens        100 retries in a row, on one host, of one client
    a retry           acquires 5; 10 when the last attempt ran into a timeout of the server's (408, 504)
    a good response   releases what its call acquired last, or 1 when it acquired nothing

Source: the standard retry mode of the AWS SDKs, whose numbers these are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

CAPACITY: Final = 500

MOST_HOSTS: Final = 1000
"""Failing hosts that are remembered; the oldest are forgotten first."""

_RETRY: Final = 5
_RETRY_AFTER_TIMEOUT: Final = 10
_SUCCESS: Final = 1
_TIMEOUTS: Final = frozenset({408, 504})


def cost_after(status: int | None) -> int:
    """Tokens that a retry takes after an attempt that was answered with *status*, or not at all."""
    return _RETRY_AFTER_TIMEOUT if status in _TIMEOUTS else _RETRY


class RetryBudget:
    """A bucket for each host; safe to use from many threads at once.

    Only buckets that are not full are kept, so that a call to a healthy host takes no lock.

    Args:
        lock: makes what guards changes where several threads run; elsewhere a null context.
    """

    def __init__(self, lock: Callable[[], AbstractContextManager[Any]]) -> None:
        self._lock = lock
        self._levels: dict[str, int] = {}

    def __len__(self) -> int:
        """How many hosts are failing."""
        return len(self._levels)

    def level(self, host: str) -> int:
        """How many tokens *host* has."""
        return self._levels.get(host, CAPACITY)

    def acquire(self, host: str, cost: int) -> bool:
        """Acquire *cost* for a retry at *host*; False, and nothing acquired, when too little is left."""
        with self._lock():
            left = self.level(host) - cost
            if left < 0:
                return False
            self._levels[host] = left
            if len(self._levels) > MOST_HOSTS:
                del self._levels[next(iter(self._levels))]
            return True

    def release(self, host: str, acquired: int) -> None:
        """Note a good response of *host* to a call whose last retry had *acquired* so much; 0 when there was none."""
        if host not in self._levels:
            return
        with self._lock():
            level = min(self.level(host) + (acquired or _SUCCESS), CAPACITY)
            if level < CAPACITY:
                self._levels[host] = level
            else:
                self._levels.pop(host, None)
