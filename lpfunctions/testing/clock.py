"""A clock for a whole test: the platform and its clients, blocking and async, share it, and sleeping takes no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.adapters.memory import ManualClock
from lpfunctions.testing.checks import check_seconds

if TYPE_CHECKING:
    from collections.abc import Callable


def clock_options(clock: object) -> dict[str, VirtualClock]:
    """Return the option by which a `Client` shares *clock*; none if it is not virtual."""
    return {"clock": clock} if isinstance(clock, VirtualClock) else {}


def async_clock_options(clock: object) -> dict[str, AwaitingClock]:
    """Return the option by which an `AsyncClient` shares *clock*; none if it is not virtual."""
    return {"clock": clock.awaiting} if isinstance(clock, VirtualClock) else {}


class VirtualClock(ManualClock):
    """A clock that stands still until it is moved: a token valid for an hour expires with ``advance(3600)``.

    Give it to `FakePlatform`: the clients that the platform and its emulators make then use it too. ``sleep`` moves it,
    so that retries wait without waiting; ``slept`` has the seconds of each.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        """Start at *now*, seconds since the epoch."""
        super().__init__(now)
        self.awaiting: AwaitingClock = AwaitingClock(self)

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass.

        Raises:
            FaaSConfigurationError: *seconds* is negative or no number; `jump` sets the wall clock back.
        """
        check_seconds("what advance() is given", seconds, "; jump() sets the wall clock back")
        super().advance(seconds)


class AwaitingClock:
    """The same clock for an `AsyncClient`."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self.now: Callable[[], float] = clock.now
        self.monotonic: Callable[[], float] = clock.monotonic

    async def sleep(self, seconds: float) -> None:
        """Let *seconds* pass, at once."""
        self._clock.sleep(seconds)
