"""Answer bodies: JSON where it is JSON, text otherwise, and what an error body says."""

from __future__ import annotations

import codecs
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.errors import FaaSResponseFormatError
from lpfunctions.core.http.body import (
    ErrorBody,
    claims_html_or_json,
    json_object,
    read_body,
    read_error_body,
    read_if_possible,
)
from lpfunctions.core.responses.errors import as_v1_error


@pytest.mark.parametrize(
    ("content", "body", "is_json"),
    [
        pytest.param(b'{"a": [1, null, true]}', {"a": [1, None, True]}, True, id="object"),
        pytest.param(b"[]", [], True, id="list"),
        pytest.param(b"null", None, True, id="null"),
        pytest.param(b"5", 5, True, id="number"),
        pytest.param(b'"t"', "t", True, id="text"),
        pytest.param(b" \r\n[1] ", [1], True, id="white-space"),
        pytest.param(b"\xef\xbb\xbf[1]", [1], True, id="byte-order-mark"),
        pytest.param(b"1" + b"0" * 60, 10**60, True, id="exact-int"),
        pytest.param(b"1.5e3", 1500.0, True, id="float"),
        pytest.param('"é😀\\u00e9"'.encode(), "é😀é", True, id="unicode"),
        pytest.param(b'{"a":1,"a":2}', {"a": 2}, True, id="last-key-wins"),
        pytest.param(b"", None, False, id="empty"),
        pytest.param(b"\xef\xbb\xbf", None, False, id="byte-order-mark-alone"),
        pytest.param(b'["\\ud800"]', ["\ud800"], True, id="half-a-surrogate-pair"),
        pytest.param(b'{"\\udfff": 1}', {"\udfff": 1}, True, id="half-a-surrogate-pair-as-key"),
        pytest.param(b"[1e999, -1e999]", [math.inf, -math.inf], True, id="more-than-a-float"),
        pytest.param(b'["\\ud800", NaN]', '["\\ud800", NaN]', False, id="half-a-pair-and-nan"),
        pytest.param(b'["\\ud800"', '["\\ud800"', False, id="half-a-pair-and-cut"),
        pytest.param(b"   ", "   ", False, id="blank"),
        pytest.param(b"<html>\xc3\xa9</html>", "<html>é</html>", False, id="html"),
        pytest.param(b"\xff\xfea", "\ufffd\ufffda", False, id="no-utf-8"),
        pytest.param(b'"\xff"', '"\ufffd"', False, id="json-in-latin-1"),
        pytest.param(b"\xef\xbb\xbftext", "text", False, id="byte-order-mark-and-text"),
        pytest.param(b"[1]]", "[1]]", False, id="trailing-bracket"),
        pytest.param(b'{"a":', '{"a":', False, id="cut"),
        pytest.param(b"NaN", "NaN", False, id="nan"),
        pytest.param(b"[Infinity]", "[Infinity]", False, id="infinity"),
        pytest.param(b"{'a': 1}", "{'a': 1}", False, id="python"),
    ],
)
def test_a_body_is_json_or_text(content: bytes, body: object, is_json: bool) -> None:
    assert read_body(content) == (body, is_json)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        pytest.param(b"[" + b"1" * 5000 + b"]", "an integer of more than 4300 digits", id="5000-digits"),
        pytest.param(b"[" * 100_000, "nested too deeply", id="depth-bomb"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, "nested too deeply", id="deep-json"),
    ],
)
def test_json_that_python_cannot_hold_is_an_error_and_no_text(content: bytes, message: str) -> None:
    with pytest.raises(FaaSResponseFormatError, match=message) as caught:
        read_body(content)
    assert caught.value.delivered == "yes"
    assert read_if_possible(content) is None


def test_nesting_beyond_the_fast_reader_is_read() -> None:
    body, is_json = read_body(b"[" * 300 + b"]" * 300)
    assert is_json
    assert str(body) == "[" * 300 + "]" * 300


@pytest.mark.parametrize(
    ("content_type", "claims"),
    [
        ("application/json", True), ("Application/JSON; charset=utf-8", True), ("text/html", True),
        (" text/html ;charset=x", True), ("application/problem+json", True), ("text/json", True),
        ("text/plain", False), ("application/jsonp", False), ("", False), (None, False),
    ],
)  # fmt: skip
def test_html_and_json_are_told_by_the_content_type(content_type: str | None, claims: bool) -> None:
    assert claims_html_or_json(content_type) is claims


@settings(max_examples=100, deadline=None)
@given(st.binary())
def test_any_bytes_can_be_read(content: bytes) -> None:
    body, is_json = read_body(content)
    assert is_json or isinstance(body, str) or not content.removeprefix(codecs.BOM_UTF8)
    assert isinstance(read_error_body(body), ErrorBody)
    as_v1_error(body)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=15,
    )
)
def test_json_is_read_as_it_was_written(value: object) -> None:
    assert read_body(json.dumps(value).encode()) == (value, True)


@pytest.mark.parametrize("value", [None, [], [{"a": 1}], "text", 5, True], ids=repr)
def test_what_is_no_object_is_an_empty_one(value: object) -> None:
    assert json_object(value) == {}
    assert json_object({"a": value}) == {"a": value}


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        pytest.param({"errorCode": "c", "errorMsg": "m", "errorLogs": []}, "c", "m", id="v1"),
        pytest.param({"code": "c", "message": "m"}, "c", "m", id="v2"),
        pytest.param({"errorCode": "c1", "code": "c2", "errorMsg": "m1", "message": "m2"}, "c1", "m1", id="both"),
        pytest.param({"errorCode": 5, "code": "c2"}, "c2", None, id="v1-without-text"),
        pytest.param({"errorMsg": "m"}, None, "m", id="message-only"),
        pytest.param({"code": ""}, "", None, id="empty-code"),
        pytest.param({"code": None, "message": ["m"]}, None, None, id="no-text"),
        pytest.param({"error": {"code": "c"}}, None, None, id="nested"),
        pytest.param([{"code": "c"}], None, None, id="list"),
        pytest.param("<html>", None, None, id="html"),
        pytest.param(None, None, None, id="null"),
    ],
)
def test_an_error_body_is_read_on_either_version(body: object, code: str | None, message: str | None) -> None:
    assert read_error_body(body) == ErrorBody(code, message)


V2: dict[str, Any] = {"code": "com.liveperson.faas.evg.general", "message": "50 % of {it}"}


@pytest.mark.parametrize(
    ("body", "turned"),
    [
        pytest.param(V2, {"errorCode": "com.liveperson.faas.es.general", "errorMsg": "50 % of {it}"}, id="known"),
        pytest.param({"code": "x", "message": ""}, {"errorCode": "x", "errorMsg": ""}, id="unknown-code"),
        pytest.param({"code": "x"}, {"code": "x"}, id="no-message"),
        pytest.param({"message": "x"}, {"message": "x"}, id="no-code"),
        pytest.param({"code": 1, "message": "x"}, {"code": 1, "message": "x"}, id="code-no-text"),
        pytest.param({"errorCode": "c", "errorMsg": "m"}, {"errorCode": "c", "errorMsg": "m"}, id="v1-already"),
        pytest.param([V2], [V2], id="list"),
        pytest.param("text", "text", id="text"),
        pytest.param(None, None, id="null"),
    ],
)
def test_a_v2_error_is_turned_into_its_v1_form(body: object, turned: object) -> None:
    assert as_v1_error(body) == turned
