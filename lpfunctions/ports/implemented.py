"""Remembering whether events are implemented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

ImplementedKey = tuple[str, str | None, str | None]
"""Event, skill, user: what an answer depends on."""


class ImplementedCache(Protocol):
    """Keep the answers to "is this event implemented?" for a while.

    Contract (tests/contract/test_is_implemented.py):

    * positive and negative answers are kept, for the same time; failures never
    * an answer is only given for the very key it was found for
    * however many ask at once, one question is sent per key
    """

    def known(self, key: ImplementedKey) -> bool | None:
        """Return the answer if one is still good."""
        ...

    async def find_out(
        self, key: ImplementedKey, ask: Callable[[float], Coroutine[Any, Any, bool]], *, timeout_seconds: float
    ) -> bool:
        """Return what ``ask(seconds it may take)`` says, and remember it; ``TimeoutError`` after *timeout_seconds*."""
        ...
