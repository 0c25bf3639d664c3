"""Access tokens: what the token endpoint may answer, and how long a token is good."""

from __future__ import annotations

import base64
import json
import math
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lpfunctions.core.auth.tokens import Grant, Token, is_token, read_grant, read_refusal
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError

HOST = "va.sentinel.liveperson.net"
CANARY = "canary-7f3a"


def jwt_of(claims: object) -> str:
    parts = (json.dumps(part).encode() for part in ({"alg": "RS256"}, claims))
    return ".".join([*(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts), "c2ln"])


def answer(**fields: Any) -> bytes:
    return json.dumps(fields).encode()


def token_answer(token: str, life: float) -> bytes:
    return answer(access_token=token, expires_in=life)


NO_LIVES: list[Any] = [None, True, 0, -1, "", "soon", "nan", "inf", "-5", [60], {}, 10**400]
NO_CLAIMS: list[Any] = [
    {},
    [],
    "text",
    {"iat": 1000},
    {"exp": 4600},
    {"iat": 4600, "exp": 1000},
    {"iat": 1000, "exp": 1000},
    {"iat": "x", "exp": "y"},
    {"iat": None, "exp": 4600},
]
HOUR = jwt_of({"iat": 1000, "exp": 4600})


@pytest.mark.parametrize(
    ("content", "token", "life"),
    [
        pytest.param(answer(access_token=HOUR), HOUR, 3600.0, id="by-claims"),
        pytest.param(answer(access_token=HOUR, expires_in=60), HOUR, 3600.0, id="claims-win-over-expires-in"),
        pytest.param(answer(access_token="opaque", expires_in=60), "opaque", 60.0, id="by-expires-in"),
        pytest.param(answer(access_token="opaque", expires_in="60"), "opaque", 60.0, id="expires-in-as-text"),
        pytest.param(answer(access_token="opaque", expires_in=1.5), "opaque", 1.5, id="expires-in-as-float"),
        pytest.param(answer(access_token="opaque"), "opaque", None, id="unknown"),
        *(
            pytest.param(
                answer(access_token="opaque", expires_in=value), "opaque", None, id=f"expires-in-{value!r:.20}"
            )
            for value in NO_LIVES
        ),
        *(
            pytest.param(
                answer(access_token=jwt_of(claims), expires_in=60), jwt_of(claims), 60.0, id=f"claims-{claims}"
            )
            for claims in NO_CLAIMS
        ),
        pytest.param(answer(access_token="a.b.c", expires_in=5), "a.b.c", 5.0, id="dots-but-no-jwt"),
        pytest.param(b"\xef\xbb\xbf" + answer(access_token="opaque"), "opaque", None, id="bom"),
        pytest.param(answer(access_token="x" * 16 * 1024), "x" * 16 * 1024, None, id="16-KiB"),
    ],
)
def test_a_good_answer_is_read(content: bytes, token: str, life: float | None) -> None:
    grant = read_grant(content, HOST)
    assert (grant.token, grant.life_seconds) == (token, life)


