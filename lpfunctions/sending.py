"""Walk the delivery ladder: send, judge, wait, send again.

Knows ports and core; no library, no colour. What may be repeated is decided in ``core/retries/policy.py``;
here stands in which order things happen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from lpfunctions.core.attempts import Attempt
from lpfunctions.core.auth.dpop import NONCE_HEADER
from lpfunctions.core.errors import FaaSError, FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.http.body import read_complaint, read_if_possible
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.interrupts import let_pass
from lpfunctions.core.retries.budget import cost_after
from lpfunctions.core.retries.deadline import in_words
from lpfunctions.core.retries.policy import (
    delivered_by_answer,
    is_transient_answer,
    is_transient_failure,
    may_run_again,
    read_retry_after,
)
from lpfunctions.core.telemetry import ObservedAttempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.attempts import Delivered, Phase
    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.core.retries.deadline import Deadline
    from lpfunctions.core.retries.policy import RetryPolicy
    from lpfunctions.core.telemetry import Denial
    from lpfunctions.ports import AsyncAuthStrategy, AsyncClock, AsyncTransport, RetryBudget, Telemetry


_BUSY: Final = frozenset({429, 503})


def _no_attempts() -> list[Attempt]:
    return []


@dataclass(slots=True)
class Trip:
    """One request on its way, over all its attempts.

    Attributes:
        deadline: when to give up.
        policy: how often to repeat.
        harmless: does repeating it change nothing?
        purpose: what it is made for, in a word.
        template: its path with placeholders for what varies.
        runs_several: can it start several functions, as an event on V2 does?
        joins_trace: is the receiver told of the caller's trace?
        is_watched: does anybody want to know of its attempts?
        least_pause_seconds: between two attempts, whatever the policy says.
        host: where the last attempt was sent; None as long as there was none.
        attempts: what became of each attempt so far.
        retries: how many of them were retries.
        taken: what the last retry took from the budget.
        ended: monotonic time of the end of the last one.
    """

    deadline: Deadline
    policy: RetryPolicy
    harmless: bool = True
    purpose: str = ""
    template: str = ""
    runs_several: bool = False
    joins_trace: bool = False
    is_watched: bool = True
    least_pause_seconds: float = 0.0
    host: str | None = None
    attempts: list[Attempt] = field(default_factory=_no_attempts)
    retries: int = 0
    taken: int = 0
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


class RateLimiter(Protocol):
    """What is asked of a rate limit. `LocalRateLimiter` is one."""

    async def reserve(self, most_seconds: float) -> float:
        """Return how long to wait before one request is sent; reserves nothing if that is more than *most_seconds*."""
        ...

    async def is_held(self) -> bool:
        """Has the server asked for a pause that is not over?"""
        ...

    async def hold(self, seconds: float) -> None:
        """Let no request go for *seconds*, as the server asked."""
        ...


class Delivery:
    """Send a request until it is answered, or until repeating it is not allowed, not useful or not in time."""

    def __init__(
        self,
        transport: AsyncTransport,
        clock: AsyncClock,
        random: Callable[[], float],
        telemetry: Telemetry,
        budget: RetryBudget,
        *,
        limiter: RateLimiter | None = None,
    ) -> None:
        self._limiter = limiter
        self._transport = transport
        self._budget = budget
        self._telemetry = telemetry
        self._clock = clock
        self._monotonic = clock.monotonic
        self._random = random

    async def send(self, request: HttpRequest, trip: Trip, auth: AsyncAuthStrategy | None = None) -> Answer:
        """Return the answer to *request*, authorised by *auth* anew for each attempt.

        With *auth*, the request says how long its first attempt may take: who asks has just computed it, and the clock
        is read once less in a warm call.

        Raises:
            FaaSRequestError: the last attempt got no answer.
            FaaSAppJWTAuthenticationError: it could not be authorised.
        """
        replayed: set[str] = set()
        attempt = self._watched_attempt if trip.is_watched else self._attempt
        while True:
            try:
                sent = await self._authorised(request, trip, auth)
                answer = await attempt(sent, trip)
            except FaaSRequestError as failure:
                pause = self._pause_after_failure(failure, request.host, trip)
                if pause is None:
                    raise
            else:
                response = answer.response
                may_be_mended = response.status == 401 or NONCE_HEADER in response.headers
                if auth is not None and may_be_mended and await self._is_mended(sent, response, trip, auth, replayed):
                    continue
                if auth is not None:
                    await self._obey(answer)
                pause = self._pause_after_answer(answer, request.host, trip)
                if pause is None:
                    return answer
            await self._clock.sleep(pause)

    async def _authorised(self, request: HttpRequest, trip: Trip, auth: AsyncAuthStrategy | None) -> HttpRequest:
        if auth is None or trip.attempts:
            request = request.within(self._remaining(trip, "backoff" if trip.attempts else "token"))
        if auth is None:
            return request
        if self._limiter is not None:
            await self._wait_for_turn(self._limiter, trip)
            request = request.within(self._remaining(trip, "rate_limit"))
        headers = await auth.authorize(request)
        return request.with_headers(headers, self._remaining(trip, "token"))

    async def _wait_for_turn(self, limiter: RateLimiter, trip: Trip) -> None:
        """Wait until the rate limit lets a request go; a pause that the server asks for meanwhile counts too."""
        is_held = True
        while is_held:
            most_seconds = self._remaining(trip, "rate_limit")
            wait = await limiter.reserve(most_seconds)
            if wait > most_seconds:
                late = FaaSTimeoutError(
                    f"the rate limit lets no request go within {in_words(most_seconds)}",
                    phase="rate_limit",
                    delivered="no",
                )
                late.retry_after = wait
                raise late
            if wait > 0:
                await self._clock.sleep(wait)
            is_held = await limiter.is_held()

    async def _obey(self, answer: Answer) -> None:
        """Let all calls wait as long as the server asked this one to."""
        if self._limiter is not None and answer.retry_after is not None and answer.response.status in _BUSY:
            await self._limiter.hold(answer.retry_after)

    def _remaining(self, trip: Trip, phase: Phase) -> float:
        remaining = trip.deadline.at - self._monotonic()
        if remaining > 0:
            return remaining
        raise FaaSTimeoutError(
            f"the deadline of {in_words(trip.deadline.timeout_seconds)} passed ({phase})", phase=phase, delivered="no"
        )

    async def _watched_attempt(self, request: HttpRequest, trip: Trip) -> Answer:
        observed = ObservedAttempt(request, trip.purpose, trip.template, len(trip.attempts), trip.joins_trace)
        with self._telemetry.attempt(observed):
            try:
                return await self._attempt(observed.request, trip)
            finally:
                if len(trip.attempts) > observed.resend_count:
                    observed.outcome = trip.attempts[-1]

    async def _attempt(self, request: HttpRequest, trip: Trip) -> Answer:
        started, host = self._monotonic(), request.host
        trip.host = host
        try:
            response = _checked(await self._transport.send(request))
        except Exception as error:
            let_pass(error)
            failure = error if isinstance(error, FaaSError) else _unexpected(error)
            trip.ended = self._monotonic()
            name, delivered = type(failure).__name__, failure.delivered
            trip.attempts.append(Attempt(host, None, name, delivered, trip.ended - started))
            if failure is error:
                raise
            raise failure from error
        trip.ended = self._monotonic()
        answer = self._judge(response, trip)
        trip.attempts.append(Attempt(host, response.status, None, answer.delivered, trip.ended - started))
        return answer

    async def _is_mended(
        self, sent: HttpRequest, response: HttpResponse, trip: Trip, auth: AsyncAuthStrategy, replayed: set[str]
    ) -> bool:
        """Was *sent* refused for what *auth* can mend, at once and outside the retry policy? Once for each reason."""
        if NONCE_HEADER in response.headers and _answered(auth, sent, response) and "nonce" not in replayed:
            reason = "nonce"
        elif response.status == 401 and "token" not in replayed:
            reason = "token"
        else:
            return False
        if not self._is_in_time(0.0, trip) or (reason == "token" and not await auth.rejected(sent, response)):
            return False
        replayed.add(reason)
        return True

    def _judge(self, response: HttpResponse, trip: Trip) -> Answer:
        if 200 <= response.status < 300:
            return Answer(response, "yes", None)
        code = read_complaint(read_if_possible(response.content)).code
        retry_after = response.headers.get("retry-after")
        delivered = delivered_by_answer(
            response.status, code, has_retry_after=retry_after is not None, runs_several=trip.runs_several
        )
        return Answer(response, delivered, read_retry_after(retry_after, self._clock.now()))

    def _pause_after_failure(self, failure: FaaSRequestError, host: str, trip: Trip) -> float | None:
        if not is_transient_failure(failure):
            return None
        return self._pause(host, trip, failure.delivered, retry_after=None, status=None)

    def _pause_after_answer(self, answer: Answer, host: str, trip: Trip) -> float | None:
        status = answer.response.status
        if not is_transient_answer(status, answer.delivered):
            self._budget.pay_back(host, trip.taken)
            return None
        return self._pause(host, trip, answer.delivered, retry_after=answer.retry_after, status=status)

    def _pause(
        self, host: str, trip: Trip, delivered: Delivered, *, retry_after: float | None, status: int | None
    ) -> float | None:
        """Seconds to wait before the next attempt; None if there is to be none."""
        if not may_run_again(trip.policy, delivered, harmless=trip.harmless):
            return self._deny(trip, "may_have_run")
        if trip.retries >= trip.policy.max_retries:
            return self._deny(trip, "max_retries")
        fraction = self._random()
        pause = trip.policy.delay_after(
            trip.retries + 1, fraction=fraction, retry_after_seconds=retry_after, status=status
        )
        pause = max(pause, trip.least_pause_seconds)
        if not self._is_in_time(pause, trip):
            return self._deny(trip, "deadline")
        cost = cost_after(status)
        if not self._budget.take(host, cost):
            return self._deny(trip, "budget")
        # A replay after a 401 is no retry: it counts neither here nor against the budget.
        trip.retries, trip.taken = trip.retries + 1, cost
        return pause

    def _deny(self, trip: Trip, reason: Denial) -> float | None:
        """No pause: what could be repeated is not, for *reason*."""
        self._telemetry.retry_denied(trip.purpose, reason)
        return None

    def _is_in_time(self, pause: float, trip: Trip) -> bool:
        then = self._monotonic() + pause
        return trip.deadline.remaining(then) > 0 and (trip.harmless or trip.deadline.leaves_time_to_run_again(then))


def _answered(auth: AsyncAuthStrategy, sent: HttpRequest, response: HttpResponse) -> bool:
    """Tell *auth* of a nonce, if it wants to hear of it; does the server only want that in another proof?"""
    answered: Callable[[HttpRequest, HttpResponse], bool] | None = getattr(auth, "answered", None)
    return answered is not None and answered(sent, response)


def _checked(response: object) -> HttpResponse:
    if isinstance(response, HttpResponse):
        return response
    raise TypeError(f"it returned a {type(response).__name__}")


def _unexpected(error: Exception) -> FaaSRequestError:
    """Our error for what a transport must not raise: nobody knows how far it had come."""
    name = type(error).__name__
    failure = FaaSRequestError(f"the transport broke its contract, see the cause ({name})", delivered="unknown")
    failure.retryable = False
    return failure
