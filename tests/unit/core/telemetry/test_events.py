"""What telemetry is told of an operation."""

from __future__ import annotations

import pytest

from lpfunctions.core import operation_table
from lpfunctions.core.attempts import Attempt
from lpfunctions.core.errors import FaaSConfigurationError, FaaSInvokeError, FaaSLambdaError, FaaSTimeoutError
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.core.requests.calls import Call, EventQuery, FunctionQuery, Invocation
from lpfunctions.core.responses import errors as failures
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response
from lpfunctions.core.telemetry.events import ObservedAttempt, ObservedOperation, error_type

ORIGIN = Origin(operation_table.INVOKE, "function", "a1b2", "123", "rid")
ATTEMPT = Attempt("gw", 200, None, "yes", 0.1)


def response(status: int) -> Response:
    return Response(origin=ORIGIN, url="https://gw/a", answer=HttpResponse(status), elapsed=0.1, attempts=(ATTEMPT,))


def operation(*, answer: Response | None = None, error: BaseException | None = None) -> ObservedOperation:
    attempts = () if answer is None else (ATTEMPT, ATTEMPT)
    return ObservedOperation(
        operation_table.INVOKE, Invocation(lambda_uuid="u"), "123", response=answer, attempts=attempts, error=error
    )


LATE = failures.from_cause(ORIGIN, FaaSTimeoutError("late", phase="response"), ())
LATE.__cause__ = FaaSTimeoutError("late", phase="response")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        pytest.param(FaaSInvokeError(status=429), "429", id="status"),
        pytest.param(FaaSLambdaError(status=901), "FaaSLambdaError", id="function"),
        pytest.param(LATE, "FaaSTimeoutError", id="cause"),
        pytest.param(FaaSInvokeError(), "FaaSInvokeError", id="neither"),
        pytest.param(FaaSInvokeError(status=500).caused_by(OSError()), "500", id="foreign-cause"),
        pytest.param(FaaSConfigurationError("m"), "FaaSConfigurationError", id="mistake"),
        pytest.param(RuntimeError(), "RuntimeError", id="foreign"),
    ],
)
def test_the_kind_of_a_failure_is_low_in_cardinality(error: BaseException, kind: str) -> None:
    assert error_type(error) == kind
    assert operation(error=error).error_type == kind


def test_an_operation_that_went_well_has_a_status_and_no_error_type() -> None:
    seen = operation(answer=response(200))
    assert (seen.status, seen.retry_count, seen.error_type, seen.delivered) == (200, 1, None, "yes")


def test_an_operation_that_failed_without_an_answer_has_no_status_and_unknown_delivery() -> None:
    seen = operation(error=LATE)
    assert (seen.status, seen.retry_count, seen.delivered) == (None, 0, "unknown")


def test_an_error_status_is_the_error_type_of_its_operation() -> None:
    answer = response(503)
    seen = operation(answer=answer, error=answer.error)
    assert (seen.status, seen.error_type) == (503, "503")


def test_an_operation_of_which_nothing_is_known_says_nothing_of_delivery() -> None:
    seen = operation(error=KeyboardInterrupt())
    assert (seen.status, seen.delivered) == (None, None)
    assert operation().delivered is None


@pytest.mark.parametrize(
    ("host", "region"),
    [
        (None, None),
        ("va.faasgw.liveperson.net", "va"),
        ("va-a.faasgw.liveperson.net", "va-a"),
        ("127.0.0.1:8080", None),
        ("localhost", None),
    ],
)
def test_the_region_is_read_off_the_host_where_it_shows(host: str | None, region: str | None) -> None:
    seen = operation()
    seen.host = host
    assert seen.region == region


@pytest.mark.parametrize(
    ("call", "target"),
    [
        (Invocation(lambda_uuid="u"), "u"),
        (Invocation(event_id="e"), "e"),
        (EventQuery(event_id="e"), "e"),
        (FunctionQuery(), None),
    ],
    ids=["uuid", "event", "is_implemented", "listing"],
)
def test_the_target_is_the_function_or_the_event(call: Call, target: str | None) -> None:
    assert ObservedOperation(operation_table.INVOKE, call, "123").target == target


@pytest.mark.parametrize("template", ["api/account/{account_id}", "/api/account/{account_id}"])
def test_a_route_is_a_path(template: str) -> None:
    request = HttpRequest("GET", "https://gw/api/account/123")
    assert ObservedAttempt(request, "invoke", template, 0, joins_trace=True).route == "/api/account/{account_id}"
