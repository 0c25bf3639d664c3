"""Connect to the first of several addresses that answers. Source: RFC 8305."""

from __future__ import annotations

import errno
import os
import socket
from collections import deque
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.adapters.blocking.http.readiness import wait_until_connected
from lpfunctions.core.interrupts import is_of_signal_handler

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.adapters.blocking.http.exchange import Exchange

Address = tuple[int, int, int, str, Any]
"""One row of ``socket.getaddrinfo``."""

_HEAD_START_SECONDS: Final = 0.25
"""How long an address is waited for before the next one is tried beside it (section 5)."""
_UNDER_WAY: Final = {0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)}


def connect(addresses: Sequence[Address], exchange: Exchange) -> socket.socket:
    """Connect to the first of *addresses* that answers: each has a head start over the next, then they race.

    Raises:
        OSError: what the last of them said.
        DeadlinePassedError: none of them answered in time.
    """
    race = _Race(addresses, exchange)
    try:
        winner = race.run()
        race.close(but=winner)
    except BaseException:
        race.close()
        raise
    return winner


class _Race:
    """Attempts to connect that run side by side."""

    def __init__(self, addresses: Sequence[Address], exchange: Exchange) -> None:
        self._exchange = exchange
        self._to_start = deque(_with_families_in_turn(addresses))
        self._running: list[socket.socket] = []
        self._failure: tuple[Any, ...] = ()  # arguments of an error: the error itself would be a reference cycle

    def run(self) -> socket.socket:
        """Return the first socket that is connected."""
        while self._to_start or self._running:
            if self._to_start:
                self._start(self._to_start.popleft())
            for sock in self._finished():
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if code == 0:
                    return sock
                self._lost(sock, code)
        if not self._failure:
            raise OSError("the name has no address")
        raise OSError(*self._failure)

    def close(self, but: socket.socket | None = None) -> None:
        """Give up the attempts that did not win."""
        for sock in self._running:
            if sock is not but:
                sock.close()

    def _start(self, address: Address) -> None:
        family, kind, protocol, _, target = address
        try:
            sock = socket.socket(family, kind, protocol)
        except OSError as impossible:
            if is_of_signal_handler(impossible):
                raise
            self._failure = impossible.args
            return
        self._running.append(sock)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        code = sock.connect_ex(target)
        if code not in _UNDER_WAY:
            self._lost(sock, code)

    def _finished(self) -> list[socket.socket]:
        """Wait until an attempt is over, or the next one is due."""
        if not self._running:
            return []
        left = self._exchange.remaining()
        if self._to_start:
            left = _HEAD_START_SECONDS if left is None else min(left, _HEAD_START_SECONDS)
        return wait_until_connected(self._running, left)

    def _lost(self, sock: socket.socket, code: int) -> None:
        self._failure = (code, os.strerror(code))
        sock.close()
        self._running.remove(sock)


def _with_families_in_turn(addresses: Sequence[Address]) -> list[Address]:
    """*addresses* in their order, but so that IPv6 and IPv4 take turns (section 4)."""
    families = dict.fromkeys(family for family, *_ in addresses)
    groups = [[address for address in addresses if address[0] == family] for family in families]
    return [address for address in chain.from_iterable(zip_longest(*groups)) if address is not None]
