"""Headers that prove who calls: nothing shown, and the right one blamed for bad ones."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions.core.auth.authorization import AuthHeaders, AuthState, check_sendable
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError

CANARY = "canary-7f3a"


def test_a_repr_shows_names_only() -> None:
    headers = AuthHeaders({"Authorization": CANARY, "DPoP": CANARY})
    assert repr(headers) == "<AuthHeaders Authorization: [redacted], DPoP: [redacted]>"
    assert dict(headers) == {"Authorization": CANARY, "DPoP": CANARY}


def test_a_state_is_a_plain_value() -> None:
    assert AuthState(1.0, 2.0, 3.0, 4, 5, 6) == AuthState(1.0, 2.0, 3.0, 4, 5, 6)


@pytest.mark.parametrize("name", ["Authorization", "dpop", "X-My_Header", "x1"])
def test_a_sendable_header_passes(name: str) -> None:
    check_sendable("source", AuthHeaders({name: "Bearer x"}))


@pytest.mark.parametrize(
    "name", ["", "a b", "a:b", "a\r\nb", "é", "a\x00", *("Host", "content-length", "X-Request-ID", "CONNECTION")]
)
def test_a_header_that_is_not_the_strategys_to_set_is_refused(name: str) -> None:
    with pytest.raises(FaaSAppJWTAuthenticationError, match=r"^source must not set the header '") as caught:
        check_sendable("source", AuthHeaders({name: "x"}))
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        pytest.param("", "str that is not", id="empty"),
        pytest.param(f"{CANARY}\r\nX: 1", "str that is not", id="crlf"),
        pytest.param(f"{CANARY}é", "str that is not", id="unicode"),
        pytest.param(f" {CANARY}", "str that is not", id="blank"),
        pytest.param(CANARY.encode(), "bytes", id="bytes"),
        pytest.param(None, "NoneType", id="None"),
    ],
)
def test_a_value_that_cannot_be_sent_is_refused_and_not_shown(value: Any, kind: str) -> None:
    with pytest.raises(FaaSAppJWTAuthenticationError) as caught:
        check_sendable("source", AuthHeaders({"Authorization": value}))
    assert str(caught.value) == f"source must give Authorization as a str of printable ASCII, and gave a {kind}"
