"""The retry policy, followed by the request sender over a scripted transport on a clock that nobody waits for."""

from __future__ import annotations

import math
from contextlib import AbstractContextManager, nullcontext
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.adapters.blocking.async_shaped import AsyncShapedClock
from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.memory import ManualClock
from lpfunctions.core.errors import (
    FaaSAppJWTAuthenticationError,
    FaaSConnectionError,
    FaaSRequestError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
)
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.core.retries.budget import RetryBudget
from lpfunctions.core.retries.deadline import Deadline
from lpfunctions.core.retries.policy import RetryPolicy
from lpfunctions.core.retries.send_options import AttemptLog, SendOptions
from lpfunctions.sending import ClassifiedResponse, RequestSender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )

Outcome = HttpResponse | FaaSRequestError
POST = HttpRequest("POST", "https://gw.example/api/invoke?v=1", {"X-Request-ID": "rid"}, b"{}")
OK = HttpResponse(200, "OK", {}, b"[]")


class Script:
    """A transport that does what the script says, each time after *takes* seconds."""

    def __init__(self, clock: ManualClock, outcomes: list[Outcome], takes: float = 0.0) -> None:
        self.sent: list[HttpRequest] = []
        self._clock = clock
        self._outcomes = list(outcomes)
        self._takes = takes

    async def send(self, request: HttpRequest) -> HttpResponse:
        self.sent.append(request)
        self._clock.advance(self._takes)
        outcome = self._outcomes.pop(0)
        if isinstance(outcome, FaaSRequestError):
            raise outcome
        return outcome

    async def aclose(self) -> None:
        """There is nothing to close."""


class Keyring:
    """Hands out ``token-1``, ``token-2``, …; *knows_better* says whether a 401 is worth another attempt."""

    def __init__(self, clock: ManualClock, *, knows_better: bool = True, takes: float = 0.0) -> None:
        self.asked: list[HttpRequest] = []
        self.refused: list[str] = []
        self._clock = clock
        self._knows_better = knows_better
        self._takes = takes

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        self._clock.advance(self._takes)
        self.asked.append(request)
        return {"Authorization": f"Bearer token-{len(self.asked)}"}

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:
        assert response.status == 401
        self.refused.append(request.headers["Authorization"])
        return self._knows_better


class Notes:
    """A `Telemetry` that remembers what it was told."""

    def __init__(self) -> None:
        self.attempts: list[ObservedAttempt] = []
        self.denied: list[tuple[str, str]] = []

    def operation(self, operation: ObservedOperation) -> AbstractContextManager[ObservedOperation, None]:
        return nullcontext(operation)

    def attempt(self, attempt: ObservedAttempt) -> AbstractContextManager[ObservedAttempt, None]:
        self.attempts.append(attempt)
        return nullcontext(attempt)

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        self.denied.append((purpose, reason))

    def rate_limited(self, purpose: str, seconds: float) -> None:
        raise AssertionError("nothing limits the rate here")

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        raise AssertionError("nothing is refreshed here")

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        raise AssertionError("nothing is refreshed here")


class Walk:
    """One request sent with a retry policy; what became of it stands in the attributes."""

    def __init__(
        self,
        *outcomes: Outcome,
        idempotent: bool = False,
        policy: RetryPolicy | None = None,
        timeout: float = 35.0,
        takes: float = 0.0,
        fraction: float = 1.0,
        keyring: Keyring | None = None,
        clock: ManualClock | None = None,
        budget: RetryBudget | None = None,
        **options: Any,
    ) -> None:
        self.clock = clock or ManualClock()
        self.script = Script(self.clock, list(outcomes), takes)
        self.notes = Notes()
        self.budget = budget or RetryBudget(nullcontext)
        deadline = Deadline.after(timeout, self.clock.monotonic())
        self.log = AttemptLog()
        asked = SendOptions(deadline, policy or RetryPolicy(), idempotent=idempotent, purpose="test", **options)
        self.answer: ClassifiedResponse | None = None
        self.error: Exception | None = None
        sender = RequestSender(self.script, AsyncShapedClock(self.clock), lambda: fraction, self.notes, self.budget)
        try:
            self.answer = step(sender.send(POST, asked, self.log, keyring))
        except Exception as error:  # noqa: BLE001 (tests look at it)
            self.error = error

    @property
    def statuses(self) -> list[int | str | None]:
        return [attempt.status or attempt.error for attempt in self.log.attempts]

    @property
    def status(self) -> int | None:
        return self.answer and self.answer.response.status


