"""Telling the time, and waiting."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tell the time and wait, blocking.

    Contract (``lpfunctions.testing.contracts.ClockContract``):

    * ``monotonic`` never goes back and does not follow corrections of the wall clock; where the system can, it
      counts the time that the machine was suspended
    * ``sleep`` returns after at least *seconds* of ``monotonic`` time; zero or less returns at once
    """

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait."""
        ...


class AsyncClock(Protocol):
    """Tell the time and wait, awaiting. The contract is that of `Clock`."""

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        ...
