"""No secret in what a person or a log may see."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.redaction import REDACTED, SENSITIVE_HEADERS, quoted, redact_headers, redact_text

CANARY = "canary-7f3a"
JWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    "name", ["Authorization", "COOKIE", "dpop", "Proxy-Authorization", "set-cookie"], ids=lambda name: name.lower()
)
def test_sensitive_headers_are_masked_in_any_spelling(name: str) -> None:
    assert redact_headers({name: CANARY, "X-A": "1"}) == {name: REDACTED, "X-A": "1"}
    assert name.lower() in SENSITIVE_HEADERS


def test_redaction_leaves_its_input_alone() -> None:
    headers = {"Authorization": CANARY}
    redact_headers(headers)
    assert headers == {"Authorization": CANARY}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"bad token {JWT}!", id="jwt"),
        pytest.param(f"bad token {JWT.rpartition('.')[0]}. Sorry", id="jwt-without-signature"),
        pytest.param(f"Authorization: Bearer {CANARY}", id="bearer"),
        pytest.param(f"bearer  {CANARY}, realm", id="bearer-lower-case"),
        pytest.param(f"DPoP {CANARY}", id="dpop"),
        pytest.param(f"Basic {CANARY}==", id="basic"),
        pytest.param(f'OAuth oauth_consumer_key="k", oauth_token="{CANARY}", oauth_signature="{CANARY}"', id="oauth1"),
        pytest.param(f"a=1&client_secret={CANARY}&b=2", id="form"),
        pytest.param(f'{{"access_token": "{CANARY}", "expires_in": 5}}', id="json"),
        pytest.param(f"{{'refresh_token': '{CANARY}'}}", id="python-repr"),
        pytest.param(f"id_token:{CANARY};", id="colon"),
        pytest.param(f"PASSWORD = {CANARY}", id="password"),
        pytest.param(f"secret={CANARY}", id="secret"),
        pytest.param(f"api_key={CANARY}", id="api-key"),
        pytest.param(f"https://user:{CANARY}@proxy.example/", id="user-of-a-url"),
    ],
)
def test_what_looks_like_a_credential_is_replaced(text: str) -> None:
    for shown in (redact_text(text), quoted(text)):
        assert CANARY not in shown
        assert "eyJ" not in shown
        assert REDACTED in shown


@pytest.mark.parametrize(
    "text", ["", "function 'a1b2' failed", "50 % of {it}", "no secrets here", "token endpoint", "com.customer.faas.x"]
)
def test_plain_text_stays_as_it_is(text: str) -> None:
    assert redact_text(text) == text
    assert quoted(text) == repr(text)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(None, "'None'", id="None"),
        pytest.param(5, "'5'", id="int"),
        pytest.param("a\r\nb\x1b", r"'a\r\nb\x1b'", id="control"),
        pytest.param("it's", '"it\'s"', id="quote"),
        pytest.param("\ud800", r"'\ud800'", id="surrogate"),
        pytest.param("x" * 120, f"'{'x' * 120}'", id="120"),
        pytest.param("x" * 121, f"'{'x' * 119}…'", id="121"),
    ],
)
def test_untrusted_values_are_quoted_on_one_short_line(value: object, shown: str) -> None:
    assert quoted(value) == shown


def test_a_credential_that_is_cut_by_the_bound_is_not_shown() -> None:
    assert CANARY[:6] not in quoted("x" * 110 + f" Bearer {CANARY}")


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=[])))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    shown = quoted(text)
    assert shown.isprintable()
    shown.encode()
