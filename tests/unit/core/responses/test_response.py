"""What an operation returns."""

from __future__ import annotations

import copy
import dataclasses
import json
import math
import pickle
import sys
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, Field, field_validator

from lpfunctions.core import operation_table
from lpfunctions.core.attempts import Attempt
from lpfunctions.core.errors import (
    FaaSConfigurationError,
    FaaSInvokeError,
    FaaSIsImplementedError,
    FaaSLambdaError,
    FaaSResponseFormatError,
)
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.responses.event_results import EventResult
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response, read_implemented

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-7f3a"
INVOKE = Origin(operation_table.INVOKE, "function", "a1b2", "123", "rid")
IS_IMPLEMENTED = Origin(operation_table.IS_IMPLEMENTED, "event", "e", "123", "rid")
SENT = Attempt("gw", 200, None, "yes", 0.1)


def response(
    body: object = b"",
    status: int = 200,
    *,
    reason: str = "OK",
    headers: dict[str, str] | None = None,
    attempts: tuple[Attempt, ...] = (SENT,),
    origin: Origin = INVOKE,
) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(
        origin=origin,
        url="https://gw/api?v=1",
        answer=HttpResponse(status, reason, headers or {}, content),
        elapsed=0.5,
        attempts=attempts,
        retry_after=2.0,
    )


def test_what_a_response_tells() -> None:
    answer = response([1], 201, reason="Created", headers={"content-type": "application/json"})
    assert (answer.url, answer.status, answer.reason) == ("https://gw/api?v=1", 201, "Created")
    assert (answer.content, answer.body, answer.headers["Content-Type"]) == (b"[1]", [1], "application/json")
    assert (answer.request_id, answer.elapsed, answer.delivered, answer.retry_after) == ("rid", 0.5, "yes", 2.0)


@pytest.mark.parametrize(("attempts", "count"), [((), 0), ((SENT,), 0), ((SENT, SENT, SENT), 2)])
def test_retry_count_is_the_attempts_after_the_first(attempts: tuple[Attempt, ...], count: int) -> None:
    assert response(attempts=attempts).retry_count == count


@pytest.mark.parametrize(
    ("status", "ok"), [(199, False), (200, True), (204, True), (299, True), (300, False), (404, False), (901, False)]
)
def test_ok_is_200_to_299(status: int, ok: bool) -> None:
    answer = response(status=status)
    assert answer.ok is ok
    assert (answer.error is None) is ok
    if ok:
        assert answer.raise_for_status() is answer
    else:
        with pytest.raises(FaaSInvokeError) as caught:
            answer.raise_for_status()
        assert caught.value.response is answer


def test_a_failing_function_raises_a_lambda_error() -> None:
    answer = response({"code": "com.customer.faas.function.threw-error", "message": "m"}, 901)
    assert type(answer.error) is FaaSLambdaError
    with pytest.raises(FaaSLambdaError, match=r"the function failed: 901"):
        answer.raise_for_status()


@pytest.mark.parametrize(
    ("content", "body"),
    [
        (b'{"a":1}', {"a": 1}),
        (b"null", None),
        (b'"text"', "text"),
        (b"12345678901234567890123", 12345678901234567890123),
        (b"", None),
        (b"plain", "plain"),
        (b"\xff", "\ufffd"),
        (b"NaN", "NaN"),
    ],
)
def test_a_body_is_json_or_text(content: bytes, body: object) -> None:
    answer = response(content)
    assert answer.body == body
    assert answer.body is answer.body


class Order(BaseModel):
    id: int
    note: str | None = None


@dataclasses.dataclass
class Point:
    x: int


@pytest.mark.parametrize(
    ("body", "shape", "parsed"),
    [
        pytest.param({"id": 1}, Order, Order(id=1), id="model"),
        pytest.param([{"id": 1}], list[Order], [Order(id=1)], id="list-of-models"),
        pytest.param({"x": 1}, Point, Point(1), id="dataclass"),
        pytest.param({"a": [1]}, dict[str, list[int]], {"a": [1]}, id="dict"),
        pytest.param("2026-01-02T03:04:05Z", datetime, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), id="datetime"),
        pytest.param(None, type(None), None, id="null"),
        pytest.param(b"plain text", str, "plain text", id="text"),
        pytest.param(b"", Order | None, None, id="empty"),
        pytest.param(b'["\\ud800", 1e999]', list[Any], ["\ud800", math.inf], id="json-of-the-standard-library-alone"),
        pytest.param(5, int | str, 5, id="union"),
        pytest.param(5, Any, 5, id="any"),
    ],
)
def test_parse_returns_the_body_as_the_shape(body: object, shape: Any, parsed: object) -> None:
    assert response(body).parse(shape) == parsed


