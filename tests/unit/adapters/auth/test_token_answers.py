"""How long a token lives, by what the endpoint says of it."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from lpfunctions import FaaSAppJWTAuthenticationError
from lpfunctions.core.auth.tokens import Token, is_token, read_grant, read_refusal
from tests.support.canary import assert_discreet


def jwt_of(payload: object) -> str:
    def part(content: object) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'RS256'})}.{part(payload)}.c2ln"


def life(token: str, expires_in: Any = None) -> float | None:
    return read_grant(json.dumps({"access_token": token, "expires_in": expires_in}).encode(), "host").life_seconds


@pytest.mark.parametrize(
    ("claims", "expires_in", "seconds"),
    [
        ({"iat": 100, "exp": 3700}, None, 3600),
        ({"iat": 100, "exp": 3700}, "60", 3600),
        ({"iat": "100", "exp": "3700"}, None, 3600),
        ({"iat": 100.5, "exp": 200}, None, 99.5),
        ({"exp": 3700}, "60", 60),
        ({"exp": 3700}, None, None),
        ({"iat": 100}, 60, 60),
        ({"iat": 200, "exp": 100}, 60, 60),
        ({"iat": True, "exp": 100}, 60, 60),
        ([1], 60, 60),
        ({}, "3599", 3599),
        ({}, 3599.5, 3599.5),
        ({}, " 60 ", 60),
        ({}, "soon", None),
        ({}, "", None),
        ({}, 0, None),
        ({}, -1, None),
        ({}, True, None),
        ({}, [60], None),
        ({}, "inf", None),
        ({}, "nan", None),
        ({}, "1e999", None),
        ({}, 10**400, None),
    ],
)
def test_the_claims_count_first_and_then_expires_in(claims: object, expires_in: object, seconds: float | None) -> None:
    assert life(jwt_of(claims), expires_in) == seconds


@given(
    some.text(max_size=300),
    some.none() | some.integers() | some.floats(allow_nan=False, allow_infinity=False) | some.text() | some.booleans(),
)
def test_whatever_the_endpoint_says_comes_out_as_a_grant_or_as_an_error_of_ours(token: str, expires_in: Any) -> None:
    content = json.dumps({"access_token": token, "expires_in": expires_in}).encode()
    if is_token(token):
        grant = read_grant(content, "host")
        assert grant.token == token
        assert grant.life_seconds is None or grant.life_seconds > 0
    else:
        with pytest.raises(FaaSAppJWTAuthenticationError):
            read_grant(content, "host")


@given(some.binary(max_size=300))
def test_whatever_bytes_come_are_read_or_refused_with_an_error_of_ours(content: bytes) -> None:
    read_refusal(content)
    with pytest.raises(FaaSAppJWTAuthenticationError):
        read_grant(content, "host")


def test_an_answer_that_cannot_be_used_is_not_shown() -> None:
    content = json.dumps({"access_token": "canary-t0ken\n", "id_token": "canary-t0ken"}).encode()
    with pytest.raises(FaaSAppJWTAuthenticationError) as refused:
        read_grant(content, "host")
    assert_discreet(refused.value, "canary-t0ken")


@pytest.mark.parametrize("secret", ["s3cret", "a&b=c+d e%", "ä😀"])
def test_an_endpoint_that_repeats_the_secret_is_not_quoted(secret: str) -> None:
    from urllib.parse import quote, quote_plus

    for form in (secret, quote(secret, safe=""), quote_plus(secret)):
        body = json.dumps({"error": "invalid_client", "error_description": f"{form} is wrong"}).encode()
        assert read_refusal(body, secret) == "'invalid_client': '[redacted] is wrong'"


@given(some.none() | some.floats(0.1, 1e6), some.floats(0, 1e4), some.floats(0, 1e5))
def test_a_token_is_refreshed_before_its_end_and_not_before_it_is_a_minute_old(
    life_seconds: float | None, refresh_after_seconds: float, now: float
) -> None:
    token = Token.received("t", life_seconds, now, refresh_after_seconds)
    assert now <= token.refresh_at <= token.expires_at
    if life_seconds is not None and life_seconds > 300:
        assert token.refresh_at >= now + 60
        assert token.refresh_at <= token.expires_at - min(300, 0.2 * life_seconds) + 1e-6
