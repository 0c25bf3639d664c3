"""Limiting how much retries add to the load of a host."""

from __future__ import annotations

from typing import Protocol


class RetryBudget(Protocol):
    """Allow or refuse retries, host by host; ``core/retries/budget.py`` has the arithmetic.

    Contract (tests/contract/test_budget.py):

    * what one host has used up takes nothing from another
    * a refused retry takes nothing
    * safe to call from many threads at once: nothing taken or paid back gets lost
    """

    def take(self, host: str, cost: int) -> bool:
        """Take *cost* for a retry at *host*; False, and nothing taken, when too little is left."""
        ...

    def pay_back(self, host: str, taken: int) -> None:
        """Note that *host* served a call well whose last retry had *taken* so much; 0 when there was none."""
        ...
