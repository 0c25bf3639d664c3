"""The rules of delivery: what an outcome says about delivery, what may be repeated, and how long to wait.

Running a customer's function twice is worse than an error. An invocation is repeated only when the function cannot
have run, unless the policy says otherwise; a GET changes nothing and may be repeated.

    outcome of an attempt                          delivered   invoke        GET, discovery, token
    ---------------------------------------------  ----------  ------------  ---------------------
    refused, DNS, TLS                              no          repeat        repeat
    429; 503 with Retry-After                      no          repeat        repeat
    the same for an event on V2, 503 without it    unknown     as unknown    repeat
    reset, closed, truncated                       unknown     as unknown    repeat
    the deadline, in any phase                     by phase    never         never
    a response that is no HTTP, or too large       unknown     never         never
    408, 500, 502, 504                             unknown     as unknown    repeat
    2xx, 901, a code of the customer's function    yes         never         never
    other 4xx                                      no          never         never

*as unknown*: repeated only with ``retry_unknown``. A V2 event can start several functions, and a gateway that is out
of instances for the last of them may already have run the first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Final, Self

from lpfunctions.core.errors import (
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSRequestError,
)
from lpfunctions.core.platform.error_codes import RETRYABLE_STATUSES, is_function_failure

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Delivered

_UNKNOWN_STATUSES: Final = frozenset({408})
_LONGEST_RETRY_AFTER_SECONDS: Final = 7 * 24 * 3600.0
_PAUSE_AFTER_429_SECONDS: Final = 1.0


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a call is repeated, and with what pauses.

    Attributes:
        max_retries: attempts after the first.
        base_seconds: longest pause before the first retry; doubles with each further one.
        cap_seconds: longest pause of all.
        retry_unknown: also repeat an invocation whose function may have run.
    """

    max_retries: int = 3
    base_seconds: float = 0.35
    cap_seconds: float = 15.0
    retry_unknown: bool = False

    def __post_init__(self) -> None:
        if isinstance(self.max_retries, bool) or not isinstance(self.max_retries, int) or self.max_retries < 0:
            raise FaaSConfigurationError(f"max_retries must be a whole number from 0, not {self.max_retries!r}")
        for name in ("base_seconds", "cap_seconds"):
            value: object = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise FaaSConfigurationError(f"{name} must be a number of seconds from 0, not {value!r}")

    @classmethod
    def none(cls) -> Self:
        """Never repeat anything."""
        return cls(max_retries=0)

    @classmethod
    def at_least_once(cls) -> Self:
        """Also repeat an invocation whose function may have run: for functions that are idempotent."""
        return cls(retry_unknown=True)

    def delay_after(
        self, attempt: int, *, fraction: float, retry_after_seconds: float | None, status: int | None
    ) -> float:
        """Seconds to wait before attempt ``attempt + 1``; *attempt* counts from 1.

        Full jitter: *fraction*, drawn evenly from 0 to 1, of the longest pause. A server's Retry-After wins over the
        schedule (RFC 9110 section 10.2.3). After a 429 at least a second passes (LivePerson's retry advice).
        """
        if retry_after_seconds is not None:
            pause = retry_after_seconds
        else:
            # An exponent of 64 is past every cap, and keeps the power within a float.
            pause = fraction * min(self.cap_seconds, self.base_seconds * 2.0 ** min(attempt - 1, 64))
        return max(pause, _PAUSE_AFTER_429_SECONDS) if status == 429 else pause


def delivered_by_response(
    status: int, code: str | None, *, has_retry_after: bool, runs_several: bool = False
) -> Delivered:
    """May the function have run, given an HTTP response? *runs_several*: an event on V2."""
    if 200 <= status < 300 or is_function_failure(status, code):
        return "yes"
    if status == 429 or (status == 503 and has_retry_after):
        return "unknown" if runs_several else "no"
    return "no" if 400 <= status < 500 and status not in _UNKNOWN_STATUSES else "unknown"


def is_transient_response(status: int, delivered: Delivered) -> bool:
    """Is a response with *status* a temporary failure? What the function itself answered is final."""
    return status in RETRYABLE_STATUSES and delivered != "yes"


def is_transient_failure(failure: FaaSRequestError) -> bool:
    """Is *failure*, an attempt that got no response, temporary? A passed deadline leaves no time to try."""
    return isinstance(failure, FaaSConnectionError)


def may_run_again(policy: RetryPolicy, delivered: Delivered, *, idempotent: bool) -> bool:
    """May what was perhaps *delivered* be sent once more? *idempotent*: a GET, discovery, a token."""
    return idempotent or delivered == "no" or policy.retry_unknown


def read_retry_after(value: str | None, now: float) -> float | None:
    """Seconds that a ``Retry-After`` field asks to wait: whole seconds or an HTTP date; nonsense is None.

    *now* is the wall clock. Source: RFC 9110 section 10.2.3.
    """
    if value is None:
        return None
    text = value.strip()
    seconds = float(text) if text.isascii() and text.isdigit() and len(text) < 10 else _seconds_until(text, now)
    return seconds if seconds is not None and seconds <= _LONGEST_RETRY_AFTER_SECONDS else None


def _seconds_until(http_date: str, now: float) -> float | None:
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(http_date)
        # The oldest of the three formats names no zone, and means GMT (RFC 9110 section 5.6.7).
        moment = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
        return max(moment.timestamp() - now, 0.0)
    except (ValueError, OverflowError, TypeError):
        return None
