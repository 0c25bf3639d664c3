"""Operation errors put together: what was attempted, on what, what came back, what to do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lpfunctions.core import operation_table
from lpfunctions.core.attempts import Attempt
from lpfunctions.core.errors import (
    CSDSDomainNotFound,
    CSDSFailure,
    FaaSAppJWTAuthenticationError,
    FaaSConnectionError,
    FaaSError,
    FaaSGetFunctionsError,
    FaaSGetLambdasError,
    FaaSInvokeError,
    FaaSIsImplementedError,
    FaaSLambdaError,
    FaaSOperationError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
)
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.requests.calls import Invocation
from lpfunctions.core.responses import errors as failures
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response

KINDS = [
    operation_table.INVOKE,
    operation_table.IS_IMPLEMENTED,
    operation_table.GET_LAMBDAS,
    operation_table.GET_FUNCTIONS,
]
TWO = (Attempt("gw", 503, None, "no", 0.1), Attempt("gw", 429, None, "no", 0.1))
V1_THREW = "com.liveperson.faas.handler.custom-failure"
V2_THREW = "com.customer.faas.function.threw-error"


def origin(
    kind: operation_table.OperationSpec = operation_table.INVOKE, noun: str = "function", name: str | None = "a1b2"
) -> Origin:
    return Origin(kind, noun, name, "123", "rid")


def response(
    status: int,
    body: object = b"",
    *,
    kind: operation_table.OperationSpec = operation_table.INVOKE,
    reason: str = "",
    attempts: tuple[Attempt, ...] = (),
    **facts: Any,
) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        origin=origin(kind),
        url="https://gw.example:8443/api/account/123/x?secretish=1",
        answer=HttpResponse(status, reason, {}, content),
        elapsed=0.5,
        attempts=attempts,
        **facts,
    )


def error_of(answer: Response, about: Origin | None = None) -> FaaSOperationError:
    return failures.from_response(answer, about or origin())


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            response(429, reason="Too Many Requests", delivered="no", retry_after=2.0, attempts=TWO),
            "invoke of function 'a1b2' for account '123': 429 Too Many Requests from gw.example:8443, retry after 2 s"
            " (gave up after 2 attempts) [request id 'rid']",
            id="429",
        ),
        pytest.param(
            response(901, {"errorCode": V1_THREW, "errorMsg": "it broke"}),
            "invoke of function 'a1b2' for account '123': the function failed: 901 from gw.example:8443 "
            f"with code '{V1_THREW}' and message 'it broke' [request id 'rid']",
            id="v1-lambda-error",
        ),
        pytest.param(
            response(901, {"code": V2_THREW, "message": "it broke"}),
            "invoke of function 'a1b2' for account '123': the function failed: 901 from gw.example:8443 "
            f"with code '{V2_THREW}' and message 'it broke' [request id 'rid']",
            id="v2-lambda-error",
        ),
        pytest.param(
            response(502, b"<html>"),
            "invoke of function 'a1b2' for account '123': 502 from gw.example:8443 [request id 'rid']",
            id="html",
        ),
        pytest.param(
            response(400, {"message": "m"}, attempts=TWO[:1]),
            "invoke of function 'a1b2' for account '123': 400 from gw.example:8443 and message 'm' [request id 'rid']",
            id="message-only",
        ),
    ],
)
def test_a_message_says_what_was_tried_and_what_came_back(answer: Response, message: str) -> None:
    assert str(error_of(answer)) == message


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (901, b""),
        (901, {"errorCode": "x"}),
        (400, {"errorCode": V1_THREW}),
        (500, {"code": V2_THREW}),
        (503, {"code": "com.customer.faas.new"}),
    ],
)
def test_only_an_invocation_has_lambda_errors(kind: operation_table.OperationSpec, status: int, body: object) -> None:
    error = error_of(response(status, body, kind=kind), origin(kind))
    assert type(error) is (FaaSLambdaError if kind is operation_table.INVOKE else kind.error)
    assert error.retryable is False


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        (operation_table.INVOKE, FaaSInvokeError),
        (operation_table.IS_IMPLEMENTED, FaaSIsImplementedError),
        (operation_table.GET_LAMBDAS, FaaSGetLambdasError),
        (operation_table.GET_FUNCTIONS, FaaSGetFunctionsError),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_each_operation_raises_its_own_error(
    kind: operation_table.OperationSpec, cls: type[FaaSOperationError]
) -> None:
    error = error_of(response(404, kind=kind), origin(kind, "the functions", None))
    assert type(error) is cls
    assert error.operation == kind.name
    assert str(error) == f"{kind.name} for account '123': 404 from gw.example:8443 [request id 'rid']"


def test_the_facts_of_an_answer_are_attributes() -> None:
    answer = response(
        503, {"errorCode": "c", "errorMsg": "m"}, reason="Busy", attempts=TWO, delivered="no", retry_after=1.5
    )
    error = error_of(answer)
    assert vars(error) == {
        "account_id": "123",
        "request_id": "rid",
        "status": 503,
        "reason": "Busy",
        "error_code": "c",
        "error_message": "m",
        "response": answer,
        "attempts": TWO,
        "delivered": "no",
        "retryable": True,
        "retry_after": 1.5,
    }


HOSTILE = "50 % off %s %(x)d {0} {x} \r\n\x1b[31m 'quoted' \u2028 "


def test_untrusted_text_is_quoted_and_never_a_format() -> None:
    body = {"errorCode": HOSTILE, "errorMsg": HOSTILE}
    error = error_of(response(500, body, reason=HOSTILE), origin(name=HOSTILE))
    assert str(error).count("50 % off %s %(x)d {0} {x}") == 4
    assert str(error).isprintable()
    assert (error.error_code, error.error_message) == (HOSTILE, HOSTILE)


def test_a_message_stays_short_whatever_the_answer() -> None:
    body = {"errorCode": "c" * 100_000, "errorMsg": "m" * 100_000}
    error = error_of(response(500, body, reason="r" * 100_000), origin(name="n" * 256))
    assert len(str(error)) < 1000


def test_a_message_holds_no_query_and_no_credential() -> None:
    error = error_of(response(401, {"errorMsg": "bad token Bearer abc.def", "errorCode": "eyJhbGciOi.eyJzdWIi.sig"}))
    assert "secretish" not in str(error)
    assert "abc.def" not in str(error)
    assert "eyJ" not in str(error)


@pytest.mark.parametrize(
    ("cause", "kind", "message", "facts"),
    [
        pytest.param(
            FaaSConnectionError("refused by gw", delivered="no"),
            operation_table.INVOKE,
            "invoke of function 'a1b2' for account '123': refused by gw; the function did not run"
            " (gave up after 2 attempts) [request id 'rid']",
            (None, "no", True),
            id="refused",
        ),
        pytest.param(
            FaaSTimeoutError("late", phase="response"),
            operation_table.INVOKE,
            "invoke of function 'a1b2' for account '123': late; the function may have run (gave up after 2 attempts)"
            " [request id 'rid']",
            (None, "unknown", True),
            id="timeout",
        ),
        pytest.param(
            FaaSResponseFormatError("too long", delivered="yes"),
            operation_table.INVOKE,
            "invoke of function 'a1b2' for account '123': too long; the function ran (gave up after 2 attempts)"
            " [request id 'rid']",
            (None, "yes", False),
            id="too-long",
        ),
        pytest.param(
            CSDSFailure("no answer", status=503, retryable=True),
            operation_table.IS_IMPLEMENTED,
            "is_implemented of function 'a1b2' for account '123': no answer (gave up after 2 attempts)"
            " [request id 'rid']",
            (None, "no", True),
            id="discovery",
        ),
        pytest.param(
            FaaSAppJWTAuthenticationError("no token", status=401),
            operation_table.GET_LAMBDAS,
            "get_lambdas of function 'a1b2' for account '123': no token (gave up after 2 attempts) [request id 'rid']",
            (None, "no", False),
            id="token",
        ),
        pytest.param(
            CSDSDomainNotFound("no faasGW", service="faasGW"),
            operation_table.INVOKE,
            "invoke of function 'a1b2' for account '123': no faasGW; the function did not run"
            " (gave up after 2 attempts) [request id 'rid']",
            (None, "no", False),
            id="unknown-service",
        ),
    ],
)
def test_a_call_without_an_answer_says_why_and_whether_it_ran(
    cause: FaaSError, kind: operation_table.OperationSpec, message: str, facts: tuple[int | None, str, bool]
) -> None:
    error = failures.from_cause(origin(kind), cause, TWO)
    assert type(error) is kind.error
    assert str(error) == message
    assert (error.status, error.delivered, error.retryable) == facts
    assert (error.account_id, error.request_id, error.attempts, error.response) == ("123", "rid", TWO, None)


def test_the_wait_that_a_cause_asks_for_is_kept() -> None:
    cause = CSDSFailure("busy")
    cause.retry_after = 30.0
    error = failures.from_cause(origin(operation_table.IS_IMPLEMENTED), cause, ())
    assert error.retry_after == 30.0
    assert str(error).endswith(": busy, retry after 30 s [request id 'rid']")


def test_an_operation_that_a_version_lacks_names_one_that_it_has() -> None:
    about = origin(operation_table.GET_FUNCTIONS, "the functions", None)
    error = failures.from_version(about, PlatformVersion.V1, "get_lambdas")
    assert type(error) is FaaSGetFunctionsError
    assert str(error) == (
        "get_functions for account '123': the account is on V1, which has no get_functions; use get_lambdas"
        " [request id 'rid']"
    )
    assert (error.delivered, error.retryable, error.request_id) == ("no", False, "rid")
    assert error.account_id == "123"


def test_a_misfit_ran_and_has_its_answer() -> None:
    answer = response(200, [1], reason="OK", attempts=TWO)
    error = failures.from_misfit(answer, origin(), FaaSResponseFormatError("it does not fit", delivered="yes"))
    assert str(error) == "invoke of function 'a1b2' for account '123': it does not fit [request id 'rid']"
    assert (error.status, error.reason, error.response, error.delivered) == (200, "OK", answer, "yes")
    assert (error.retryable, error.attempts) == (False, TWO)
    assert (error.account_id, error.request_id) == ("123", "rid")


def test_an_invocation_without_an_end_names_its_request_id_if_it_has_one() -> None:
    call = Invocation(lambda_uuid="a1b2")
    assert str(failures.from_abandoned(call, "123", "rid")).endswith("may have run [request id 'rid']")
    assert str(failures.from_unexpected(call, "123", "rid", OSError())).endswith("may have run [request id 'rid']")
    assert str(failures.from_abandoned(call, "123", None)).endswith("the function may have run")


@pytest.mark.parametrize(
    ("call", "subject"),
    [
        (Invocation(lambda_uuid="a1b2"), "function 'a1b2'"),
        (Invocation(event_id="an_event"), "event 'an_event'"),
        (object(), "event 'None'"),
    ],
    ids=["function", "event", "something else"],
)
def test_an_invocation_without_an_end_names_what_was_invoked(call: Any, subject: str) -> None:
    raised = OSError("no")
    abandoned = failures.from_abandoned(call, "123", "rid")
    unexpected = failures.from_unexpected(call, "123", "rid", raised)
    assert str(abandoned) == (
        f"invoke of {subject} for account '123': interrupted before it ended; the function may have run"
        " [request id 'rid']"
    )
    assert str(unexpected) == (
        f"invoke of {subject} for account '123': OSError was raised, see the cause; the function may have run"
        " [request id 'rid']"
    )
    assert unexpected.__cause__ is raised
    for error in (abandoned, unexpected):
        assert (error.account_id, error.request_id, error.delivered) == ("123", "rid", "unknown")
