"""How many locks does a call with a valid token take? python -m benchmarks.locks. Counted, not timed."""

from __future__ import annotations

import sys
import threading
from typing import Any
from unittest import mock

from benchmarks import warm
from benchmarks.contenders import CREDENTIALS
from benchmarks.results import Locks
from lpfunctions import HttpRequest
from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.memory import MemoryTransport
from lpfunctions.wiring import blocking
from lpfunctions.wiring.options import sort

CALLS = 1000


class CountedLock:
    """A lock; all of them together count how often they are taken."""

    taken = 0
    _new = staticmethod(threading.Lock)

    def __init__(self) -> None:
        self._lock = self._new()
        self.release, self.locked = self._lock.release, self._lock.locked

    def acquire(self, *how: Any, **also: Any) -> bool:
        """Take it, and count."""
        CountedLock.taken += 1
        return self._lock.acquire(*how, **also)

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_failure: object) -> None:
        self.release()


def measure(calls: int = CALLS) -> Locks:
    """Count while client credentials of the blocking client authorise one cold call, and *calls* warm ones."""
    with mock.patch("threading.Lock", CountedLock):
        state, _ = blocking.build(*sort(warm.ACCOUNT, {"transport": MemoryTransport(warm.handle)}))
        auth = state.strategy(CREDENTIALS)
        request = HttpRequest("POST", f"https://{warm.HOST}/")
        before = CountedLock.taken
        step(auth.authorize(request))
        cold = CountedLock.taken - before
        for _ in range(calls):
            step(auth.authorize(request))
        return Locks(cold, CountedLock.taken - before - cold, calls)


if __name__ == "__main__":
    found = measure()
    sys.stdout.write(f"locks taken: {found.cold} by a cold call, {found.warm} by {found.calls:,} warm ones\n")
