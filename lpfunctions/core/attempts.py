"""What became of each attempt of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lpfunctions.core.errors import Delivered


class Attempt(NamedTuple):
    """One attempt: sent to *host*, answered with *status* or failed with *error*.

    Attributes:
        host: ``host[:port]`` that was asked.
        status: HTTP status, or None when no answer came.
        error: name of the error class, or None when an answer came.
        delivered: may the server have acted on this attempt?
        duration_seconds: how long it took.
    """

    host: str
    status: int | None
    error: str | None
    delivered: Delivered
    duration_seconds: float
