"""Walk the delivery ladder: send, judge, wait, send again.

Knows ports and core; no library, no colour. What may be repeated is decided in ``core/retry.py``; here stands in which
order things happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from lpfunctions.core.attempts import Attempt
from lpfunctions.core.bodies import read_body, read_complaint
from lpfunctions.core.errors import FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.retry import (
    delivered_by_answer,
    may_repeat_answer,
    may_repeat_failure,
    read_retry_after,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.deadline import Deadline
    from lpfunctions.core.errors import Delivered, Phase
    from lpfunctions.core.http import HttpRequest, HttpResponse
    from lpfunctions.core.retry import RetryPolicy
    from lpfunctions.ports import AsyncClock, AsyncTransport, AuthStrategy


@dataclass(slots=True)
class Trip:
    """One request on its way, over all its attempts.

    Attributes:
        deadline: when to give up.
        policy: how often to repeat.
        harmless: does repeating it change nothing?
        runs_several: can it start several functions?
        attempts: what became of each attempt so far.
        ended: monotonic time of the end of the last one.
    """

    deadline: Deadline
    policy: RetryPolicy
    harmless: bool = True
    runs_several: bool = False
    attempts: list[Attempt] = field(default_factory=list["Attempt"])
    ended: float = 0.0


class Answer(NamedTuple):
    """The last answer, and what it says.

    Attributes:
        response: the answer.
        delivered: may the function have run?
        retry_after: seconds that the server asked to wait, or None.
    """

    response: HttpResponse
    delivered: Delivered
    retry_after: float | None


class Delivery:
    """Send a request until it is answered, or until repeating it is not allowed, not useful or not in time."""

    def __init__(self, transport: AsyncTransport, clock: AsyncClock, random: Callable[[], float]) -> None:
        self._transport = transport
        self._clock = clock
        self._monotonic = clock.monotonic
        self._random = random

    async def send(self, request: HttpRequest, trip: Trip, auth: AuthStrategy | None = None) -> Answer:
        """Return the answer to *request*, authorised by *auth* anew for each attempt.

        Raises:
            FaaSRequestError: the last attempt got no answer.
            FaaSAppJWTAuthenticationError: it could not be authorised.
        """
        may_replay = auth is not None
        while True:
            try:
                sent = await self._authorised(request, trip, auth)
                answer = await self._attempt(sent, trip)
            except FaaSRequestError as failure:
                pause = self._pause_after_failure(failure, trip)
                if pause is None:
                    raise
            else:
                if (
                    answer.response.status == 401
                    and may_replay
                    and await self._is_worth_replaying(sent, answer, trip, auth)
                ):
                    may_replay = False
                    continue
                pause = self._pause_after_answer(answer, trip)
                if pause is None:
                    return answer
            await self._clock.sleep(pause)

    async def _authorised(self, request: HttpRequest, trip: Trip, auth: AuthStrategy | None) -> HttpRequest:
        request = request.within(self._remaining(trip, "backoff" if trip.attempts else "token"))
        if auth is None:
            return request
        headers = await auth.authorize(request)
        return request.with_headers(headers, self._remaining(trip, "token"))

    def _remaining(self, trip: Trip, phase: Phase) -> float:
        remaining = trip.deadline.remaining(self._monotonic())
        if remaining > 0:
            return remaining
        raise FaaSTimeoutError(
            f"the deadline of {trip.deadline.timeout_seconds:g} s passed ({phase})", phase=phase, delivered="no"
        )

    async def _attempt(self, request: HttpRequest, trip: Trip) -> Answer:
        started = self._monotonic()
        try:
            response = await self._transport.send(request)
        except FaaSRequestError as failure:
            trip.ended = self._monotonic()
            error, delivered = type(failure).__name__, failure.delivered
            trip.attempts.append(Attempt(request.host, None, error, delivered, trip.ended - started))
            raise
        trip.ended = self._monotonic()
        answer = self._judge(response, trip)
        trip.attempts.append(Attempt(request.host, response.status, None, answer.delivered, trip.ended - started))
        return answer

    async def _is_worth_replaying(
        self, sent: HttpRequest, answer: Answer, trip: Trip, auth: AuthStrategy | None
    ) -> bool:
        return auth is not None and self._is_in_time(0.0, trip) and await auth.rejected(sent, answer.response)

    def _judge(self, response: HttpResponse, trip: Trip) -> Answer:
        if 200 <= response.status < 300:
            return Answer(response, "yes", None)
        code = read_complaint(read_body(response.content)[0]).code
        retry_after = response.headers.get("retry-after")
        delivered = delivered_by_answer(
            response.status, code, has_retry_after=retry_after is not None, runs_several=trip.runs_several
        )
        return Answer(response, delivered, read_retry_after(retry_after, self._clock.now()))

    def _pause_after_failure(self, failure: FaaSRequestError, trip: Trip) -> float | None:
        if not may_repeat_failure(trip.policy, failure, harmless=trip.harmless):
            return None
        return self._pause(trip, retry_after=None, status=None)

    def _pause_after_answer(self, answer: Answer, trip: Trip) -> float | None:
        status = answer.response.status
        if not may_repeat_answer(trip.policy, status, answer.delivered, harmless=trip.harmless):
            return None
        return self._pause(trip, retry_after=answer.retry_after, status=status)

    def _pause(self, trip: Trip, *, retry_after: float | None, status: int | None) -> float | None:
        """Seconds to wait before the next attempt; None if there is to be none."""
        # A replay after a 401 is no retry: it does not count against the policy.
        done = sum(attempt.status != 401 for attempt in trip.attempts)
        if done > trip.policy.max_retries:
            return None
        pause = trip.policy.delay_after(done, fraction=self._random(), retry_after_seconds=retry_after, status=status)
        return pause if self._is_in_time(pause, trip) else None

    def _is_in_time(self, pause: float, trip: Trip) -> bool:
        then = self._monotonic() + pause
        return trip.deadline.remaining(then) > 0 and (trip.harmless or trip.deadline.leaves_time_to_run_again(then))
