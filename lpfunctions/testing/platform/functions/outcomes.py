"""How a call of a function ended."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Returned:
    """The function returned.

    Attributes:
        value: its result.
        encoded: the same as JSON, if it came so.
    """

    value: object
    encoded: bytes | None = None


@dataclass(frozen=True, slots=True)
class Threw:
    """The function raised."""

    error: BaseException


@dataclass(frozen=True, slots=True)
class OutOfTime:
    """The function exceeded its time limit."""


Outcome = Returned | Threw | OutOfTime
