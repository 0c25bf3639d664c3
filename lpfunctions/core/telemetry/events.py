"""What telemetry is told: the facts of one operation and of one attempt, filled in while they run.

Plain data. Who fills in what stands in ``operations.py`` and ``sending.py``; what is made of it, in
``adapters/telemetry``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from lpfunctions.core.errors import FaaSError, FaaSLambdaError, FaaSOperationError

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Attempt
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.core.operation_table import OperationSpec
    from lpfunctions.core.requests.calls import Call
    from lpfunctions.core.responses.response import Response

_REGION: Final = re.compile(r"([a-z]{2}(?:-[a-z])?)\.(?=.*\.(?:liveperson|lpcloud|lprnd)\.)", re.ASCII)

Denial = Literal["max_retries", "deadline", "may_have_run", "budget"]
"""Why a repeatable outcome is not repeated: the policy's count is used up; no time is left; the function may have run
and the policy does not allow to run it twice; retries at this host have used up their budget."""


@dataclass(slots=True, eq=False)
class ObservedOperation:
    """One operation, from the call of the client's method to its return.

    Attributes:
        spec: which operation.
        call: its arguments, as the user gave them; not checked, and with the payload.
        account_id: the account.
        request_id: ``X-Request-ID`` of all attempts; None until it is known.
        host: where its own request was sent; None when there was none, or it failed elsewhere. Set at its end.
        from_cache: was the answer remembered?
        response: the platform's response; None when there was none, or another call got it for this one too.
        attempts: what became of each attempt so far.
        error: what the operation failed with, error statuses included; None if it went well.
        is_observed: does anybody want to know of its attempts? Telemetry says so at its beginning.
        started: monotonic time of its start, seconds.
        duration_seconds: how long it took; set at its end.
    """

    spec: OperationSpec
    call: Call
    account_id: str
    request_id: str | None = None
    host: str | None = None
    from_cache: bool = False
    response: Response | None = None
    attempts: Sequence[Attempt] = ()
    error: BaseException | None = None
    is_observed: bool = True
    started: float = 0.0
    duration_seconds: float = 0.0

    @property
    def status(self) -> int | None:
        """HTTP status of the platform's response to this operation's own request; None when there was none."""
        if self.response is not None:
            return self.response.status
        # Without a host of its own, it shares the error of another operation's request.
        return self.error.status if self.host is not None and isinstance(self.error, FaaSOperationError) else None

    @property
    def was_cancelled(self) -> bool:
        """Did the application end it: by cancelling its task, by Ctrl-C, or by an exception of a signal handler?"""
        return self.error is not None and not isinstance(self.error, Exception)

    @property
    def target(self) -> str | None:
        """The function or the event that it is about, if any."""
        return getattr(self.call, "lambda_uuid", None) or getattr(self.call, "event_id", None)

    @property
    def region(self) -> str | None:
        """The data centre, where the host shows it: ``va`` of ``va.faasgw.liveperson.net``, ``va-a`` of the alpha."""
        return None if self.host is None else _region_of(self.host)

    @property
    def retry_count(self) -> int:
        """How many attempts followed the first."""
        return max(len(self.attempts) - 1, 0)

    @property
    def error_type(self) -> str | None:
        """What kind of failure it was, low in cardinality; None if it went well or was cancelled.

        The class of the cause when no good response came (``FaaSTimeoutError``), ``FaaSLambdaError`` when the
        customer's function failed, else the status (``"429"``); the error's own class where there is none.
        """
        return None if self.error is None or self.was_cancelled else error_type(self.error)

    @property
    def delivered(self) -> str | None:
        """May the function have run? None when nobody knows."""
        return getattr(self.response if self.error is None else self.error, "delivered", None)


@lru_cache(maxsize=256)
def _region_of(host: str) -> str | None:
    match = _REGION.match(host)
    return None if match is None else match[1]


def error_type(error: BaseException) -> str:
    """Name the kind of failure that *error* is, as `ObservedOperation.error_type` explains."""
    if isinstance(error, FaaSOperationError) and not isinstance(error, FaaSLambdaError):
        if isinstance(error.__cause__, FaaSError):
            return type(error.__cause__).__name__
        if error.status is not None:
            return str(error.status)
    return type(error).__name__


Impact = Literal["none", "soon", "now"]
"""What a failed refresh means for calls: nothing, because the old value serves; nothing yet, but half of the time for
which the old value goes on serving has passed; no call can succeed."""


@dataclass(frozen=True, slots=True)
class FailedRefresh:
    """Something shared could not be fetched anew.

    Attributes:
        purpose: ``discovery``, ``token`` or ``shared_store``.
        error: why.
        failures_in_a_row: this one included.
        next_try_seconds: until it is tried again, at the earliest.
        impact: what that means for calls.
        is_first: is it the first of these failures in a row that means this?
        serves_for_seconds: how long the old value goes on serving; None when there is none, or its end is not known.
    """

    purpose: str
    error: BaseException
    failures_in_a_row: int
    next_try_seconds: float
    impact: Impact
    is_first: bool
    serves_for_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class RecoveredRefresh:
    """Something shared was fetched again, after failures.

    Attributes:
        purpose: ``discovery``, ``token`` or ``shared_store``.
        failures: how many there were in a row.
        impact: the worst that they meant for calls.
        lasted_seconds: for how long no call could succeed; where some could, since the first of the failures.
    """

    purpose: str
    failures: int
    impact: Impact
    lasted_seconds: float


@dataclass(frozen=True, slots=True)
class RefreshState:
    """How the refreshes of something shared go.

    Attributes:
        age_seconds: since the last value was received, whether it still serves or not; None before the first.
        failures_in_a_row: fetches that failed, with no success since.
    """

    age_seconds: float | None
    failures_in_a_row: int


@dataclass(slots=True, eq=False)
class ObservedAttempt:
    """One request on its way.

    Attributes:
        request: what is sent; telemetry may replace it by one with trace headers.
        purpose: the operation it is made for, or ``discovery``, ``token``.
        template: the path with placeholders for what varies: low in cardinality.
        resend_count: attempts before this one.
        joins_trace: is the receiver told of the trace?
        outcome: what became of it; None when it was cancelled.
        response: what came back; None when no response came.
    """

    request: HttpRequest
    purpose: str
    template: str
    resend_count: int
    joins_trace: bool
    outcome: Attempt | None = None
    response: HttpResponse | None = None

    @property
    def route(self) -> str:
        """The template as a path."""
        return "/" + self.template.lstrip("/")
