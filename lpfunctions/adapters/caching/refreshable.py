"""A shared value that is fetched once, kept fresh, and served stale while its source fails.

Discovery and tokens work alike: the first callers wait for one fetch; later ones use what is there; a refresh
runs beside them; a failed refresh is backed off and does no harm while the old value is of use. Using a fresh value
takes no lock: what is kept is replaced as a whole.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from lpfunctions.core.errors import FaaSError, FaaSTimeoutError, fresh, raise_again
from lpfunctions.core.telemetry.events import FailedRefresh, RecoveredRefresh, RefreshState

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from typing import Any

    from lpfunctions.core.attempts import Phase
    from lpfunctions.core.telemetry.events import Impact
    from lpfunctions.ports import AsyncClock, SingleFlight, Telemetry

T = TypeVar("T")

FLIGHT_SECONDS: Final = 10.0
"""How long one fetch may take, retries included."""

_FIRST_BACK_OFF_SECONDS: Final = 1.0
_LONGEST_BACK_OFF_SECONDS: Final = 30.0


@dataclass(slots=True, eq=False)
class CachedValue(Generic[T]):
    """A value with its times on the monotonic clock.

    Attributes:
        value: the value.
        refresh_at: when it is fetched again, while calls go on using it.
        expires_at: when it is used no longer.
        received_at: when it was received, perhaps by another process.
    """

    value: T
    refresh_at: float
    expires_at: float
    received_at: float

    def invalidate(self) -> None:
        """Make it expire now. May be called twice, and by several threads."""
        self.refresh_at = self.expires_at = -math.inf

    @property
    def was_invalidated(self) -> bool:
        """Was `invalidate` called?"""
        return self.expires_at == -math.inf

    def impact_at(self, now: float) -> Impact:
        """What it means for calls that it cannot be refreshed at *now*."""
        if now >= self.expires_at:
            return "now"
        # Where its end is not known, as much time again as it was used before its refresh was due.
        left = self.refresh_at - self.received_at
        half = (self.expires_at - self.refresh_at) / 2 if self.expires_at < math.inf else left
        return "soon" if now >= self.refresh_at + half else "none"


@dataclass(frozen=True, slots=True)
class Record:
    """How the fetches of a value went.

    Attributes:
        arrived_at: monotonic time at which the last value was received.
        successes: fetches that brought a value.
        failures: fetches that did not.
        failures_in_a_row: the last of them, with no success since.
        failed_at: monotonic time of the last failure.
        failure: what the last fetch failed with, if it failed with an error of ours.
        failing_since: monotonic time of the first failure in a row.
        impact: the worst that the failures in a row meant for calls; None when there are none.
        none_since: monotonic time from which no call could succeed because of them.
    """

    arrived_at: float = -math.inf
    successes: int = 0
    failures: int = 0
    failures_in_a_row: int = 0
    failed_at: float = -math.inf
    failure: FaaSError | None = None
    failing_since: float = math.inf
    impact: Impact | None = None
    none_since: float = math.inf

    def succeeded(self, received_at: float) -> Record:
        """The record after a fetch that ended well, with a value that was received at *received_at*."""
        return Record(received_at, self.successes + 1, self.failures)

    def failed(self, now: float, failure: FaaSError | None, impact: Impact, expires_at: float) -> Record:
        """The record after a fetch that failed at *now*: *impact* is what it meant, *expires_at* ends the old value."""
        since = min(self.failing_since, now)
        none_since = self.none_since
        if impact == "now" and none_since == math.inf:
            none_since = max(since, expires_at) if expires_at > -math.inf else now
        return replace(
            self,
            failures=self.failures + 1,
            failures_in_a_row=self.failures_in_a_row + 1,
            failed_at=now,
            failure=failure,
            failing_since=since,
            impact=impact,
            none_since=none_since,
        )

    def recovery(self, purpose: str, now: float) -> RecoveredRefresh | None:
        """What ended with a fetch that succeeded at *now*; None when there was no trouble."""
        if self.impact is None:
            return None
        since = self.none_since if self.impact == "now" else self.failing_since
        return RecoveredRefresh(purpose, self.failures_in_a_row, self.impact, now - since)

    def back_off_seconds(self, *, is_of_use: bool) -> float:
        """How long to leave the source alone: a second for those who have nothing, more while the old value serves."""
        doublings = min(self.failures_in_a_row - 1, 10) if is_of_use else 0
        return min(_FIRST_BACK_OFF_SECONDS * 2.0**doublings, _LONGEST_BACK_OFF_SECONDS)


class RefreshableValue(Generic[T]):
    """One shared value and its upkeep.

    Args:
        fetch: gets a new value; takes at most `FLIGHT_SECONDS`.
        flight: runs *fetch* once for all who wait.
        clock: monotonic time.
        telemetry: told when *fetch* fails, and when it succeeds again.
        phase: what a caller whose time runs out was waiting for.

    Attributes:
        kept: what is there now, fresh or not.
        record: how the fetches went so far.
    """

    def __init__(
        self,
        fetch: Callable[[], Coroutine[Any, Any, CachedValue[T]]],
        *,
        flight: SingleFlight,
        clock: AsyncClock,
        telemetry: Telemetry,
        phase: Phase,
    ) -> None:
        self.kept: CachedValue[T] | None = None
        self.record: Record = Record()
        self._fetch = fetch
        self._flight = flight
        self._now = clock.monotonic
        self._telemetry = telemetry
        self._phase: Phase = phase

    def fresh(self) -> T | None:
        """The value, if it needs no upkeep; None if `get` is to be awaited."""
        kept = self.kept
        return kept.value if kept is not None and self._now() < kept.refresh_at else None

    def state(self) -> RefreshState:
        """How the fetches go; the age of a value goes on rising when it serves no more."""
        record = self.record
        age_seconds = self._now() - record.arrived_at if record.successes else None
        return RefreshState(age_seconds, record.failures_in_a_row)

    async def get(self, timeout_seconds: float) -> T:
        """Return the value; wait for it only while there is none of use.

        Raises:
            FaaSTimeoutError: it did not come within *timeout_seconds*; the fetch goes on for the others.
            FaaSError: it could not be fetched.
        """
        kept, now = self.kept, self._now()
        if kept is not None and now < kept.refresh_at:
            return kept.value
        if kept is not None and now < kept.expires_at:
            if not self._is_backing_off(now, is_of_use=True):
                self._flight.launch(self._refresh)
            return kept.value
        outcome = self._recent_failure(now) or await self._join(timeout_seconds)
        if isinstance(outcome, FaaSError):
            raise_again(outcome)
        return outcome.value

    async def _join(self, timeout_seconds: float) -> CachedValue[T] | FaaSError:
        try:
            return await self._flight.join(self._refresh, timeout_seconds=timeout_seconds)
        except TimeoutError:
            raise FaaSTimeoutError(
                f"the deadline passed while waiting for {self._phase}", phase=self._phase, delivered="no"
            ) from None

    async def _refresh(self) -> CachedValue[T] | FaaSError:
        """One flight. Our own failures are returned: raised, they would collect the traceback of every waiter."""
        kept, now = self.kept, self._now()
        # Whoever comes just after a flight has landed starts another one, which need not ask again.
        if kept is not None and now < kept.refresh_at:
            return kept
        return self._recent_failure(now) or await self._ask()

    async def _ask(self) -> CachedValue[T] | FaaSError:
        try:
            kept = await self._fetch()
        except FaaSError as error:
            failure = fresh(error)
            self._note_failure(failure)
            return failure
        except Exception as error:
            self._note_failure(error)
            raise
        recovery = self.record.recovery(self._phase, self._now())
        self.kept, self.record = kept, self.record.succeeded(kept.received_at)
        if recovery is not None:
            self._telemetry.refresh_recovered(recovery)
        return kept

    def _recent_failure(self, now: float) -> FaaSError | None:
        """What those get who have nothing to use, instead of another question to a source that has just failed."""
        return self.record.failure if self._is_backing_off(now, is_of_use=False) else None

    def _is_backing_off(self, now: float, *, is_of_use: bool) -> bool:
        return now < self.record.failed_at + self.record.back_off_seconds(is_of_use=is_of_use)

    def _note_failure(self, error: Exception) -> None:
        now, kept, before = self._now(), self.kept, self.record
        impact: Impact = "now" if kept is None else kept.impact_at(now)
        expires_at = -math.inf if kept is None else kept.expires_at
        failure = error if isinstance(error, FaaSError) else None
        self.record = record = before.failed(now, failure, impact, expires_at)
        self._telemetry.refresh_failed(
            FailedRefresh(
                self._phase,
                error,
                record.failures_in_a_row,
                record.back_off_seconds(is_of_use=impact != "now"),
                impact,
                is_first=impact != before.impact,
                serves_for_seconds=expires_at - now if now < expires_at < math.inf else None,
            )
        )
