"""How many invocations of a batch run at once: fewer while the platform answers 429, more again when it does not.

Additive increase, multiplicative decrease, as TCP does it (RFC 5681 section 3.1): a 429 halves the number, and as
many good responses as run at once raise it by one.
"""

from __future__ import annotations

from typing import Final

THROTTLED: Final = 429


class AdaptiveConcurrency:
    """A number between 1 and *most* that follows the responses.

    Args:
        most: what the user allows.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._allowed = float(most)
        self._started = 0
        self._halved_at = 0

    @property
    def allowed(self) -> int:
        """How many may run at once now."""
        return int(self._allowed)

    def start(self) -> int:
        """Note that an invocation starts; return its number, which `ended` wants."""
        self._started += 1
        return self._started

    def ended(self, number: int, *, throttled: bool) -> None:
        """Note that invocation *number* has ended, and whether a 429 was among its responses.

        Those that started before the last halving tell nothing new: all that ran at that moment are often
        answered alike.
        """
        if not throttled:
            self._allowed = min(self._allowed + 1 / self._allowed, float(self._most))
        elif number > self._halved_at:
            self._halved_at = self._started
            self._allowed = max(self._allowed / 2, 1.0)
