"""Remember for a while whether events are implemented; ask once, however many want to know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.errors import FaaSError, raise_again

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from contextlib import AbstractContextManager

    from lpfunctions.ports import AsyncClock, SingleFlight

ImplementedKey = tuple[str, str | None, str | None]
"""Event, skill, user: what an answer depends on."""

LARGEST: Final = 10_000
"""Answers kept; the oldest go first."""


class ImplementedCache:
    """Positive and negative answers, each for *duration_seconds*; a failure is never kept.

    However many ask at once, one question is sent for each key, and an answer is given for that key alone.

    All answers live equally long, so the order in which they came is the order in which they end.

    Args:
        duration_seconds: how long an answer is good; 0 remembers nothing.
        question_seconds: how long one question that several wait for may take.
        clock: monotonic time.
        new_flight: makes the single flight of one question.
        lock: gives what guards changes where several threads run; elsewhere a null context.
    """

    def __init__(
        self,
        duration_seconds: float,
        *,
        question_seconds: float,
        clock: AsyncClock,
        new_flight: Callable[[], SingleFlight],
        lock: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        self._duration_seconds = duration_seconds
        self._question_seconds = question_seconds
        self._now = clock.monotonic
        self._new_flight = new_flight
        self._lock = lock
        self._answers: dict[ImplementedKey, tuple[bool, float]] = {}
        self._flights: dict[ImplementedKey, SingleFlight] = {}

    def __len__(self) -> int:
        return len(self._answers)

    def known(self, key: ImplementedKey) -> bool | None:
        """The answer, if one is still good."""
        found = self._answers.get(key)
        return found[0] if found is not None and self._now() < found[1] else None

    async def find_out(
        self, key: ImplementedKey, ask: Callable[[float], Coroutine[Any, Any, bool]], *, timeout_seconds: float
    ) -> bool:
        """Return what *ask* says, asked once for all who want to know at the same time.

        Raises:
            TimeoutError: no answer came within *timeout_seconds*; the question goes on for the others.
        """
        if self._duration_seconds == 0:
            return await ask(timeout_seconds)
        # Those who wait longer than the one who asked first must not fail by his deadline.
        question_seconds = max(timeout_seconds, self._question_seconds)
        with self._lock():
            flight = self._flights.get(key)
            if flight is None:
                flight = self._flights[key] = self._new_flight()

        async def ask_and_remember() -> bool:
            try:
                # Whoever comes just after a flight has landed starts another: it need not ask again.
                known = self.known(key)
                return self._remember(key, await ask(question_seconds)) if known is None else known
            finally:
                with self._lock():
                    self._flights.pop(key, None)

        try:
            return await flight.join(ask_and_remember, timeout_seconds=timeout_seconds)
        except FaaSError as shared:
            raise_again(shared)

    def _remember(self, key: ImplementedKey, answer: bool) -> bool:
        now = self._now()
        with self._lock():
            self._answers.pop(key, None)
            self._answers[key] = (answer, now + self._duration_seconds)
            while len(self._answers) > LARGEST or next(iter(self._answers.values()))[1] <= now:
                del self._answers[next(iter(self._answers))]
        return answer
