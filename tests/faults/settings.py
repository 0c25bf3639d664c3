"""Which clients are tried."""

from __future__ import annotations

from itertools import product
from typing import Final, NamedTuple


class Setting(NamedTuple):
    """Which client makes the calls of a round.

    Attributes:
        is_async: `AsyncClient`, or `Client`?
        is_tls: over TLS?
        own_session: with a session of the user's (``session=``)?
        version: of the platform.
    """

    is_async: bool
    is_tls: bool
    own_session: bool
    version: str

    def __str__(self) -> str:
        words = (
            "AsyncClient" if self.is_async else "Client",
            "TLS" if self.is_tls else "plain",
            "session=" if self.own_session else "own pool",
            self.version,
        )
        return ", ".join(words)


SETTINGS: Final = [Setting(*values) for values in product((False, True), (False, True), (False, True), ("v1", "v2"))]
