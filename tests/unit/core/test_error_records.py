"""An error as plain JSON: it comes back with its facts, and holds nothing that may not be logged."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from lpfunctions.core.attempts import Attempt, Phase
from lpfunctions.core.error_records import MAX_CAUSES
from lpfunctions.core.errors import (
    CSDSDomainNotFound,
    CSDSFailure,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSError,
    FaaSInvokeError,
    FaaSLambdaError,
    FaaSTimeoutError,
)
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.operation_table import INVOKE
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response
from tests.support.errors import ATTEMPTS, EVERY, facts_of, specimen

ALL = pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)
ON_EVERY_ERROR = {
    "error", "bases", "message", "cause", "delivered", "retryable", "retry_after", "status", "error_code", "request_id",
}  # fmt: skip


def sent(record: dict[str, Any]) -> dict[str, Any]:
    """*record* as whoever receives its JSON has it."""
    received: dict[str, Any] = json.loads(json.dumps(record, allow_nan=False))
    assert received == record, "it is plain JSON"
    return received


@ALL
def test_an_error_comes_back_from_json(cls: type[FaaSError]) -> None:
    error = specimen(cls)
    again = FaaSError.from_dict(sent(error.as_dict()))
    assert type(again) is cls
    assert (str(again), again.args) == (str(error), error.args)
    for name, value in vars(error).items():
        assert getattr(again, name) == value
    assert again.as_dict() == error.as_dict()


@ALL
def test_a_record_has_every_fact_of_its_error_but_the_response(cls: type[FaaSError]) -> None:
    record = specimen(cls).as_dict()
    assert record.keys() >= ON_EVERY_ERROR | facts_of(cls).keys() - {"response"}
    assert "response" not in record


def test_a_record_reads_as_what_happened() -> None:
    error = FaaSInvokeError("no", account_id="1", request_id="rid", attempts=ATTEMPTS[:1], delivered="no")
    assert error.caused_by(FaaSTimeoutError("late", phase="token", delivered="no")).as_dict() == {
        "error": "FaaSInvokeError",
        "bases": ["FaaSOperationError", "FaaSError"],
        "message": "no",
        "operation": "invoke",
        "account_id": "1",
        "request_id": "rid",
        "status": None,
        "reason": "",
        "error_code": None,
        "error_message": None,
        "delivered": "no",
        "retryable": False,
        "retry_after": None,
        "attempts": [{"host": "gw", "status": 503, "error": None, "delivered": "no", "duration_seconds": 0.1}],
        "cause": {
            "error": "FaaSTimeoutError",
            "bases": ["FaaSRequestError", "FaaSError"],
            "message": "late",
            "phase": "token",
            "delivered": "no",
            "retryable": True,
            "retry_after": None,
            "status": None,
            "error_code": None,
            "request_id": None,
            "cause": None,
        },
    }


@ALL
def test_causes_of_ours_come_back_too(cls: type[FaaSError]) -> None:
    error = specimen(cls)
    error.__cause__ = FaaSTimeoutError("late", phase="token")
    error.__cause__.__cause__ = CSDSDomainNotFound("none", service="faasGW", known=("a",))
    again = FaaSError.from_dict(sent(error.as_dict()))
    assert isinstance(again.__cause__, FaaSTimeoutError)
    assert again.__cause__.phase == "token"
    assert isinstance(again.__cause__.__cause__, CSDSDomainNotFound)
    assert (again.__cause__.__cause__.service, again.__cause__.__cause__.known) == ("faasGW", ("a",))


def test_of_another_library_the_class_alone_is_told() -> None:
    error = FaaSConnectionError("refused").as_dict() | {"cause": None}
    caused = FaaSConnectionError("refused")
    caused.__cause__ = OSError("https://user:password@proxy.example refused")
    assert sent(caused.as_dict()) == error | {"cause": {"error": "OSError"}}
    assert FaaSError.from_dict(caused.as_dict()).__cause__ is None


def test_causes_that_go_in_a_circle_end() -> None:
    error = CSDSFailure("m")
    error.__cause__ = CSDSFailure("n")
    error.__cause__.__cause__ = error
    assert json.dumps(error.as_dict()).count('"error":') == 11
    assert str(FaaSError.from_dict(error.as_dict())) == "m"


def test_a_record_holds_neither_secrets_nor_the_answer() -> None:
    token = "eyJhbGciOi.eyJzdWIi.sig"
    answer = Response(
        origin=Origin(INVOKE, "function", "a1b2", "123", "rid"),
        url=f"https://gw.example/x?access_token={token}",
        answer=HttpResponse(901, "", {"x-token": token}, b'{"card": "4111"}'),
        elapsed=0.1,
        attempts=(),
    )
    error = FaaSLambdaError(
        f"refused with Bearer {token}", error_message=f"client_secret={token} \ud800", error_code=token, response=answer
    )
    text = json.dumps(sent(error.as_dict()), ensure_ascii=False)
    text.encode()
    assert token not in text
    assert "4111" not in text
    assert "Bearer [redacted]" in text


def test_a_record_is_short_whatever_the_answer_said() -> None:
    error = FaaSInvokeError("m" * 100_000, error_message="m" * 100_000, error_code="c" * 100_000, reason="r" * 100_000)
    assert len(json.dumps(error.as_dict())) < 20_000


def test_a_number_that_json_has_not_is_left_out() -> None:
    error = FaaSInvokeError(retry_after=float("inf"))
    assert sent(error.as_dict())["retry_after"] is None


@pytest.mark.parametrize("phase", get_args(Phase))
def test_every_phase_comes_back(phase: Phase) -> None:
    again = FaaSError.from_dict(FaaSTimeoutError("late", phase=phase).as_dict())
    assert isinstance(again, FaaSTimeoutError)
    assert again.phase == phase


class ShopError(FaaSLambdaError):
    """An error of a user's own."""