def answered(status: int, code: str | None = None, **headers: str) -> HttpResponse:
    content = b"" if code is None else f'{{"errorCode":"{code}","errorMsg":"m"}}'.encode()
    return HttpResponse(status, "", {name.replace("_", "-"): value for name, value in headers.items()}, content)


def pause_after(outcome: Outcome) -> float:
    asks_for_a_second = isinstance(outcome, HttpResponse) and (outcome.status == 429 or outcome.headers)
    return 1.0 if asks_for_a_second else 0.35


MODES: dict[str, dict[str, Any]] = {
    "invoke": {"idempotent": False},
    "idempotent": {"idempotent": True},
    "retry-unknown": {"idempotent": False, "policy": RetryPolicy.at_least_once()},
}
ALWAYS, NEVER, UNKNOWN = {"invoke", "idempotent", "retry-unknown"}, set[str](), {"idempotent", "retry-unknown"}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("outcome", "several", "delivered", "repeated_in"),
    [
        pytest.param(FaaSConnectionError("refused", delivered="no"), False, "no", ALWAYS, id="refused"),
        pytest.param(FaaSConnectionError("refused", delivered="no"), True, "no", ALWAYS, id="refused-v2-event"),
        pytest.param(answered(429), False, "no", ALWAYS, id="429"),
        pytest.param(answered(503, retry_after="1"), False, "no", ALWAYS, id="503-with-retry-after"),
        pytest.param(answered(429), True, "unknown", UNKNOWN, id="429-v2-event"),
        pytest.param(answered(503, retry_after="1"), True, "unknown", UNKNOWN, id="503-with-retry-after-v2-event"),
        pytest.param(answered(503), False, "unknown", UNKNOWN, id="503-without-retry-after"),
        pytest.param(FaaSConnectionError("reset"), False, "unknown", UNKNOWN, id="reset"),
        pytest.param(answered(408), False, "unknown", UNKNOWN, id="408"),
        pytest.param(answered(500, "com.liveperson.faas.es.general"), False, "unknown", UNKNOWN, id="500"),
        pytest.param(answered(502), False, "unknown", UNKNOWN, id="502"),
        pytest.param(answered(504), False, "unknown", UNKNOWN, id="504"),
        pytest.param(answered(200), False, "yes", NEVER, id="200"),
        pytest.param(answered(202), True, "yes", NEVER, id="202"),
        pytest.param(answered(901), False, "yes", NEVER, id="901"),
        pytest.param(answered(500, "com.customer.faas.function.threw-error"), False, "yes", NEVER, id="customer-code"),
        pytest.param(answered(503, "com.liveperson.faas.handler.x"), False, "yes", NEVER, id="handler-code"),
        pytest.param(answered(400), False, "no", NEVER, id="400"),
        pytest.param(answered(401), False, "no", NEVER, id="401-without-credentials"),
        pytest.param(answered(404), False, "no", NEVER, id="404"),
        pytest.param(answered(302), False, "unknown", NEVER, id="302"),
        pytest.param(FaaSTimeoutError("late", phase="response"), False, "unknown", NEVER, id="deadline"),
        pytest.param(FaaSResponseFormatError("too long", delivered="yes"), False, "yes", NEVER, id="unreadable"),
    ],
)
def test_each_row_of_the_table(
    outcome: Outcome, several: bool, delivered: str, repeated_in: set[str], mode: str
) -> None:
    walk = Walk(outcome, OK, runs_several=several, **MODES[mode])
    assert walk.log.attempts[0].delivered == delivered
    if mode in repeated_in:
        assert walk.answer == (OK, "yes", None)
        assert len(walk.log.attempts) == 2
        assert walk.clock.slept == [
            0.35 if walk.statuses[0] != 429 and walk.statuses[0] != 503 else walk.clock.slept[0]
        ]
        assert not walk.notes.denied
        return
    assert len(walk.script.sent) == len(walk.log.attempts) == 1
    assert walk.clock.slept == []
    if isinstance(outcome, FaaSRequestError):
        assert walk.error is outcome
    else:
        assert walk.answer is not None
        assert (walk.answer.response, walk.answer.delivered) == (outcome, delivered)
    assert walk.notes.denied == ([("test", "may_have_run")] if "idempotent" in repeated_in else [])


