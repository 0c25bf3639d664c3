"""Whatever a caller passes as an id becomes one path segment, or nothing is sent."""

from __future__ import annotations

import re
from urllib.parse import unquote, unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.uris import PathTemplate, check_no_control_characters, compile_template, query, segment

UUID_URI = "api/account/{account_id}/lambdas/{lambda_uuid}/invoke"


@pytest.mark.parametrize(
    ("value", "encoded"),
    [
        pytest.param("8b6f-a1_b2.c~3", "8b6f-a1_b2.c~3", id="unreserved"),
        pytest.param("a/b", "a%2Fb", id="slash"),
        pytest.param("..a", "..a", id="leading-dots"),
        pytest.param("...", "...", id="three-dots"),
        pytest.param("a/..b/.c", "a%2F..b%2F.c", id="dots-that-begin-a-name"),
        pytest.param("a/...;x", "a%2F...%3Bx", id="three-dots-and-a-parameter"),
        pytest.param("%2F", "%252F", id="encoded-slash"),
        pytest.param("a?b", "a%3Fb", id="question-mark"),
        pytest.param("a#b", "a%23b", id="hash"),
        pytest.param("a&b=c+d", "a%26b%3Dc%2Bd", id="query-characters"),
        pytest.param("a;b:c@d", "a%3Bb%3Ac%40d", id="reserved"),
        pytest.param(" ", "%20", id="space"),
        pytest.param("a b", "a%20b", id="inner-space"),
        pytest.param("é😀", "%C3%A9%F0%9F%98%80", id="unicode"),
        pytest.param("%s", "%25s", id="node-placeholder"),
        pytest.param("{lambda_uuid}", "%7Blambda_uuid%7D", id="template-variable"),
        pytest.param("a\\b", "a%5Cb", id="backslash"),
        pytest.param("`id`", "%60id%60", id="backtick"),
        pytest.param("lpfunctions-segment-mark", "lpfunctions-segment-mark", id="the-mark-itself"),
        pytest.param("x" * 256, "x" * 256, id="256-bytes"),
    ],
)
def test_an_id_is_one_encoded_segment(value: str, encoded: str) -> None:
    assert segment("lambda_uuid", value) == encoded
    assert compile_template("invoke_uuid_uri", UUID_URI, account_id="123", free="lambda_uuid").path(encoded) == (
        f"/api/account/123/lambdas/{encoded}/invoke"
    )


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("", id="empty"),
        pytest.param(".", id="dot"),
        pytest.param("..", id="dot-dot"),
        pytest.param("../x", id="out-of-the-account"),
        pytest.param("../../2/lambdas/u", id="into-another-account"),
        pytest.param("a/../b", id="dot-dot-inside"),
        pytest.param("a/..", id="dot-dot-last"),
        pytest.param("a/./b", id="dot-inside"),
        pytest.param("..\\x", id="backslash"),
        pytest.param("a\\..\\b", id="two-backslashes"),
        pytest.param("a/..\\b", id="both-slashes"),
        pytest.param("..;/x", id="with-an-empty-parameter"),
        pytest.param("a/..;v=1/b", id="with-a-parameter"),
        pytest.param("%2e%2e", id="encoded-dots"),
        pytest.param("%2E%2e/x", id="encoded-dots-and-slash"),
        pytest.param("..%2fx", id="encoded-slash-after-dots"),
        pytest.param("..%5Cx", id="encoded-backslash-after-dots"),
        pytest.param("%2e%2e%3B%2Fx", id="all-of-it-encoded"),
        pytest.param("a\r\nX-Evil: 1", id="crlf"),
        pytest.param("a\n", id="trailing-newline"),
        pytest.param("a\x00b", id="nul"),
        pytest.param("a\x7fb", id="del"),
        pytest.param("a\x85b", id="next-line"),
        pytest.param("a\u2028b", id="line-separator"),
        pytest.param("x" * 257, id="257-bytes"),
        pytest.param("é" * 129, id="258-bytes-of-utf-8"),
        pytest.param("x" * 10_240, id="10-kB"),
        pytest.param("a\ud800b", id="lone-surrogate"),
    ],
)
def test_an_id_that_names_nothing_is_refused(value: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^event_id ") as caught:
        segment("event_id", value)
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 300
    message.encode()


@pytest.mark.parametrize("value", [None, 1, b"id", ["id"], object()], ids=lambda value: type(value).__name__)
def test_an_id_is_text(value: object) -> None:
    with pytest.raises(FaaSConfigurationError, match=f"^lambda_uuid must be a str, not {type(value).__name__}$"):
        segment("lambda_uuid", value)


@settings(max_examples=100, deadline=None)
@given(st.text() | st.text("./\\%2eEfF5cC;a"))
def test_a_segment_decodes_to_the_value_and_holds_no_slash(value: str) -> None:
    try:
        encoded = segment("event_id", value)
    except FaaSConfigurationError:
        return
    assert unquote_to_bytes(encoded) == value.encode()
    assert encoded.isascii()
    assert not set(encoded) & set("/?#\\ %") - {"%"}
    assert encoded
    assert not {".", ".."} & set(re.split(r"[/\\]", value) + re.split(r"[/\\]", unquote(value)))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        pytest.param([], "", id="nothing"),
        pytest.param([("v", None)], "", id="nothing-set"),
        pytest.param([("v", "1"), ("skillId", None), ("userId", "u")], "?v=1&userId=u", id="unset-left-out"),
        pytest.param([("skillId", "")], "?skillId=", id="empty-is-set"),
        pytest.param(
            [("externalSystem", "a&b=c d+/é%")], "?externalSystem=a%26b%3Dc%20d%2B%2F%C3%A9%25", id="reserved"
        ),
    ],
)
def test_a_query_holds_what_is_set(pairs: list[tuple[str, str | None]], expected: str) -> None:
    assert query(pairs) == expected