def test_parse_types_the_answer_of_an_event() -> None:
    results = response([{"uuid": "u", "timestamp": "2026-01-02T03:04:05Z", "result": {"id": 7}}]).parse(
        list[EventResult[Order]]
    )
    assert results[0].result.id == 7
    assert results[0].timestamp == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_parse_ignores_a_byte_order_mark_as_body_does() -> None:
    answer = response(b'\xef\xbb\xbf{"id":1}')
    assert answer.body == {"id": 1}
    assert answer.parse(Order) == Order(id=1)


@pytest.mark.parametrize(
    ("body", "shape", "place"),
    [
        pytest.param({"id": CANARY}, Order, "at id: Input should be a valid integer", id="wrong-type"),
        pytest.param({}, Order, "at id: Field required", id="missing"),
        pytest.param([{"id": 1}, {"id": CANARY}], list[Order], r"at \[1\].id: ", id="in-a-list"),
        pytest.param([CANARY], Order, "at the top: ", id="other-shape"),
        pytest.param(CANARY.encode(), Order, "at the top: ", id="text"),
        pytest.param([CANARY] * 9, list[int], r"\(and 6 more\) \[request id 'rid'\]$", id="many"),
    ],
)
def test_a_misfit_names_place_and_rule_and_shows_no_value(body: object, shape: Any, place: str) -> None:
    with pytest.raises(FaaSInvokeError, match=place) as caught:
        response(body).parse(shape)
    assert isinstance(caught.value.__cause__, FaaSResponseFormatError)
    assert caught.value.delivered == "yes"
    assert "does not fit" in str(caught.value)
    assert CANARY not in str(caught.value) + str(caught.value.__cause__)


class Strict(BaseModel):
    value: str

    @field_validator("value")
    @classmethod
    def refuse(cls, value: str) -> str:
        raise ValueError(f"cannot use {value}")


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        pytest.param({"value": CANARY}, Strict, id="validator-of-the-user"),
        pytest.param({"kind": CANARY}, Annotated[Cat | Dog, Field(discriminator="kind")], id="tag-of-a-union"),
        pytest.param({"kind": CANARY}, Cat, id="literal"),
        pytest.param(CANARY, datetime, id="datetime"),
        pytest.param(CANARY, UUID, id="uuid"),
        pytest.param(CANARY, Decimal, id="decimal"),
    ],
)
def test_no_rule_puts_a_value_into_the_message(body: object, shape: Any) -> None:
    with pytest.raises(FaaSInvokeError, match=r"does not fit") as caught:
        response(body).parse(shape)
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is not None
    assert caught.value.__cause__.__cause__ is None


@pytest.mark.parametrize("key", ["k" * 100_000, "a\nb", "\x1b[31m"], ids=["long", "newline", "escape"])
def test_a_misfit_is_one_short_line_whatever_the_keys(key: str) -> None:
    with pytest.raises(FaaSInvokeError, match=r"does not fit dict\[str, int\]: at ") as caught:
        response({key: "x"}).parse(dict[str, int])
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


def test_parse_of_an_error_raises_what_the_status_means() -> None:
    with pytest.raises(FaaSInvokeError, match=r"404"):
        response({"id": 1}, 404).parse(Order)


