"""Send a request, classify the response, wait, send again.

Knows ports and core; no library, no mode. The rules of what may be repeated are in ``core/retries/policy.py``;
they are applied here, with the limit of retries, the deadline and the retry budget.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from lpfunctions.core.attempts import Attempt
from lpfunctions.core.auth.dpop import NONCE_HEADER
from lpfunctions.core.errors import FaaSError, FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.http.body import read_error_body, read_if_possible
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.interrupts import raise_if_of_signal_handler
from lpfunctions.core.retries.budget import cost_after
from lpfunctions.core.retries.deadline import in_words
from lpfunctions.core.retries.policy import (
    delivered_by_response,
    is_transient_failure,
    is_transient_response,
    may_run_again,
    read_retry_after,
)
from lpfunctions.core.telemetry.events import ObservedAttempt

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.attempts import Delivered, Phase
    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.core.retries.budget import RetryBudget
    from lpfunctions.core.retries.send_options import AttemptLog, SendOptions
    from lpfunctions.core.telemetry.events import Denial
    from lpfunctions.ports import AsyncAuthStrategy, AsyncClock, AsyncTransport, Telemetry


_BUSY: Final = frozenset({429, 503})


class ClassifiedResponse(NamedTuple):
    """The last response, and what it says.

    Attributes:
        response: the response.
        delivered: may the function have run?
        retry_after: seconds that the server asked to wait, or None.
    """

    response: HttpResponse
    delivered: Delivered
    retry_after: float | None


class RateLimiter(Protocol):
    """What is asked of a rate limit. `LocalRateLimiter` is one."""

    async def reserve(self, max_wait_seconds: float) -> float:
        """Return how long to wait before one request is sent; reserve nothing if that exceeds *max_wait_seconds*."""
        ...

    async def is_held(self) -> bool:
        """Has the server asked for a pause that is not over?"""
        ...

    async def hold(self, seconds: float) -> None:
        """Let no request go for *seconds*, as the server asked."""
        ...


class RequestSender:
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

    async def send(
        self, request: HttpRequest, options: SendOptions, log: AttemptLog, auth: AsyncAuthStrategy | None = None
    ) -> ClassifiedResponse:
        """Return the response to *request*, authorised by *auth* anew for each attempt; *log* tells of each.

        With *auth*, ``request.timeout_seconds`` already is the time left for the first attempt, which saves a reading
        of the clock.

        Raises:
            FaaSRequestError: the last attempt got no response.
            FaaSAppJWTAuthenticationError: it could not be authorised.
        """
        replayed: set[str] = set()
        attempt = self._observed_attempt if options.is_observed else self._attempt
        while True:
            try:
                sent = await self._authorised(request, options, log, auth)
                classified = await attempt(sent, options, log)
            except FaaSRequestError as failure:
                pause = self._retry_delay_after_failure(failure, request.host, options, log)
                if pause is None:
                    raise
            else:
                response = classified.response
                if auth is not None:
                    may_be_replayed = response.status == 401 or NONCE_HEADER in response.headers
                    if may_be_replayed and await self._prepare_replay(sent, response, options, auth, replayed):
                        continue
                    await self._hold_rate_limit(classified)
                pause = self._retry_delay_after_response(classified, request.host, options, log)
                if pause is None:
                    return classified
            await self._clock.sleep(pause)

    async def _authorised(
        self, request: HttpRequest, options: SendOptions, log: AttemptLog, auth: AsyncAuthStrategy | None
    ) -> HttpRequest:
        if auth is None or log.attempts:
            request = request.within(self._remaining(options, "backoff" if log.attempts else "token"))
        if auth is None:
            return request
        if self._limiter is not None:
            await self._wait_for_turn(self._limiter, options)
            request = request.within(self._remaining(options, "rate_limit"))
        headers = await auth.authorize(request)
        return request.with_headers(headers, self._remaining(options, "token"))

    async def _wait_for_turn(self, limiter: RateLimiter, options: SendOptions) -> None:
        """Wait until the rate limit lets a request go; a pause that the server asks for meanwhile counts too."""
        is_held, waited_seconds = True, 0.0
        while is_held:
            max_wait_seconds = self._remaining(options, "rate_limit")
            wait = await limiter.reserve(max_wait_seconds)
            if wait > max_wait_seconds:
                raise _held_by_rate_limit(wait, max_wait_seconds)
            if wait > 0:
                await self._clock.sleep(wait)
                waited_seconds += wait
            is_held = await limiter.is_held()
        if waited_seconds > 0:
            self._telemetry.rate_limited(options.purpose, waited_seconds)

    async def _hold_rate_limit(self, classified: ClassifiedResponse) -> None:
        """Let all calls wait as long as the server asked this one to."""
        if self._limiter is not None and classified.retry_after is not None and classified.response.status in _BUSY:
            await self._limiter.hold(classified.retry_after)

    def _remaining(self, options: SendOptions, phase: Phase) -> float:
        remaining = options.deadline.at - self._monotonic()
        if remaining > 0:
            return remaining
        raise FaaSTimeoutError(
            f"the deadline of {in_words(options.deadline.timeout_seconds)} passed ({phase})",
            phase=phase,
            delivered="no",
        )

    async def _observed_attempt(
        self, request: HttpRequest, options: SendOptions, log: AttemptLog
    ) -> ClassifiedResponse:
        observed = ObservedAttempt(request, options.purpose, options.template, len(log.attempts), options.joins_trace)
        with self._telemetry.attempt(observed):
            try:
                classified = await self._attempt(observed.request, options, log)
                observed.response = classified.response
                return classified
            finally:
                if len(log.attempts) > observed.resend_count:
                    observed.outcome = log.attempts[-1]

    async def _attempt(self, request: HttpRequest, options: SendOptions, log: AttemptLog) -> ClassifiedResponse:
        started, host = self._monotonic(), request.host
        log.host = host
        try:
            response = _require_response(await self._transport.send(request))
        except FaaSError as failure:
            raise_if_of_signal_handler(failure)
            self._note_failure(failure, host, started, log)
            raise
        except Exception as error:
            raise_if_of_signal_handler(error)
            raise self._note_failure(_unexpected(error), host, started, log) from error
        log.ended = self._monotonic()
        classified = self._classify(response, options)
        log.attempts.append(Attempt(host, response.status, None, classified.delivered, log.ended - started))
        return classified

    def _note_failure(self, failure: FaaSError, host: str, started: float, log: AttemptLog) -> FaaSError:
        log.ended = self._monotonic()
        log.attempts.append(Attempt(host, None, type(failure).__name__, failure.delivered, log.ended - started))
        return failure

    async def _prepare_replay(
        self,
        sent: HttpRequest,
        response: HttpResponse,
        options: SendOptions,
        auth: AsyncAuthStrategy,
        replayed: set[str],
    ) -> bool:
        """Return whether to send again at once, with a new token after a 401, or with the nonce that a proof lacked.

        A rejected token is invalidated. Once for each reason; it is no retry, and costs nothing of the budget.
        """
        if NONCE_HEADER in response.headers and _needs_nonce(auth, sent, response) and "nonce" not in replayed:
            reason = "nonce"
        elif response.status == 401 and "token" not in replayed:
            reason = "token"
        else:
            return False
        if not self._is_in_time(0.0, options) or (reason == "token" and not await auth.rejected(sent, response)):
            return False
        replayed.add(reason)
        return True

    def _classify(self, response: HttpResponse, options: SendOptions) -> ClassifiedResponse:
        if 200 <= response.status < 300:
            return ClassifiedResponse(response, "yes", None)
        code = read_error_body(read_if_possible(response.content)).code
        retry_after = response.headers.get("retry-after")
        delivered = delivered_by_response(
            response.status, code, has_retry_after=retry_after is not None, runs_several=options.runs_several
        )
        return ClassifiedResponse(response, delivered, read_retry_after(retry_after, self._clock.now()))

    def _retry_delay_after_failure(
        self, failure: FaaSRequestError, host: str, options: SendOptions, log: AttemptLog
    ) -> float | None:
        if not is_transient_failure(failure):
            return None
        return self._retry_delay(host, options, log, failure.delivered, retry_after=None, status=None)

    def _retry_delay_after_response(
        self, classified: ClassifiedResponse, host: str, options: SendOptions, log: AttemptLog
    ) -> float | None:
        status = classified.response.status
        if not is_transient_response(status, classified.delivered):
            self._budget.release(host, log.acquired)
            return None
        return self._retry_delay(
            host, options, log, classified.delivered, retry_after=classified.retry_after, status=status
        )

    def _retry_delay(
        self,
        host: str,
        options: SendOptions,
        log: AttemptLog,
        delivered: Delivered,
        *,
        retry_after: float | None,
        status: int | None,
    ) -> float | None:
        """Decide whether to retry. If so, take from the budget, count it, and return the seconds to wait; else None."""
        if not may_run_again(options.policy, delivered, idempotent=options.idempotent):
            return self._retry_denied(options, "may_have_run")
        if log.retries >= options.policy.max_retries:
            return self._retry_denied(options, "max_retries")
        fraction = self._random()
        pause = options.policy.delay_after(
            log.retries + 1, fraction=fraction, retry_after_seconds=retry_after, status=status
        )
        pause = max(pause, options.least_pause_seconds)
        if not self._is_in_time(pause, options):
            return self._retry_denied(options, "deadline")
        cost = cost_after(status)
        if not self._budget.acquire(host, cost):
            return self._retry_denied(options, "budget")
        log.retries, log.acquired = log.retries + 1, cost
        return pause

    def _retry_denied(self, options: SendOptions, reason: Denial) -> float | None:
        """No pause: what could be repeated is not, for *reason*."""
        self._telemetry.retry_denied(options.purpose, reason)
        return None

    def _is_in_time(self, pause: float, options: SendOptions) -> bool:
        then = self._monotonic() + pause
        return options.deadline.remaining(then) > 0 and (
            options.idempotent or options.deadline.leaves_time_to_run_again(then)
        )


def _needs_nonce(auth: AsyncAuthStrategy, sent: HttpRequest, response: HttpResponse) -> bool:
    """Pass the nonce of *response* to *auth*, if it uses nonces; is it all that the server asks for?"""
    answered: Callable[[HttpRequest, HttpResponse], bool] | None = getattr(auth, "answered", None)
    return answered is not None and answered(sent, response)


def _require_response(response: object) -> HttpResponse:
    if isinstance(response, HttpResponse):
        return response
    raise TypeError(f"transport.send returned a {type(response).__name__}, not an HttpResponse")


def _held_by_rate_limit(wait_seconds: float, max_wait_seconds: float) -> FaaSTimeoutError:
    late = FaaSTimeoutError(
        f"the rate limit lets no request go within {in_words(max_wait_seconds)}", phase="rate_limit", delivered="no"
    )
    late.retry_after = wait_seconds
    return late


def _unexpected(error: Exception) -> FaaSRequestError:
    """Our error for what a transport must not raise; whether the request was sent is not known."""
    name = type(error).__name__
    failure = FaaSRequestError(f"the transport broke its contract, see the cause ({name})", delivered="unknown")
    failure.retryable = False
    return failure