@pytest.mark.parametrize(
    ("fraction", "slept"), [(1.0, [0.35, 0.7, 1.4]), (0.5, [0.175, 0.35, 0.7]), (0.0, [0.0, 0.0, 0.0])]
)
def test_pauses_double_and_the_policy_ends_them(fraction: float, slept: list[float]) -> None:
    walk = Walk(*[answered(500)] * 4, idempotent=True, fraction=fraction)
    assert walk.status == 500
    assert walk.clock.slept == pytest.approx(slept)
    assert walk.notes.denied == [("test", "max_retries")]


@pytest.mark.parametrize(
    ("policy", "sent"),
    [(RetryPolicy.none(), 1), (RetryPolicy(max_retries=1), 2), (RetryPolicy(max_retries=9), 10)],
    ids=["none", "one", "nine"],
)
def test_the_last_failure_is_raised_when_the_policy_is_used_up(policy: RetryPolicy, sent: int) -> None:
    failures = [FaaSConnectionError(str(number), delivered="no") for number in range(sent)]
    walk = Walk(*failures, policy=policy, timeout=math.inf)
    assert walk.error is failures[-1]
    assert len(walk.script.sent) == sent


def test_every_attempt_is_the_same_request_with_the_time_that_is_left() -> None:
    walk = Walk(answered(429), answered(429), OK, takes=0.25)
    assert [(r.method, r.url, dict(r.headers), r.content) for r in walk.script.sent] == [
        (POST.method, POST.url, dict(POST.headers), POST.content)
    ] * 3
    assert [request.timeout_seconds for request in walk.script.sent] == pytest.approx([35, 33.75, 32.5])


def test_what_became_of_each_attempt_is_kept() -> None:
    walk = Walk(FaaSConnectionError("refused", delivered="no"), answered(429), OK, takes=0.25)
    assert walk.log.attempts == [
        ("gw.example", None, "FaaSConnectionError", "no", 0.25),
        ("gw.example", 429, None, "no", 0.25),
        ("gw.example", 200, None, "yes", pytest.approx(0.25)),
    ]
    assert walk.log.ended == walk.clock.monotonic()
    assert [seen.resend_count for seen in walk.notes.attempts] == [0, 1, 2]
    assert [seen.outcome for seen in walk.notes.attempts] == walk.log.attempts


def test_an_unlimited_deadline_is_passed_on() -> None:
    walk = Walk(answered(429), OK, timeout=math.inf)
    assert [request.timeout_seconds for request in walk.script.sent] == [math.inf, math.inf]


@pytest.mark.parametrize(
    ("field", "pause"),
    [("2", 2.0), ("0", 1.0), (formatdate(1_700_000_005, usegmt=True), 5.0), ("nonsense", 1.0)],
    ids=["seconds", "zero", "date", "nonsense"],
)
def test_retry_after_is_obeyed_and_a_429_waits_a_second(field: str, pause: float) -> None:
    walk = Walk(answered(429, retry_after=field), OK)
    assert walk.clock.slept == [pause]
    assert walk.status == 200


def test_nonsense_in_retry_after_of_a_503_leaves_the_schedule() -> None:
    assert Walk(answered(503, retry_after="soon"), OK).clock.slept == [0.35]


@pytest.mark.parametrize("idempotent", [False, True], ids=["invoke", "idempotent"])
def test_a_retry_after_beyond_the_deadline_ends_the_call_at_once(idempotent: bool) -> None:
    walk = Walk(answered(429, retry_after="36"), idempotent=idempotent)
    assert walk.answer is not None
    assert (walk.status, walk.answer.retry_after, walk.clock.slept) == (429, 36.0, [])
    assert walk.notes.denied == [("test", "deadline")]