def test_a_clock_that_is_wrong_does_not_shorten_a_life() -> None:
    far_past = jwt_of({"iat": 0.5, "exp": 100.5, "nbf": 9e12})
    assert read_grant(answer(access_token=far_past), HOST).life_seconds == 100.0


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>" + CANARY.encode(), id="html"),
        pytest.param(b"\xff\xfe", id="no-utf-8"),
        pytest.param(b"null", id="null"),
        pytest.param(json.dumps([CANARY]).encode(), id="list"),
        pytest.param(json.dumps(CANARY).encode(), id="text"),
        pytest.param(answer(token=CANARY), id="another-name"),
        *(
            pytest.param(answer(access_token=value, note=CANARY), id=f"token-{value!r:.20}")
            for value in (None, "", 5, [CANARY], {"value": CANARY})
        ),
        *(
            pytest.param(answer(access_token=value), id=f"token-{value!r:.20}")
            for value in (f"{CANARY} x", f"{CANARY}\r\nX: 1", f"é{CANARY}", f"{CANARY}\x00", f"{CANARY}\t", " ")
        ),
        pytest.param(answer(access_token=CANARY + "x" * 16 * 1024), id="more-than-16-KiB"),
        pytest.param(b"[" * 100_000, id="depth-bomb"),
    ],
)
def test_an_answer_without_a_usable_token_is_refused_and_not_shown(content: bytes) -> None:
    with pytest.raises(FaaSAppJWTAuthenticationError, match=rf"^the token endpoint at {HOST} answered with") as caught:
        read_grant(content, HOST)
    assert CANARY not in str(caught.value)
    assert len(str(caught.value)) < 200
    assert caught.value.__cause__ is None
    # Tools that report errors show the locals of each frame.
    traceback = caught.value.__traceback__
    while traceback is not None:
        if traceback.tb_frame.f_globals["__name__"] == "lpfunctions.core.auth.tokens":
            assert CANARY not in repr(traceback.tb_frame.f_locals)
        traceback = traceback.tb_next


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(answer(error="invalid_client"), "'invalid_client'", id="error"),
        pytest.param(
            answer(error="invalid_client", error_description="no such app"),
            "'invalid_client': 'no such app'",
            id="error-and-description",
        ),
        pytest.param(answer(error_description="d"), "'d'", id="description"),
        pytest.param(answer(error=5, error_description=None), "", id="no-text"),
        pytest.param(answer(), "", id="nothing"),
        pytest.param(b"<html>", "", id="html"),
        pytest.param(b"", "", id="empty"),
        pytest.param(b"[]", "", id="list"),
        pytest.param(answer(error="50 % {x}\n\x1b"), r"'50 % {x}\n\x1b'", id="untrusted"),
    ],
)
def test_a_refusal_says_what_oauth_says(content: bytes, said: str) -> None:
    assert read_refusal(content) == said


@pytest.mark.parametrize("secret", ["s3cr&t /+=", CANARY, "%41%"], ids=repr)
def test_a_refusal_does_not_repeat_the_secret(secret: str) -> None:
    for form in (secret, quote(secret, safe="")):
        said = read_refusal(answer(error="bad", error_description=f"wrong: {form}!"), secret)
        assert secret not in said
        assert form not in said
        assert "wrong" in said


def test_a_long_refusal_is_short() -> None:
    assert len(read_refusal(answer(error="e" * 5000, error_description="d" * 5000))) < 300


@pytest.mark.parametrize(
    ("life", "refresh_after", "refresh_age"),
    [
        pytest.param(3600.0, 1800.0, 1800.0, id="at-the-wanted-age"),
        pytest.param(3600.0, 7200.0, 3300.0, id="five-minutes-before-the-end"),
        pytest.param(1000.0, 1800.0, 800.0, id="a-fifth-before-the-end"),
        pytest.param(1500.0, 1800.0, 1200.0, id="a-fifth-is-five-minutes"),
        pytest.param(None, 1800.0, 1800.0, id="unknown-life"),
        pytest.param(3600.0, 0.0, 60.0, id="never-younger-than-a-minute"),
        pytest.param(70.0, 1800.0, 60.0, id="short-life"),
        pytest.param(30.0, 1800.0, 30.0, id="shorter-than-a-minute"),
        pytest.param(None, 0.0, 60.0, id="unknown-life-at-once"),
    ],
)
def test_when_a_token_is_refreshed(life: float | None, refresh_after: float, refresh_age: float) -> None:
    token = Token.received("t", life, 100.0, refresh_after)
    assert token.refresh_at == pytest.approx(100.0 + refresh_age)
    assert token.expires_at == (math.inf if life is None else 100.0 + life)


def test_no_repr_shows_a_token() -> None:
    assert CANARY not in repr(Token(CANARY, 1.0, math.inf)) + repr(Grant(CANARY, 5.0))


@pytest.mark.parametrize("value", ["a", "~!", HOUR, "x" * 16384], ids=["a", "marks", "jwt", "16-KiB"])
def test_printable_ascii_is_a_token(value: str) -> None:
    assert is_token(value)


@pytest.mark.parametrize("value", ["", " ", "a b", "a\n", "é", "x" * 16385, None, b"a", 5], ids=lambda v: repr(v)[:9])
def test_anything_else_is_none(value: object) -> None:
    assert not is_token(value)


@settings(max_examples=100, deadline=None)
@given(st.binary() | st.builds(token_answer, st.text(), st.floats()))
def test_any_answer_is_a_token_or_our_error(content: bytes) -> None:
    read_refusal(content, "secret")
    try:
        grant = read_grant(content, HOST)
    except FaaSAppJWTAuthenticationError:
        return
    assert is_token(grant.token)
    assert grant.life_seconds is None or 0 < grant.life_seconds < math.inf