def test_a_query_value_that_is_no_unicode_is_refused() -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^name holds half of a surrogate pair: "):
        query([("name", "\udfff")])


@pytest.mark.parametrize("value", ["a\rb", "\n", "\x1b[31m", "\x9b", "\u2029"], ids=ascii)
def test_control_characters_are_refused_by_name(value: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^skill_id holds a control character: '"):
        check_no_control_characters("skill_id", value)
    check_no_control_characters("skill_id", "a b é\xa0")


@pytest.mark.parametrize(
    ("template", "path"),
    [
        pytest.param(UUID_URI, "/api/account/12 3/lambdas/ID/invoke", id="ours"),
        pytest.param("api/account/%s/lambdas/%s/invoke", "/api/account/12 3/lambdas/ID/invoke", id="node"),
        pytest.param("/leading/{lambda_uuid}", "/leading/ID", id="leading-slash"),
        pytest.param("//two/{lambda_uuid}", "/two/ID", id="two-leading-slashes"),
        pytest.param("{lambda_uuid}", "/ID", id="only-the-segment"),
        pytest.param("a/{account_id}/b/{account_id}/{lambda_uuid}/", "/a/12 3/b/12 3/ID/", id="account-twice"),
        pytest.param("a%20b/x~!$&'()*+,;=:@/{lambda_uuid}", "/a%20b/x~!$&'()*+,;=:@/ID", id="path-characters"),
    ],
)
def test_a_template_is_expanded(template: str, path: str) -> None:
    compiled = compile_template("invoke_uuid_uri", template, account_id="12 3", free="lambda_uuid")
    assert compiled.path("ID") == path.replace("12 3", "12%203")


@pytest.mark.parametrize(
    ("template", "path"),
    [
        pytest.param("api/account/{account_id}/functions", "/api/account/1/functions", id="ours"),
        pytest.param("api/account/%s/functions", "/api/account/1/functions", id="node"),
        pytest.param("functions", "/functions", id="no-variable"),
        pytest.param("", "/", id="empty"),
    ],
)
def test_a_template_without_a_free_segment_is_a_whole_path(template: str, path: str) -> None:
    compiled = compile_template("get_functions_uri", template, account_id="1")
    assert compiled == PathTemplate(path, None)
    assert compiled.path() == compiled.path("ignored") == path


@pytest.mark.parametrize(
    "template",
    [
        pytest.param("api/{account_id}/invoke", id="segment-missing"),
        pytest.param("api/{lambda_uuid}/{lambda_uuid}", id="segment-twice"),
        pytest.param("api/{lambda_uuid}/{user}", id="foreign-variable"),
        pytest.param("api/{+lambda_uuid}", id="operator-reserved"),
        pytest.param("api{/lambda_uuid}", id="operator-path"),
        pytest.param("api/{lambda_uuid}{?account_id}", id="operator-query"),
        pytest.param("api/{lambda_uuid}{#account_id}", id="operator-fragment"),
        pytest.param("api/{lambda_uuid*}", id="operator-explode"),
        pytest.param("api/{lambda_uuid:3}", id="operator-prefix"),
        pytest.param("api/{account_id,lambda_uuid}", id="two-in-one"),
        pytest.param("api/{}/{lambda_uuid}", id="empty-expression"),
        pytest.param("api/{lambda_uuid", id="unclosed"),
        pytest.param("api/lambda_uuid}/{lambda_uuid}", id="unopened"),
        pytest.param("api/%s/invoke", id="node-too-few"),
        pytest.param("api/%s/%s/%s", id="node-too-many"),
        pytest.param("api/%s/%s/{lambda_uuid}", id="node-and-braces"),
        pytest.param("api/../{lambda_uuid}", id="traversal"),
        pytest.param("./{lambda_uuid}", id="dot-segment"),
        pytest.param("api/%2e%2E/{lambda_uuid}", id="encoded-traversal"),
        pytest.param("api/%2E/{lambda_uuid}", id="encoded-dot-segment"),
        pytest.param("api/..%5cx/{lambda_uuid}", id="encoded-backslash"),
        pytest.param("api/..;x/{lambda_uuid}", id="dot-segment-with-a-parameter"),
        pytest.param("api//{lambda_uuid}", id="empty-segment"),
        pytest.param("https://evil.example/{lambda_uuid}", id="absolute-url"),
        pytest.param("api/{lambda_uuid}?v=1", id="query"),
        pytest.param("api/{lambda_uuid}#top", id="fragment"),
        pytest.param("api/{lambda_uuid}%2", id="half-an-escape"),
        pytest.param("api/{lambda_uuid}%zz", id="no-escape"),
        pytest.param("api/{lambda_uuid}\r\nHost: evil", id="crlf"),
        pytest.param("a pi/{lambda_uuid}", id="space"),
        pytest.param("é/{lambda_uuid}", id="unicode"),
        pytest.param("a\\b/{lambda_uuid}", id="backslash"),
        pytest.param("a\ud800/{lambda_uuid}", id="lone-surrogate"),
    ],
)
def test_a_template_that_is_no_plain_path_is_refused(template: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^invoke_uuid_uri ") as caught:
        compile_template("invoke_uuid_uri", template, account_id="123", free="lambda_uuid")
    assert str(caught.value).isprintable()