@pytest.mark.parametrize("shape", [object.__new__, open, 5, "Nonsense"], ids=["slot", "function", "int", "text"])
def test_what_pydantic_does_not_know_is_the_callers_mistake(shape: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^pydantic cannot validate "):
        response({"id": 1}).parse(shape)


V2_ERROR: dict[str, Any] = {
    "code": "com.customer.faas.function.execution-exceeded",
    "message": "50 % {x}",
    "errorLogs": [],
}
V1_ERROR: dict[str, Any] = {"errorCode": "com.liveperson.faas.handler.executiontime-exceeded", "errorMsg": "50 % {x}"}


@pytest.mark.parametrize(
    ("body", "status", "turned"),
    [
        pytest.param(V2_ERROR, 901, V1_ERROR, id="v2-error"),
        pytest.param(V2_ERROR, 200, V2_ERROR, id="good-answer"),
        pytest.param(V1_ERROR, 901, V1_ERROR, id="v1-error"),
        pytest.param([1], 500, [1], id="list"),
        pytest.param(b"<html>", 502, "<html>", id="html"),
        pytest.param({"code": "new", "message": "m"}, 400, {"errorCode": "new", "errorMsg": "m"}, id="unknown-code"),
        pytest.param({"code": 5, "message": "m"}, 400, {"code": 5, "message": "m"}, id="no-text"),
    ],
)
def test_the_v1_form_of_an_error(body: object, status: int, turned: object) -> None:
    answer = response(body, status)
    content = answer.content
    assert answer.in_v1_form() is answer
    assert answer.body == turned
    assert answer.content == content


def test_an_error_in_v1_form_raises_with_the_v1_code() -> None:
    error = response(V2_ERROR, 901).in_v1_form().error
    assert type(error) is FaaSLambdaError
    assert error.error_code == V1_ERROR["errorCode"]


def pickled(answer: Response) -> Response:
    copied: Response = pickle.loads(pickle.dumps(answer))
    return copied


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy], ids=["pickle", "deepcopy"])
def test_a_copy_keeps_everything_but_credentials(copied: Callable[[Response], Response]) -> None:
    headers = {"content-type": "text/plain", "set-cookie": f"id={CANARY}", "proxy-authorization": CANARY}
    answer = response(V2_ERROR, 901, reason="Failed", headers=headers).in_v1_form()
    again = copied(answer)
    assert type(again) is Response
    assert dict(again.headers) == {"content-type": "text/plain"}
    for name in ("url", "status", "reason", "content", "request_id", "elapsed", "attempts", "delivered", "retry_after"):
        assert getattr(again, name) == getattr(answer, name)
    assert again.body == V1_ERROR
    assert str(again.error) == str(answer.error)


@pytest.mark.parametrize("read", [False, True], ids=["unread", "read"])
def test_a_copied_response_can_still_be_read(read: bool) -> None:
    answer = response({"id": 1})
    assert answer.body == {"id": 1} if read else True
    again: Response = pickle.loads(pickle.dumps(answer))
    assert again.parse(Order) == Order(id=1)
    assert again.body == {"id": 1}


def test_an_error_is_pickled_with_its_response_and_without_its_cookies() -> None:
    error = response(V1_ERROR, 901, headers={"set-cookie": CANARY}).error
    frozen = pickle.dumps(error)
    assert CANARY.encode() not in frozen
    assert pickle.loads(frozen).response.body == V1_ERROR


def test_a_repr_shows_no_body_and_no_query() -> None:
    answer = response({"secret": CANARY}, reason="OK", headers={"set-cookie": CANARY})
    assert answer.body
    assert repr(answer) == "<Response 200 OK to invoke of function 'a1b2'>"
    assert CANARY not in repr(answer) + repr(answer.headers)


def test_a_repr_is_one_line_whatever_the_reason() -> None:
    assert repr(response(reason="a\r\nb\x1b[31m")).isprintable()


@pytest.mark.parametrize("implemented", [True, False])
def test_is_implemented_is_a_bool(implemented: bool) -> None:
    assert read_implemented(response({"implemented": implemented, "more": 1}), IS_IMPLEMENTED) is implemented


NO_BOOLS: list[Any] = ["true", 1, 0, None, [], {}]
NO_ANSWERS: list[Any] = [b"", b"true", b"null", [], {}, True, *({"implemented": no} for no in NO_BOOLS)]


@pytest.mark.parametrize("body", NO_ANSWERS, ids=repr)
def test_anything_but_a_bool_is_refused(body: object) -> None:
    with pytest.raises(FaaSIsImplementedError, match=r"^is_implemented of event 'e' .* 'implemented'") as caught:
        read_implemented(response(body, origin=IS_IMPLEMENTED), IS_IMPLEMENTED)
    assert isinstance(caught.value.__cause__, FaaSResponseFormatError)
    assert caught.value.delivered == "yes"