@pytest.mark.parametrize(
    ("timeout", "takes", "idempotent", "sent"),
    [
        pytest.param(10.0, 3.9, False, 2, id="half-the-time-is-left"),
        pytest.param(10.0, 4.1, False, 1, id="less-than-half-is-left"),
        pytest.param(10.0, 4.1, True, 2, id="idempotent-needs-no-half"),
        pytest.param(10.0, 8.9, True, 2, id="idempotent-with-a-moment-left"),
        pytest.param(10.0, 9.0, True, 1, id="nothing-left"),
        pytest.param(100.0, 68.9, False, 2, id="thirty-seconds-are-enough"),
        pytest.param(100.0, 69.1, False, 1, id="less-than-thirty"),
    ],
)
def test_an_invocation_is_repeated_only_with_time_to_run_again(
    timeout: float, takes: float, idempotent: bool, sent: int
) -> None:
    walk = Walk(answered(429), OK, timeout=timeout, takes=takes, idempotent=idempotent)
    assert len(walk.script.sent) == sent
    assert walk.notes.denied == ([] if sent == 2 else [("test", "deadline")])


def test_a_least_pause_is_kept_whatever_the_policy_says() -> None:
    walk = Walk(
        answered(500), answered(500, retry_after="7"), OK, idempotent=True, fraction=0.0, least_pause_seconds=1.5
    )
    assert walk.clock.slept == [1.5, 7.0]


def test_a_rejected_token_is_replaced_once_without_a_pause() -> None:
    clock = ManualClock()
    keyring = Keyring(clock)
    walk = Walk(answered(401), OK, keyring=keyring, clock=clock)
    assert walk.status == 200
    assert [r.headers["Authorization"] for r in walk.script.sent] == ["Bearer token-1", "Bearer token-2"]
    assert keyring.refused == ["Bearer token-1"]
    assert clock.slept == []


def test_a_second_401_is_the_answer() -> None:
    clock = ManualClock()
    keyring = Keyring(clock)
    walk = Walk(answered(401), answered(401), keyring=keyring, clock=clock)
    assert walk.status == 401
    assert keyring.refused == ["Bearer token-1"]
    assert walk.notes.denied == []


def test_a_401_is_the_answer_when_the_strategy_knows_no_better() -> None:
    clock = ManualClock()
    walk = Walk(answered(401), keyring=Keyring(clock, knows_better=False), clock=clock)
    assert walk.statuses == [401]


def test_a_401_is_not_replayed_without_time_to_run_again() -> None:
    clock = ManualClock()
    keyring = Keyring(clock)
    walk = Walk(answered(401), keyring=keyring, clock=clock, takes=18.0)
    assert walk.statuses == [401]


def test_a_401_comes_between_retries_and_counts_as_none() -> None:
    clock = ManualClock()
    outcomes = [answered(429), answered(401), answered(429), answered(429), answered(429)]
    walk = Walk(*outcomes, keyring=Keyring(clock), clock=clock, timeout=math.inf)
    assert walk.statuses == [429, 401, 429, 429, 429]
    assert clock.slept == pytest.approx([1.0, 1.0, 1.4])
    assert walk.notes.denied == [("test", "max_retries")]


def test_each_attempt_is_authorised_anew_and_nothing_else_changes() -> None:
    clock = ManualClock()
    keyring = Keyring(clock)
    walk = Walk(answered(429), OK, keyring=keyring, clock=clock)
    assert [request.headers for request in keyring.asked] == [POST.headers, POST.headers]
    assert [dict(request.headers) for request in walk.script.sent] == [
        {"X-Request-ID": "rid", "Authorization": "Bearer token-1"},
        {"X-Request-ID": "rid", "Authorization": "Bearer token-2"},
    ]


def test_the_time_that_a_token_takes_is_not_given_twice() -> None:
    clock = ManualClock()
    walk = Walk(OK, keyring=Keyring(clock, takes=5.0), clock=clock)
    assert walk.script.sent[0].timeout_seconds == 30.0


def test_a_deadline_that_passed_during_the_token_sends_nothing() -> None:
    clock = ManualClock()
    walk = Walk(OK, keyring=Keyring(clock, takes=35.0), clock=clock)
    assert isinstance(walk.error, FaaSTimeoutError)
    assert (walk.error.phase, walk.error.delivered) == ("token", "no")
    assert str(walk.error) == "the deadline of 35 s passed (token)"
    assert walk.script.sent == []


def test_a_deadline_that_passed_before_anything_is_no_request() -> None:
    walk = Walk(OK, timeout=0.0)
    assert isinstance(walk.error, FaaSTimeoutError)
    assert (walk.error.delivered, walk.script.sent) == ("no", [])


class Oversleeper(ManualClock):
    """Wakes up a minute late, like a suspended laptop."""

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds)
        self.advance(60.0)


