"""A row per documented error code: who is at fault, whether to try again, and its V1 form."""

from __future__ import annotations

import pytest

from lpfunctions.core.platform.error_codes import CODES, is_function_failure, is_retryable, v1_code

ES = "com.liveperson.faas.es."
FM = "com.liveperson.faas.fm."
HANDLER = "com.liveperson.faas.handler."
CUSTOMER = "com.customer.faas."
EVG = "com.liveperson.faas.evg."

# code, HTTP status it comes with, fault, retryable, V1 form
DOCUMENTED = [
    (ES + "general", 500, "platform", True, None),
    (ES + "unavailable", 502, "platform", True, None),
    (ES + "badinput", 400, "caller", False, None),
    (ES + "notdeployed", 404, "caller", False, None),
    (ES + "missinglambda", 404, "caller", False, None),
    (HANDLER + "custom-failure", 901, "customer", False, None),
    (HANDLER + "runtime-exception", 901, "customer", False, None),
    (HANDLER + "executiontime-exceeded", 901, "customer", False, None),
    (HANDLER + "log-limit-reached", 901, "customer", False, None),
    (FM + "general", 500, "platform", True, None),
    (FM + "unavailable", 503, "platform", True, None),
    ("com.liveperson.faas.function.not-found", 404, "caller", False, ES + "missinglambda"),
    (CUSTOMER + "function.threw-error", 901, "customer", False, HANDLER + "custom-failure"),
    (CUSTOMER + "function.js-runtime-error", 901, "customer", False, HANDLER + "runtime-exception"),
    (CUSTOMER + "function.execution-exceeded", 901, "customer", False, HANDLER + "executiontime-exceeded"),
    (EVG + "general", 500, "platform", True, ES + "general"),
    (EVG + "invalid", 400, "caller", False, ES + "badinput"),
    ("com.liveperson.faas.self-service.pending", 400, "platform", True, None),
    ("com.liveperson.faas.function.runtime.limit-reached", 901, "customer", False, HANDLER + "log-limit-reached"),
]
ROWS = pytest.mark.parametrize(
    ("code", "status", "fault", "retryable", "v1"), DOCUMENTED, ids=[row[0].split("faas.")[1] for row in DOCUMENTED]
)


@ROWS
def test_each_documented_code(code: str, status: int, fault: str, retryable: bool, v1: str | None) -> None:
    assert (CODES[code].fault, CODES[code].retryable, CODES[code].v1) == (fault, retryable, v1)
    assert is_retryable(status, code) is retryable
    assert is_function_failure(status, code) is (fault == "customer")
    assert v1_code(code) == (v1 or code)
    assert v1_code(code) == v1_code(code).strip()
    assert v1_code(v1_code(code)) == v1_code(code)


def test_no_code_without_a_row_here() -> None:
    assert set(CODES) == {row[0] for row in DOCUMENTED}


@pytest.mark.parametrize(
    ("status", "code", "failed"),
    [
        pytest.param(901, None, True, id="901"),
        pytest.param(901, "anything", True, id="901-whatever-the-code"),
        pytest.param(400, CUSTOMER + "new", True, id="customer-family"),
        pytest.param(500, HANDLER + "new", True, id="handler-family"),
        pytest.param(400, HANDLER, True, id="bare-handler"),
        pytest.param(400, "com.liveperson.faas.handlers.x", False, id="look-alike"),
        pytest.param(400, "x." + HANDLER + "x", False, id="family-in-the-middle"),
        pytest.param(400, HANDLER.upper() + "x", False, id="upper-case"),
        pytest.param(500, None, False, id="500"),
        pytest.param(900, None, False, id="900"),
        pytest.param(400, "", False, id="empty-code"),
    ],
)
def test_whose_failure_it_is(status: int, code: str | None, failed: bool) -> None:
    assert is_function_failure(status, code) is failed


@pytest.mark.parametrize(
    ("status", "retryable"),
    [
        *((status, True) for status in (408, 429, 500, 502, 503, 504)),
        *((status, False) for status in (200, 202, 301, 400, 401, 403, 404, 405, 409, 413, 501, 505, 901)),
    ],
)
@pytest.mark.parametrize("code", [None, "unknown", ""])
def test_without_a_known_code_the_status_says_whether_to_try_again(
    status: int, retryable: bool, code: str | None
) -> None:
    assert is_retryable(status, code) is retryable


@pytest.mark.parametrize("status", [429, 500, 503, 901])
@pytest.mark.parametrize("code", [CUSTOMER + "x", HANDLER + "x"])
def test_a_failing_function_fails_again(status: int, code: str) -> None:
    assert is_retryable(status, code) is False


@pytest.mark.parametrize("code", ["", "unknown", "%s {x}", "com.liveperson.faas.function.unchanged"])
def test_an_unknown_code_stays_as_it_is(code: str) -> None:
    assert v1_code(code) == code
