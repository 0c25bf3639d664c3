"""Response headers: any spelling of a name, no credential in sight."""

from __future__ import annotations

import copy
import pickle

import pytest

from lpfunctions.core.http.response_headers import Headers

CANARY = "canary-7f3a"
LOWER = {"content-type": "text/plain", "x-a": "1, 2", "set-cookie": CANARY}


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_a_name_matches_in_any_spelling(name: str) -> None:
    headers = Headers(LOWER)
    assert headers[name] == "text/plain"
    assert headers.get(name) == "text/plain"
    assert name in headers


def test_a_name_that_is_not_there_is_missed_as_in_a_mapping() -> None:
    headers = Headers(LOWER)
    assert "x-b" not in headers
    strangers: list[object] = [5, None, b"x-a"]
    assert [name in headers for name in strangers] == [False, False, False]
    assert headers.get("x-b", "default") == "default"
    with pytest.raises(KeyError, match=r"x-b"):
        headers["X-B"]


def test_headers_are_a_mapping() -> None:
    headers = Headers(LOWER)
    assert len(headers) == 3
    assert list(headers) == list(LOWER)
    assert dict(headers) == LOWER
    assert headers == Headers(dict(LOWER)) == LOWER


def test_a_repr_shows_no_cookie() -> None:
    assert repr(Headers(LOWER)) == (
        "Headers({'content-type': 'text/plain', 'x-a': '1, 2', 'set-cookie': '[redacted]'})"
    )


def test_a_pickle_holds_no_cookie_and_no_credential() -> None:
    secrets = dict.fromkeys(("set-cookie", "cookie", "authorization", "proxy-authorization", "dpop"), CANARY)
    headers = Headers({"x-a": "1"} | secrets)
    assert CANARY.encode() not in pickle.dumps(headers)
    assert dict(pickle.loads(pickle.dumps(headers))) == dict(copy.deepcopy(headers)) == {"x-a": "1"}
    assert headers["Set-Cookie"] == CANARY
