"""Retry budgets in memory, one bucket per host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.retries.budget import CAPACITY, after_retry, after_success

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

MOST_HOSTS: Final = 1000
"""Hosts in trouble that are kept in mind; the oldest are forgotten first."""


class TokenBuckets:
    """A bucket for each host.

    Only buckets that are not full are kept, so that a call to a host that is well takes no lock.

    Args:
        lock: gives what guards changes where several threads run; elsewhere a null context.
    """

    def __init__(self, lock: Callable[[], AbstractContextManager[Any]]) -> None:
        self._lock = lock
        self._levels: dict[str, int] = {}

    def __len__(self) -> int:
        """How many hosts are in trouble."""
        return len(self._levels)

    def level(self, host: str) -> int:
        """How many tokens *host* has."""
        return self._levels.get(host, CAPACITY)

    def take(self, host: str, cost: int) -> bool:
        """Take *cost* for a retry at *host*; False, and nothing taken, when too little is left."""
        with self._lock():
            left = after_retry(self.level(host), cost)
            if left is None:
                return False
            self._levels[host] = left
            if len(self._levels) > MOST_HOSTS:
                del self._levels[next(iter(self._levels))]
            return True

    def pay_back(self, host: str, taken: int) -> None:
        """Note that *host* served a call well whose last retry had *taken* so much; 0 when there was none."""
        if host not in self._levels:
            return
        with self._lock():
            level = after_success(self.level(host), taken)
            if level < CAPACITY:
                self._levels[host] = level
            else:
                self._levels.pop(host, None)
