"""What may be said in a header of ours, and by whom: one rule for options and for authorisation."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions.core.auth.authorization import AuthHeaders, check_sendable
from lpfunctions.core.config import ClientConfig
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSConfigurationError
from lpfunctions.core.http.request_headers import EXCHANGE_HEADERS, is_header_name, is_header_value


@pytest.mark.parametrize("name", ["Authorization", "dpop", "X-My_Header", "x1", "-", "!#$%&'*+.^_`|~"])
def test_a_token_is_a_header_name(name: str) -> None:
    assert is_header_name(name)


@pytest.mark.parametrize("name", ["", "a b", "a:b", "a\r\nb", "a\n", "é", "a\x00", "(a)", None, 5, b"a"], ids=ascii)
def test_anything_else_is_no_header_name(name: object) -> None:
    assert not is_header_name(name)


def put_in_options(name: Any, value: Any) -> None:
    ClientConfig(account_id="123", csds_http_headers={name: value})


def put_by_a_strategy(name: Any, value: Any) -> None:
    check_sendable("source", AuthHeaders({name: value}))


BOTH = pytest.mark.parametrize("put", [put_in_options, put_by_a_strategy], ids=["option", "strategy"])
REFUSED = (FaaSConfigurationError, FaaSAppJWTAuthenticationError)


@BOTH
def test_what_is_sendable_is_sendable_for_both(put: Any) -> None:
    for name, value in (("X-My.Header", "a b"), ("Cookie", "a=b; c=d")):
        put(name, value)


@BOTH
@pytest.mark.parametrize("name", sorted(EXCHANGE_HEADERS))
def test_the_exchange_is_ours_to_describe(put: Any, name: str) -> None:
    for spelled in (name, name.title(), name.upper()):
        with pytest.raises(REFUSED):
            put(spelled, "x")


@BOTH
@pytest.mark.parametrize("value", ["", " a", "a ", "a\r\nX: 1", "a\tb", "é", None, 5, b"a"], ids=ascii)
def test_what_is_no_value_is_none_for_both(put: Any, value: object) -> None:
    assert not is_header_value(value)
    with pytest.raises(REFUSED):
        put("X-A", value)


def test_headers_that_frame_or_hold_a_connection_are_of_the_exchange() -> None:
    hop_by_hop = {"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
    assert hop_by_hop | {"content-length", "expect", "host", "x-request-id"} == EXCHANGE_HEADERS


@pytest.mark.parametrize("name", ["Authorization", "DPoP"])
def test_credentials_are_the_strategys_to_set(name: str) -> None:
    put_by_a_strategy(name, "Bearer x")
    with pytest.raises(FaaSConfigurationError, match=rf"^csds_http_headers may not set '{name}'$"):
        put_in_options(name, "Bearer x")