@settings(max_examples=100, deadline=None)
@given(st.binary(), st.sampled_from([200, 404, 500, 901]))
def test_any_body_can_be_read_and_complained_about(content: bytes, status: int) -> None:
    answer = response(content, status)
    assert answer.in_v1_form() is answer
    assert (answer.error is None) is answer.ok
    assert pickle.loads(pickle.dumps(answer)).body == answer.body
    try:
        answer.parse(list[EventResult[Order]])
    except FaaSInvokeError:
        return


def html(content: bytes = b"<html>Sign in</html>", content_type: str = "text/html", status: int = 200) -> Response:
    return response(content, status, headers={"content-type": content_type})


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"<html>Sign in</html>", "text/html; charset=utf-8"),
        (b'{"cut": ', "application/json"),
        (b"NaN", "application/json"),
        (b" ", "Application/Problem+JSON"),
    ],
)
def test_what_only_a_proxy_can_have_answered_is_no_value(content: bytes, content_type: str) -> None:
    answer = html(content, content_type)
    assert not answer.ok
    assert (answer.status, answer.delivered, answer.body) == (200, "unknown", content.decode())
    error = answer.error
    assert type(error) is FaaSInvokeError
    assert isinstance(error.__cause__, FaaSResponseFormatError)
    assert (error.delivered, error.retryable, error.status, error.response) == ("unknown", False, 200, answer)
    assert f": status 200 and {content_type}, but no JSON" in str(error)
    assert "it comes from a proxy; the function may have run" in str(error)
    for read in (answer.raise_for_status, lambda: answer.parse(str)):
        with pytest.raises(FaaSInvokeError, match="it comes from a proxy") as caught:
            read()
        assert isinstance(caught.value.__cause__, FaaSResponseFormatError)


@pytest.mark.parametrize(
    ("content", "content_type", "body"),
    [
        (b'{"a": 1}', "text/html", {"a": 1}),
        (b"", "text/html", None),
        (b"", "application/json", None),
        (b'"\\ud800"', "application/json", "\ud800"),
        (b"hello", "text/plain", "hello"),
    ],
)
def test_json_is_a_value_whatever_it_is_called(content: bytes, content_type: str, body: object) -> None:
    answer = html(content, content_type)
    assert (answer.ok, answer.error, answer.delivered, answer.body) == (True, None, "yes", body)


def test_html_with_an_error_status_is_the_error_that_it_was() -> None:
    answer = html(status=502)
    assert (answer.ok, answer.delivered) == (False, "yes")
    assert ": 502 OK from gw" in str(answer.error)


@pytest.mark.parametrize("status", [200, 500])
def test_an_integer_that_python_cannot_hold_is_the_operations_error(status: int) -> None:
    answer = html(b'{"code": ' + b"1" * 5000 + b"}", "application/json", status)
    with pytest.raises(FaaSInvokeError, match="more than 4300 digits") as caught:
        _ = answer.body
    assert isinstance(caught.value.__cause__, FaaSResponseFormatError)
    assert (caught.value.delivered, caught.value.__cause__.delivered) == ("yes", "yes")
    assert answer.ok is (status == 200)
    assert (answer.error is None) is (status == 200)


@pytest.mark.parametrize("is_read", [False, True])
def test_an_answer_that_is_nested_deeply_travels_with_its_error(is_read: bool) -> None:
    depth = sys.getrecursionlimit() // 2
    answer = html(b"[" * depth + b"]" * depth, "application/json", 500)
    assert (len(answer.body) if is_read else 1) == 1
    error = answer.error
    assert error is not None
    for again in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert str(again) == str(error)
        assert again.response is not None
        assert again.response.content == answer.content
        assert len(again.response.body) == 1


def test_an_answer_in_the_v1_form_keeps_it_when_it_travels() -> None:
    answer = html(b'{"code": "com.liveperson.faas.evg.general", "message": "m"}', "application/json", 500).in_v1_form()
    again = pickle.loads(pickle.dumps(answer))
    assert again.body == answer.body == {"errorCode": "com.liveperson.faas.es.general", "errorMsg": "m"}
