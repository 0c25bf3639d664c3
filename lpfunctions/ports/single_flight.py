"""Doing shared work once, however many wait for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

T = TypeVar("T")


class SingleFlight(Protocol):
    """Run one piece of work for all who want its result at the same time.

    The work is a *flight*: it runs detached from whoever started it, so that no caller's deadline or cancellation
    touches the others. Callers share its outcome, not a lock: a failing endpoint is asked once, not once per waiter.

    Contract (``lpfunctions.testing.contracts.SingleFlightContract``):

    * while a flight runs, everybody who joins gets its result or its very failure; nothing is started twice
    * a finished flight is forgotten at once: the next ``join`` starts anew
    * ``join`` waits *timeout_seconds* at the most and then raises ``TimeoutError``; the flight goes on
    * a cancelled waiter disturbs nobody
    """

    async def join(self, work: Callable[[], Coroutine[Any, Any, T]], *, timeout_seconds: float) -> T:
        """Return the outcome of the flight under way; start one with *work* if there is none."""
        ...

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        """Start a flight with *work* unless one is under way; wait for nothing."""
        ...
