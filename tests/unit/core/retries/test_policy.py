"""The retry policy as a table: delivered, repeated, and after how long."""

from __future__ import annotations

import math
import time
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.errors import (
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSRequestError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
)
from lpfunctions.core.retries.policy import (
    RetryPolicy,
    delivered_by_response,
    is_transient_failure,
    is_transient_response,
    may_run_again,
    read_retry_after,
)

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Delivered

CAREFUL = RetryPolicy()
EAGER = RetryPolicy.at_least_once()
NOW = 1_760_000_000.0


@pytest.mark.parametrize(
    ("status", "code", "has_retry_after", "runs_several", "delivered"),
    [
        pytest.param(200, None, False, False, "yes", id="200"),
        pytest.param(204, None, False, True, "yes", id="204"),
        pytest.param(299, None, False, False, "yes", id="299"),
        pytest.param(901, None, False, False, "yes", id="901"),
        pytest.param(901, "com.liveperson.faas.es.badinput", False, True, "yes", id="901-whatever-the-code"),
        pytest.param(400, "com.customer.faas.x", False, False, "yes", id="400-customer-code"),
        pytest.param(500, "com.liveperson.faas.handler.x", False, False, "yes", id="500-handler-code"),
        pytest.param(503, "com.liveperson.faas.handler.x", True, False, "yes", id="503-handler-code"),
        pytest.param(429, "com.customer.faas.x", True, True, "yes", id="429-customer-code"),
        pytest.param(429, None, False, False, "no", id="429"),
        pytest.param(429, None, True, False, "no", id="429-retry-after"),
        pytest.param(429, None, False, True, "unknown", id="429-v2-event"),
        pytest.param(503, None, True, False, "no", id="503-retry-after"),
        pytest.param(503, None, True, True, "unknown", id="503-retry-after-v2-event"),
        pytest.param(503, None, False, False, "unknown", id="503"),
        pytest.param(503, None, False, True, "unknown", id="503-v2-event"),
        pytest.param(408, None, False, False, "unknown", id="408"),
        pytest.param(500, None, False, False, "unknown", id="500"),
        pytest.param(502, None, True, False, "unknown", id="502-retry-after"),
        pytest.param(504, None, False, False, "unknown", id="504"),
        pytest.param(599, None, False, False, "unknown", id="599"),
        pytest.param(301, None, False, False, "unknown", id="301"),
        pytest.param(199, None, False, False, "unknown", id="199"),
        pytest.param(300, None, False, False, "unknown", id="300"),
        pytest.param(900, None, False, False, "unknown", id="900"),
        pytest.param(400, None, False, False, "no", id="400"),
        pytest.param(401, None, False, True, "no", id="401"),
        pytest.param(404, None, False, False, "no", id="404"),
        pytest.param(499, None, False, False, "no", id="499"),
    ],
)
def test_what_an_answer_says_about_delivery(
    status: int, code: str | None, has_retry_after: bool, runs_several: bool, delivered: Delivered
) -> None:
    found = delivered_by_response(status, code, has_retry_after=has_retry_after, runs_several=runs_several)
    assert found == delivered


@pytest.mark.parametrize(
    ("status", "delivered", "careful", "eager", "idempotent"),
    [
        pytest.param(429, "no", True, True, True, id="429"),
        pytest.param(503, "no", True, True, True, id="503-refused"),
        pytest.param(429, "unknown", False, True, True, id="429-of-an-event"),
        pytest.param(503, "unknown", False, True, True, id="503"),
        pytest.param(408, "unknown", False, True, True, id="408"),
        pytest.param(500, "unknown", False, True, True, id="500"),
        pytest.param(502, "unknown", False, True, True, id="502"),
        pytest.param(504, "unknown", False, True, True, id="504"),
        pytest.param(501, "unknown", False, False, False, id="501"),
        pytest.param(505, "unknown", False, False, False, id="505"),
        pytest.param(301, "unknown", False, False, False, id="301"),
        pytest.param(200, "yes", False, False, False, id="200"),
        pytest.param(901, "yes", False, False, False, id="901"),
        pytest.param(500, "yes", False, False, False, id="500-of-the-function"),
        pytest.param(429, "yes", False, False, False, id="429-of-the-function"),
        pytest.param(400, "no", False, False, False, id="400"),
        pytest.param(401, "no", False, False, False, id="401"),
        pytest.param(404, "no", False, False, False, id="404"),
    ],
)
def test_which_answers_are_repeated(
    status: int, delivered: Delivered, careful: bool, eager: bool, idempotent: bool
) -> None:
    def is_repeated(policy: RetryPolicy, *, idempotent: bool) -> bool:
        return is_transient_response(status, delivered) and may_run_again(policy, delivered, idempotent=idempotent)

    assert is_repeated(CAREFUL, idempotent=False) is careful
    assert is_repeated(EAGER, idempotent=False) is eager
    assert is_repeated(CAREFUL, idempotent=True) is idempotent


