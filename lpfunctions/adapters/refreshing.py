"""A shared value that is fetched once, kept fresh, and served stale while its source is in trouble.

Discovery and tokens are the same story: the first callers wait for one fetch; later ones use what is there; a refresh
runs beside them; a failed refresh is backed off and does no harm while the old value is of use.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from lpfunctions.core.errors import FaaSError, FaaSTimeoutError, raise_again

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from lpfunctions.core.errors import Phase
    from lpfunctions.ports import AsyncClock, SingleFlight

T = TypeVar("T")

FLIGHT_SECONDS: Final = 10.0
"""How long one fetch may take, retries included."""

_FIRST_BACK_OFF_SECONDS: Final = 1.0
_LONGEST_BACK_OFF_SECONDS: Final = 30.0


@dataclass(frozen=True, slots=True)
class Kept(Generic[T]):
    """A value with its life on the monotonic clock.

    Attributes:
        value: the value.
        refresh_at: from when on it is fetched again, beside those who use it.
        useless_at: from when on nobody uses it.
    """

    value: T
    refresh_at: float
    useless_at: float


class Refreshing(Generic[T]):
    """One shared value and its upkeep.

    Args:
        fetch: gets a new value; takes at most `FLIGHT_SECONDS`.
        flight: runs *fetch* once for all who wait.
        clock: monotonic time.
        phase: what a caller whose time runs out was waiting for.
    """

    def __init__(
        self,
        fetch: Callable[[], Coroutine[Any, Any, Kept[T]]],
        *,
        flight: SingleFlight,
        clock: AsyncClock,
        phase: Phase,
    ) -> None:
        self._fetch = fetch
        self._flight = flight
        self._clock = clock
        self._phase: Phase = phase
        self._kept: Kept[T] | None = None
        self._failure: FaaSError | None = None
        self._failures_in_a_row = 0
        self._not_before = 0.0

    @property
    def kept(self) -> Kept[T] | None:
        """What is there now, fresh or not."""
        return self._kept

    async def get(self, timeout_seconds: float) -> T:
        """Return the value; wait for it only while there is none of use.

        Raises:
            FaaSTimeoutError: it did not come within *timeout_seconds*; the fetch goes on for the others.
            FaaSError: it could not be fetched.
        """
        kept, now = self._kept, self._clock.monotonic()
        if kept is not None and now < kept.refresh_at:
            return kept.value
        if kept is not None and now < kept.useless_at:
            if now >= self._not_before:
                self._flight.launch(self._refresh)
            return kept.value
        return await self._wait(timeout_seconds, now)

    def discard(self, value: T) -> None:
        """Stop using *value*, if it is still the one in use."""
        kept = self._kept
        if kept is not None and kept.value is value:
            self._kept = None

    async def _wait(self, timeout_seconds: float, now: float) -> T:
        if self._failure is not None and now < self._not_before:
            raise_again(self._failure)
        try:
            return (await self._flight.join(self._refresh, timeout_seconds=timeout_seconds)).value
        except FaaSError as failure:
            raise_again(failure)
        except TimeoutError:
            raise FaaSTimeoutError(
                f"the deadline passed while waiting for {self._phase}", phase=self._phase, delivered="no"
            ) from None

    async def _refresh(self) -> Kept[T]:
        try:
            kept = await self._fetch()
        except FaaSError as failure:
            self._back_off(failure)
            raise
        self._kept, self._failure, self._failures_in_a_row = kept, None, 0
        return kept

    def _back_off(self, failure: FaaSError) -> None:
        """Those who have nothing to use get the failure for a second; a refresh of a useful value can wait longer."""
        now = self._clock.monotonic()
        is_of_use = self._kept is not None and now < self._kept.useless_at
        doublings = min(self._failures_in_a_row, 10) if is_of_use else 0
        self._failure, self._failures_in_a_row = failure, self._failures_in_a_row + 1
        self._not_before = now + min(_FIRST_BACK_OFF_SECONDS * 2.0**doublings, _LONGEST_BACK_OFF_SECONDS)
