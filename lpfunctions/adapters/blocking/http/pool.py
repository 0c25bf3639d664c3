"""The connections of one route: how many there may be, who waits for one, and which are idle.

A signal may raise in the middle of any line here, in the main thread. So nothing counts what is taken and given back.
Who uses a connection holds a lock of their own, the *lease*, by ``with``, which lets go of it whatever happens; a
connection whose lease is free is nobody's, and whoever needs a place takes it. No line waits for a Python-level
condition, and who waits looks again after `_LOOK_AGAIN_SECONDS` though nobody called.
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
    """At most *most* connections, made by *new_connection*; the one that was used last is used first."""

    def __init__(self, most: int, new_connection: Callable[[], Connection]) -> None:
        self._most = most
        self._new_connection = new_connection
        self._lock = threading.Lock()
        self._is_closed = False
        self._idle: deque[Connection] = deque()
        self._lent: dict[threading.Lock, Connection] = {}
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
        """Close what is idle now; and from now on each connection once it is given back."""
        with self._lock:
            self._is_closed = True
            self._drop_orphans()
            self._close_idle(lambda _: True)

    def reopen(self) -> None:
        """Keep connections again."""
        self._is_closed = False

    def counts(self) -> tuple[int, int, int]:
        """How many connections are in use, how many are idle, and how many requests wait for one."""
        in_use = sum(lease.locked() for lease in list(self._lent))
        return in_use, len(self._idle), len(self._waiting)

    def close_stale(self) -> None:
        """Close what has been idle for too long."""
        with self._lock:
            now = time.monotonic()
            self._close_idle(lambda connection: connection.is_stale(now))

    def _acquire(self, lease: threading.Lock, exchange: Exchange) -> Connection:
        exchange.remaining()
        queue = self._waiting.append
        while True:
            with self._lock:
                connection = self._acquire_now(lease)
                if connection is not None:
                    return connection
                turn = threading.Lock()
                turn.acquire()
                queue(turn)
            self._wait(turn, exchange)
            queue = self._waiting.appendleft  # who comes later does not get ahead

    def _acquire_now(self, lease: threading.Lock) -> Connection | None:
        if len(self._lent) >= self._most:
            self._drop_orphans()
        if len(self._lent) >= self._most:
            return None
        connection = self._idle[-1] if self._idle else self._new_connection()
        self._lent[lease] = connection
        if self._idle:
            self._idle.pop()
        return connection

    def _wait(self, turn: threading.Lock, exchange: Exchange) -> None:
        try:
            left = exchange.remaining()
            turn.acquire(timeout=_LOOK_AGAIN_SECONDS if left is None else min(left, _LOOK_AGAIN_SECONDS))
        except BaseException:
            with self._lock:
                self._call_next()  # if it was our turn, it is the next one's now
            raise
        finally:
            with self._lock:
                if turn in self._waiting:
                    self._waiting.remove(turn)

    def _release(self, lease: threading.Lock) -> None:
        with self._lock:
            connection = self._lent.get(lease)
            if connection is not None:
                self._keep_or_close(lease, connection)
            self._call_next()

    def _keep_or_close(self, lease: threading.Lock, connection: Connection) -> None:
        if connection.is_reusable and not self._is_closed:
            # Python looks at signals after a call only, so both of these are done, or none.
            del self._lent[lease]
            self._idle.append(connection)
        else:
            connection.close()
            del self._lent[lease]

    def _drop_orphans(self) -> None:
        for lease, connection in list(self._lent.items()):
            if not lease.locked():
                connection.close()
                del self._lent[lease]

    def _close_idle(self, is_due: Callable[[Connection], bool]) -> None:
        # The one that is idle for the longest stands first.
        while self._idle and is_due(self._idle[0]):
            self._idle[0].close()
            self._idle.popleft()

    def _call_next(self) -> None:
        if self._waiting:
            self._waiting.popleft().release()

    def forget(self) -> None:
        """Close everything in a forked child, whose parent goes on using it; no lock is taken, and nothing is sent."""
        for connection in [*self._idle, *self._lent.values()]:
            connection.close()