def test_a_class_that_is_not_known_is_its_nearest_base() -> None:
    again = FaaSError.from_dict(ShopError("m", status=901, request_id="rid").as_dict())
    assert type(again) is FaaSLambdaError
    assert (again.status, again.request_id) == (901, "rid")
    future = {"error": "FaaSQuotaError", "bases": ["FaaSBudgetError", "FaaSInvokeError"], "message": "m", "quota": 3}
    read = FaaSError.from_dict(future)
    assert type(read) is FaaSInvokeError
    assert not hasattr(read, "quota")
    assert type(FaaSError.from_dict({"error": "Unheard", "message": "m"})) is FaaSError


@ALL
@pytest.mark.parametrize("nonsense", [None, "?", 7, 1.5, True, [], ["?"], [{}], [None], {}, {"error": []}], ids=repr)
def test_a_field_that_makes_no_sense_gets_the_careful_value(cls: type[FaaSError], nonsense: Any) -> None:
    record = dict.fromkeys(specimen(cls).as_dict(), nonsense) | {"error": cls.__name__, "message": "m"}
    again = FaaSError.from_dict(record)
    assert type(again) is cls
    assert again.delivered == "unknown"
    assert again.retryable is (nonsense is True)
    assert all(isinstance(attempt, Attempt) for attempt in getattr(again, "attempts", ()))
    again.as_dict()


@pytest.mark.parametrize(
    "record", [None, "m", [], {}, {"error": "FaaSError"}, {"message": "m"}, {"error": 1}], ids=repr
)
def test_what_is_no_record_is_refused(record: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="from_dict needs what as_dict returned"):
        FaaSError.from_dict(record)


NUMBERS = ("retry_after", "status")
TEXTS = ("error_code", "error_message", "request_id", "account_id", "reason", "service")


@pytest.mark.parametrize("nonsense", [None, 1.5j, True, [], {}, b"x"], ids=repr)
def test_a_field_of_another_type_is_left_out(nonsense: Any) -> None:
    for cls in EVERY:
        names = specimen(cls).as_dict().keys()
        again = vars(FaaSError.from_dict(dict.fromkeys(names, nonsense) | {"error": cls.__name__, "message": "m"}))
        assert all(again[name] is None for name in NUMBERS if name in again)
        assert all(not again[name] for name in TEXTS if name in again)


def test_a_fact_of_the_right_type_is_kept() -> None:
    record = FaaSInvokeError("m").as_dict()
    again = FaaSError.from_dict(record | {"status": 503, "retry_after": 1.5, "error_code": "c", "request_id": "r"})
    assert (again.status, again.retry_after, again.error_code, again.request_id) == (503, 1.5, "c", "r")
    again = FaaSError.from_dict(record | {"status": 1.5, "delivered": "no"})
    assert (again.status, again.delivered) == (None, "no")


def test_what_an_attempt_does_not_say_is_empty() -> None:
    again = FaaSError.from_dict(FaaSInvokeError("m").as_dict() | {"attempts": [{"host": 7, "status": "?"}]})
    assert isinstance(again, FaaSInvokeError)
    assert again.attempts == (Attempt("", None, None, "unknown", 0.0),)


def test_a_value_that_is_no_json_is_left_out() -> None:
    error = FaaSInvokeError("m")
    vars(error)["error_code"] = object()
    assert sent(error.as_dict())["error_code"] is None


def test_as_many_causes_are_read_as_are_written() -> None:
    record: dict[str, Any] = {"error": "CSDSFailure", "message": "last"}
    for _ in range(20):
        record = {"error": "CSDSFailure", "message": "m", "cause": record}
    read: BaseException | None = FaaSError.from_dict(record)
    count = 0
    while (read := read.__cause__ if read is not None else None) is not None:
        count += 1
    assert count == MAX_CAUSES