def test_a_deadline_that_passed_while_waiting_says_so() -> None:
    walk = Walk(answered(429), OK, clock=Oversleeper())
    assert isinstance(walk.error, FaaSTimeoutError)
    assert (walk.error.phase, walk.error.delivered) == ("backoff", "no")
    assert walk.statuses == [429]


class Locksmith(Keyring):
    """Fails to authorise."""

    def __init__(self, clock: ManualClock, error: Exception) -> None:
        super().__init__(clock)
        self._error = error

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        await super().authorize(request)
        raise self._error


def test_what_cannot_be_authorised_is_not_sent() -> None:
    clock = ManualClock()
    error = FaaSAppJWTAuthenticationError("no token", status=503, retryable=True)
    keyring = Locksmith(clock, error)
    walk = Walk(OK, keyring=keyring, clock=clock)
    assert walk.error is error
    assert (len(keyring.asked), walk.script.sent, walk.log.attempts) == (1, [], [])


@pytest.mark.parametrize("policy", [RetryPolicy.none(), RetryPolicy()], ids=["none", "default"])
def test_a_strategy_that_fails_by_the_network_is_not_asked_more_often_than_the_policy_allows(
    policy: RetryPolicy,
) -> None:
    clock = ManualClock()
    keyring = Locksmith(clock, FaaSConnectionError("refused", delivered="no"))
    walk = Walk(OK, keyring=keyring, clock=clock, policy=policy, timeout=600.0)
    assert walk.error is not None
    assert walk.script.sent == []
    assert len(keyring.asked) <= policy.max_retries + 1


@pytest.mark.parametrize("content", [b"", b"<html>", b"\xff", b"[1]", b'{"errorCode":5}', b'{"code":null}'])
def test_an_error_body_that_says_nothing_is_judged_by_its_status(content: bytes) -> None:
    walk = Walk(HttpResponse(500, "", {}, content))
    assert walk.answer is not None
    assert walk.answer.delivered == "unknown"


outcomes = st.one_of(
    st.builds(answered, st.sampled_from([200, 400, 401, 408, 429, 500, 502, 503, 504, 901])),
    st.builds(answered, st.sampled_from([429, 503]), retry_after=st.sampled_from(["0", "1", "5", "60", "x"])),
    st.builds(FaaSConnectionError, st.just("m"), delivered=st.sampled_from(["no", "unknown"])),
)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(outcomes, min_size=20, max_size=20),
    st.floats(0.0, 20.0),
    st.floats(0.001, 100.0),
    st.floats(0.0, 1.0),
    st.booleans(),
    st.booleans(),
)
def test_whatever_the_network_does(
    script: list[Outcome], takes: float, timeout: float, fraction: float, idempotent: bool, several: bool
) -> None:
    clock = ManualClock()
    walk = Walk(
        *script,
        takes=takes,
        timeout=timeout,
        fraction=fraction,
        idempotent=idempotent,
        runs_several=several,
        keyring=Keyring(clock),
        clock=clock,
    )
    attempts = walk.log.attempts
    assert walk.answer is not None or isinstance(walk.error, FaaSRequestError)
    assert len(attempts) <= RetryPolicy().max_retries + 2
    assert sum(attempt.status == 401 for attempt in attempts) <= 2
    assert clock.monotonic() <= timeout + takes + 1e-6
    assert all(0 < request.timeout_seconds <= timeout for request in walk.script.sent)
    if not idempotent:
        assert all(attempt.delivered == "no" for attempt in attempts[:-1])


def test_a_retry_without_budget_is_not_made_and_telemetry_hears_of_it() -> None:
    dry = RetryBudget(nullcontext)
    assert dry.acquire("gw.example", 499)
    walk = Walk(answered(503, retry_after="0"), OK, budget=dry)
    assert walk.statuses == [503]
    assert walk.notes.denied == [("test", "budget")]
    assert dry.level("gw.example") == 1


def test_a_repeatable_answer_that_is_not_repeated_pays_nothing_back() -> None:
    budget = RetryBudget(nullcontext)
    budget.acquire("gw.example", 100)
    Walk(answered(500), budget=budget)
    Walk(answered(429), policy=RetryPolicy.none(), budget=budget)
    assert budget.level("gw.example") == 400
    Walk(answered(404), budget=budget)
    assert budget.level("gw.example") == 401
