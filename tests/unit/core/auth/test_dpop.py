"""Nonces that servers ask to have in proofs of possession."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions.core.auth.dpop import Nonces, asks_for_nonce, nonce_parameter
from lpfunctions.core.http.messages import HttpRequest, HttpResponse

CHALLENGE = 'DPoP error="use_dpop_nonce", error_description="…"'


def answer(status: int = 401, content: bytes = b"", **headers: str) -> HttpResponse:
    return HttpResponse(status, "", {name.replace("_", "-"): value for name, value in headers.items()}, content)


def test_each_server_has_a_nonce_of_its_own_the_newest() -> None:
    nonces = Nonces()
    nonces.note(HttpRequest("GET", "https://a/x"), answer(200, dpop_nonce="a1"))
    nonces.note(HttpRequest("GET", "https://b:8443/x"), answer(500, dpop_nonce="b1"))
    nonces.note(HttpRequest("GET", "https://a/y"), answer(401, dpop_nonce="a2"))
    assert [nonces.of(host) for host in ("a", "b:8443", "c")] == ["a2", "b1", None]


@pytest.mark.parametrize("nonce", ["", "a b", "a, b", 'a"b', "a\\b", "ü", "a\n", "x" * 1025])
def test_what_is_no_nonce_is_ignored(nonce: str) -> None:
    nonces = Nonces()
    nonces.note(HttpRequest("GET", "https://a/x"), answer(200, dpop_nonce=nonce))
    assert nonces.of("a") is None
    assert not asks_for_nonce(answer(401, dpop_nonce=nonce, www_authenticate=CHALLENGE))


def test_servers_are_forgotten_the_oldest_first() -> None:
    nonces = Nonces()
    for number in range(1001):
        nonces.note(HttpRequest("GET", f"https://h{number}/x"), answer(200, dpop_nonce="n"))
    assert nonces.of("h0") is None
    assert nonces.of("h1") == "n"


@pytest.mark.parametrize(
    ("response", "asks"),
    [
        (answer(401, dpop_nonce="n", www_authenticate=CHALLENGE), True),
        (answer(401, dpop_nonce="n", www_authenticate='Bearer realm="x", ' + CHALLENGE), True),
        (answer(401, dpop_nonce="n", www_authenticate='DPoP error="invalid_token"'), False),
        (answer(401, www_authenticate=CHALLENGE), False),
        (answer(401, dpop_nonce="n"), False),
        (answer(400, b'{"error": "use_dpop_nonce"}', dpop_nonce="n"), True),
        (answer(400, b'{"error": "invalid_dpop_proof"}', dpop_nonce="n"), False),
        (answer(400, b"[]", dpop_nonce="n"), False),
        (answer(403, dpop_nonce="n", www_authenticate=CHALLENGE), False),
    ],
)
def test_who_asks_for_a_nonce(response: HttpResponse, asks: bool) -> None:
    assert asks_for_nonce(response) is asks


def takes_none(url: str, method: str, token: str) -> None: ...
def takes_by_name(url: str, method: str, token: str, *, nonce: str | None = None) -> None: ...
def takes_by_place(url: str, method: str, token: str, nonce: str) -> None: ...
def takes_anything(*arguments: str, **named: str) -> None: ...
def takes_by_place_only(nonce: str, /) -> None: ...


@pytest.mark.parametrize(
    ("get_proof", "name"),
    [
        (takes_none, None),
        (takes_by_name, "nonce"),
        (takes_by_place, "nonce"),
        (takes_anything, "named"),
        (takes_by_place_only, None),
        (dict.fromkeys, None),
        (type, None),
    ],
)
def test_whether_a_callable_takes_a_nonce(get_proof: Any, name: str | None) -> None:
    parameter = nonce_parameter(get_proof)
    assert (None if parameter is None else parameter.name) == name
