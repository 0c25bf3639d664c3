"""What became of each attempt of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Delivered = Literal["no", "unknown", "yes"]
"""May the function have run? ``"no"``: certainly not. ``"yes"``: it did, and succeeded or failed in its own code."""

Phase = Literal["discovery", "token", "pool", "connect", "response", "backoff", "rate_limit"]
"""Where a call spent the last of its time."""


class Attempt(NamedTuple):
    """One attempt: sent to *host*, answered with *status* or failed with *error*.

    Attributes:
        host: ``host[:port]`` that was asked.
        status: HTTP status, or None when no response came.
        error: name of the error class, or None when a response came.
        delivered: may the server have acted on this attempt?
        duration_seconds: how long it took.
    """

    host: str
    status: int | None
    error: str | None
    delivered: Delivered
    duration_seconds: float


def worst_delivered(attempts: Sequence[Attempt]) -> Delivered:
    """May the function have run in any of *attempts*? One that may have is not undone by a later one that did not."""
    return attempts[0].delivered if len(attempts) == 1 else worst(attempt.delivered for attempt in attempts)


def worst(each: Iterable[Delivered]) -> Delivered:
    """The most that *each* of several outcomes admits; ``"no"`` when there is none."""
    found = set(each)
    if "yes" in found:
        return "yes"
    return "unknown" if "unknown" in found else "no"
