"""The connections of one route: how many there may be, who waits for one, and which are idle.

A signal handler may raise at any line here, in the main thread, so there is no counter of connections in use. Whoever
uses a connection holds a lock, the *lease*, by ``with``, which releases it whatever happens; a connection in use whose
lease is not locked is abandoned, and is closed when the pool is found full. `threading.Condition` is not used, because
an interrupt can leave its lock held; a waiting thread looks again every `_LOOK_AGAIN_SECONDS`, in case a wake-up
was lost.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.adapters.blocking.http.connection import Connection
    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

_LOOK_AGAIN_SECONDS: Final = 1.0


class ConnectionPool:
    """At most *max_connections*, made by *new_connection*; the one that was used last is used first."""

    def __init__(self, max_connections: int, new_connection: Callable[[], Connection]) -> None:
        self._max_connections = max_connections
        self._new_connection = new_connection
        self._lock = threading.Lock()
        self._is_closed = False
        self._idle: deque[Connection] = deque()
        self._in_use: dict[threading.Lock, Connection] = {}
        self._waiting: deque[threading.Lock] = deque()

    def send(self, request: HttpRequest, target: str, exchange: Exchange) -> HttpResponse:
        """Send *request* over one of the connections, once one is free."""
        lease = threading.Lock()
        try:
            with lease:
                try:
                    return self._acquire(lease, exchange).send(request, target, exchange)
                finally:
                    self._release(lease)
        except BaseException:
            self._release(lease)  # in case that a signal raised before the line above had begun its work
            raise

    def close(self) -> None:
        """Close what is idle now; and from now on each connection once it is released."""
        with self._lock:
            self._is_closed = True
            self._close_abandoned()
            self._close_idle(lambda _: True)

    def reopen(self) -> None:
        """Keep connections again."""
        self._is_closed = False

    def counts(self) -> tuple[int, int, int]:
        """How many connections are in use, how many are idle, and how many requests wait for one."""
        in_use = sum(lease.locked() for lease in list(self._in_use))
        return in_use, len(self._idle), len(self._waiting)

    def close_stale(self) -> None:
        """Close what has been idle for too long."""
        with self._lock:
            now = time.monotonic()
            self._close_idle(lambda connection: connection.is_stale(now))

    def _acquire(self, lease: threading.Lock, exchange: Exchange) -> Connection:
        exchange.remaining()  # raises if the deadline has passed
        enqueue = self._waiting.append
        while True:
            with self._lock:
                connection = self._acquire_now(lease)
                if connection is not None:
                    return connection
                waiter = threading.Lock()
                waiter.acquire()
                enqueue(waiter)
            self._wait(waiter, exchange)
            enqueue = self._waiting.appendleft  # later requests do not get ahead

    def _acquire_now(self, lease: threading.Lock) -> Connection | None:
        if len(self._in_use) >= self._max_connections:
            self._close_abandoned()
        if len(self._in_use) >= self._max_connections:
            return None
        connection = self._idle[-1] if self._idle else self._new_connection()
        self._in_use[lease] = connection
        if self._idle:
            self._idle.pop()
        return connection

    def _wait(self, waiter: threading.Lock, exchange: Exchange) -> None:
        try:
            left = exchange.remaining()
            waiter.acquire(timeout=_LOOK_AGAIN_SECONDS if left is None else min(left, _LOOK_AGAIN_SECONDS))
        except BaseException:
            with self._lock:
                self._wake_next()  # if it was woken, the next one is now
            raise
        finally:
            with self._lock:
                if waiter in self._waiting:
                    self._waiting.remove(waiter)

    def _release(self, lease: threading.Lock) -> None:
        with self._lock:
            connection = self._in_use.get(lease)
            if connection is not None:
                self._keep_or_close(lease, connection)
            self._wake_next()

    def _keep_or_close(self, lease: threading.Lock, connection: Connection) -> None:
        if connection.is_reusable and not self._is_closed:
            # Python looks at signals after a call only, so both of these are done, or none.
            del self._in_use[lease]
            self._idle.append(connection)
        else:
            connection.close()
            del self._in_use[lease]

    def _close_abandoned(self) -> None:
        for lease, connection in list(self._in_use.items()):
            if not lease.locked():
                connection.close()
                del self._in_use[lease]

    def _close_idle(self, is_due: Callable[[Connection], bool]) -> None:
        # The one that has been idle for the longest comes first.
        while self._idle and is_due(self._idle[0]):
            self._idle[0].close()
            self._idle.popleft()

    def _wake_next(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()

    def close_after_fork(self) -> None:
        """Close everything in a forked child, whose parent goes on using it; no lock is taken, and nothing is sent."""
        for connection in [*self._idle, *self._in_use.values()]:
            connection.close()
