"""The retry budget: a bucket of tokens that retries take from and good answers pay back to.

A good answer is one that is no sign of trouble at the host: a 404 is one, and so is a function's own failure.

While a host is well, retries are few and cost nothing in the end. In an outage the bucket runs dry, and from then on
a call is one attempt: the load on a host that struggles stays what it was, instead of growing fourfold.

    500 tokens        100 retries in a row, on one host, of one client
    a retry           takes 5; 10 when the last attempt ran into a timeout of the server's (408, 504)
    a good answer     pays back what its call took last, or 1 when it took nothing

Source: the standard retry mode of the AWS SDKs, whose numbers these are.
"""

from __future__ import annotations

from typing import Final

CAPACITY: Final = 500

_RETRY: Final = 5
_RETRY_AFTER_TIMEOUT: Final = 10
_SUCCESS: Final = 1
_TIMEOUTS: Final = frozenset({408, 504})


def cost_after(status: int | None) -> int:
    """Tokens that a retry takes after an attempt that was answered with *status*, or not at all."""
    return _RETRY_AFTER_TIMEOUT if status in _TIMEOUTS else _RETRY


def after_retry(level: int, cost: int) -> int | None:
    """What is left of *level* when a retry has taken *cost*; None when there is not enough."""
    return level - cost if level >= cost else None


def after_success(level: int, taken: int) -> int:
    """*level* when a call has gone well whose last retry had *taken* so much."""
    return min(level + (taken or _SUCCESS), CAPACITY)