@pytest.mark.parametrize(
    ("failure", "careful", "eager", "idempotent"),
    [
        pytest.param(FaaSConnectionError(delivered="no"), True, True, True, id="refused"),
        pytest.param(FaaSConnectionError(delivered="unknown"), False, True, True, id="reset"),
        pytest.param(FaaSConnectionError(delivered="yes"), False, True, True, id="truncated-answer"),
        pytest.param(FaaSTimeoutError(phase="pool", delivered="no"), False, False, False, id="deadline-in-the-pool"),
        pytest.param(FaaSTimeoutError(phase="response"), False, False, False, id="deadline"),
        pytest.param(FaaSResponseFormatError(delivered="no"), False, False, False, id="unreadable"),
        pytest.param(FaaSRequestError(delivered="no"), False, False, False, id="unclassified"),
    ],
)
def test_which_failures_are_repeated(failure: FaaSRequestError, careful: bool, eager: bool, idempotent: bool) -> None:
    def is_repeated(policy: RetryPolicy, *, idempotent: bool) -> bool:
        return is_transient_failure(failure) and may_run_again(policy, failure.delivered, idempotent=idempotent)

    assert is_repeated(CAREFUL, idempotent=False) is careful
    assert is_repeated(EAGER, idempotent=False) is eager
    assert is_repeated(CAREFUL, idempotent=True) is idempotent


def test_the_documented_defaults() -> None:
    assert RetryPolicy(max_retries=3, base_seconds=0.35, cap_seconds=15.0, retry_unknown=False) == CAREFUL
    assert RetryPolicy(retry_unknown=True) == EAGER
    assert RetryPolicy(max_retries=0) == RetryPolicy.none()
    assert RetryPolicy.at_least_once() == EAGER


@pytest.mark.parametrize(
    ("option", "value"),
    [
        *(("max_retries", value) for value in (-1, 1.0, True, "3", None, math.inf)),
        *((name, value) for name in ("base_seconds", "cap_seconds") for value in (-0.1, math.nan, math.inf, "1", None)),
    ],
    ids=repr,
)
def test_a_policy_that_makes_no_sense_is_refused(option: str, value: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match=f"^{option} must be a "):
        RetryPolicy(**{option: value})


@pytest.mark.parametrize(
    ("attempt", "fraction", "retry_after", "status", "seconds"),
    [
        pytest.param(1, 1.0, None, 503, 0.35, id="first"),
        pytest.param(2, 1.0, None, 503, 0.7, id="doubled"),
        pytest.param(3, 0.5, None, None, 0.7, id="jitter"),
        pytest.param(1, 0.0, None, None, 0.0, id="jitter-of-nothing"),
        pytest.param(7, 1.0, None, 500, 15.0, id="capped"),
        pytest.param(10**6, 1.0, None, 500, 15.0, id="no-overflow"),
        pytest.param(1, 0.0, None, 429, 1.0, id="a-second-after-429"),
        pytest.param(7, 1.0, None, 429, 15.0, id="longer-after-429"),
        pytest.param(1, 1.0, 2.0, 503, 2.0, id="retry-after-longer"),
        pytest.param(7, 1.0, 2.0, 503, 2.0, id="retry-after-shorter"),
        pytest.param(1, 1.0, 100.0, 503, 100.0, id="retry-after-beyond-the-cap"),
        pytest.param(1, 1.0, 0.0, 503, 0.0, id="retry-after-zero"),
        pytest.param(1, 1.0, 0.0, 429, 1.0, id="retry-after-zero-with-429"),
        pytest.param(1, 1.0, 3.0, 429, 3.0, id="retry-after-with-429"),
    ],
)
def test_how_long_to_wait(
    attempt: int, fraction: float, retry_after: float | None, status: int | None, seconds: float
) -> None:
    assert CAREFUL.delay_after(
        attempt, fraction=fraction, retry_after_seconds=retry_after, status=status
    ) == pytest.approx(seconds)


