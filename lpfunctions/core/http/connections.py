"""How many connections there are, for those who watch them."""

from __future__ import annotations

from typing import NamedTuple


class ConnectionCounts(NamedTuple):
    """The connections to one host at one moment.

    Attributes:
        scheme: ``http`` or ``https``.
        host: ``host[:port]``.
        active: how many carry a request, or are being opened for one.
        idle: how many are open for the next request.
        waiting: requests for which no connection is free.
    """

    scheme: str
    host: str
    active: int
    idle: int
    waiting: int