@settings(max_examples=100, deadline=None)
@given(
    st.integers(1, 10**9),
    st.floats(0, 1),
    st.floats(0, 1e9) | st.just(0.0),
    st.floats(0, 1e9),
    st.sampled_from([None, 429, 503]),
)
def test_a_wait_without_retry_after_stays_within_its_bounds(
    attempt: int, fraction: float, base: float, cap: float, status: int | None
) -> None:
    policy = RetryPolicy(base_seconds=base, cap_seconds=cap)
    pause = policy.delay_after(attempt, fraction=fraction, retry_after_seconds=None, status=status)
    assert 0 <= pause <= max(cap, 1.0 if status == 429 else 0.0)


@pytest.mark.parametrize(
    ("field", "seconds"),
    [
        pytest.param(None, None, id="absent"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("2", 2.0, id="seconds"),
        pytest.param(" 120\t", 120.0, id="blanks"),
        pytest.param("007", 7.0, id="leading-zeros"),
        pytest.param("604800", 604800.0, id="a-week"),
        pytest.param("604801", None, id="more-than-a-week"),
        pytest.param("9" * 5000, None, id="5000-digits"),
        pytest.param(formatdate(NOW + 30, usegmt=True), 30.0, id="date"),
        pytest.param(formatdate(NOW, usegmt=True), 0.0, id="date-now"),
        pytest.param(formatdate(NOW - 9999, usegmt=True), 0.0, id="date-past"),
        pytest.param(formatdate(NOW + 604801, usegmt=True), None, id="date-too-far"),
        pytest.param(time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(NOW + 5)), 5.0, id="rfc-850-date"),
        pytest.param("Thu, 09 Oct 2025 10:53:20 +0200", 0.0, id="date-with-offset"),
        pytest.param("", None, id="empty"),
        pytest.param("soon", None, id="word"),
        pytest.param("-1", None, id="negative"),
        pytest.param("+1", None, id="plus"),
        pytest.param("1.5", None, id="fraction"),
        pytest.param("1e3", None, id="exponent"),
        pytest.param("inf", None, id="inf"),
        pytest.param("nan", None, id="nan"),
        pytest.param("\u0663", None, id="arabic-digit"),
        pytest.param("\u00b2", None, id="superscript-digit"),
        pytest.param("1, 2", None, id="two-fields-joined"),
        pytest.param("Thu, 99 Oct 2025 10:53:20 GMT", None, id="no-such-day"),
        pytest.param("Thu, 09 Oct 99999 10:53:20 GMT", None, id="no-such-year"),
        pytest.param("Thu, 09 Oct 2025 10:53:20 +99999999999999", None, id="no-such-offset"),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_nonsense_is_ignored(field: str | None, seconds: float | None) -> None:
    assert read_retry_after(field, NOW) == seconds


def test_a_date_without_a_zone_is_gmt_wherever_the_client_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    # RFC 9110 section 5.6.7: recipients must accept the asctime form, and every HTTP date is in UTC.
    asctime = time.asctime(time.gmtime(NOW + 30))
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "UTC-5")  # POSIX for five hours east
        time.tzset()
        seconds = read_retry_after(asctime, NOW)
    time.tzset()
    assert seconds == 30.0


@settings(max_examples=100, deadline=None)
@given(st.text() | st.from_regex(r"[A-Z][a-z]{2}, \d+ [A-Z][a-z]{2} \d+ \d+:\d+:\d+ (GMT|[+-]\d+)"), st.floats(0, 1e11))
def test_any_field_is_a_bounded_wait_or_none(field: str, now: float) -> None:
    seconds = read_retry_after(field, now)
    assert seconds is None or 0 <= seconds <= 7 * 24 * 3600
