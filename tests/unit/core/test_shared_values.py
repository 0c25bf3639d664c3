"""What processes share through a store: what is written, what is read back, what is refused, and under which key."""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from typing import Any

import pytest

from lpfunctions import ClientCredentials
from lpfunctions.core.shared_values import (
    SKEW_SECONDS,
    SharedValue,
    decode,
    domains_key,
    encode,
    rate_key,
    storage_seconds,
    token_key,
)

NOW = 1_700_000_000.0
DAY_SECONDS = 24 * 3600.0
FACTS: dict[str, Any] = {"version": 1, "received_at": NOW, "life_seconds": 3600.0, "value": {"a": [1, None]}}


def written(**changed: Any) -> bytes:
    return json.dumps({**FACTS, **changed}).encode()


def test_the_form_in_the_store_is_that_of_version_1() -> None:
    assert json.loads(encode(SharedValue({"a": [1, None]}, NOW, 3600.0))) == FACTS


@pytest.mark.parametrize("life_seconds", [3600.0, 60, 0.5, None])
def test_what_was_written_is_read_back(life_seconds: float | None) -> None:
    shared = SharedValue({"token": "t"}, NOW, life_seconds)
    assert decode(encode(shared), NOW + 1) == shared


NO_VALUES = {
    "nothing": b"",
    "no UTF-8": b"\xff",
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "too deep": b"[" * 100_000,
    "an empty object": b"{}",
    "a later version": written(version=2),
    "no version": written(version=None),
    "received at no time": written(received_at=None),
    "received at a text": written(received_at="1700000000"),
    "received at true": written(received_at=True),
    "received at infinity": written(received_at=math.inf),
    "received at no number": written(received_at=math.nan),
    "lives for a text": written(life_seconds="3600"),
    "lives for true": written(life_seconds=True),
    "lives for ever": written(life_seconds=math.inf),
    "lives for a list": written(life_seconds=[]),
}


@pytest.mark.parametrize("content", NO_VALUES.values(), ids=NO_VALUES)
def test_what_is_something_else_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the shared value is not of version 1$"):
        decode(content, NOW)


def test_a_record_without_a_life_is_read_as_one_of_unknown_life() -> None:
    record = {name: fact for name, fact in FACTS.items() if name != "life_seconds"}
    assert decode(json.dumps(record).encode(), NOW) == SharedValue({"a": [1, None]}, NOW, None)


def test_clocks_may_differ_by_a_minute() -> None:
    assert decode(written(received_at=NOW + SKEW_SECONDS), NOW).received_at == NOW + SKEW_SECONDS
    with pytest.raises(ValueError, match=r"^the shared value was received in the future; compare the clocks of the"):
        decode(written(received_at=NOW + SKEW_SECONDS + 1), NOW)


def test_an_age_is_never_negative() -> None:
    shared = SharedValue(None, NOW, 3600.0)
    assert (shared.age_seconds(NOW + 2.5), shared.age_seconds(NOW), shared.age_seconds(NOW - 30)) == (2.5, 0.0, 0.0)


@pytest.mark.parametrize(
    ("life_seconds", "age_seconds", "ends_soon"),
    [(3600.0, 3539.0, False), (3600.0, 3540.0, True), (3600.0, 4000.0, True), (None, 1e9, False), (30.0, 0.0, True)],
)
def test_a_value_ends_soon_when_it_may_be_over_by_another_clock(
    life_seconds: float | None, age_seconds: float, ends_soon: bool
) -> None:
    assert SharedValue(None, NOW, life_seconds).ends_soon(NOW + age_seconds) is ends_soon


@pytest.mark.parametrize(
    ("life_seconds", "stored_seconds"),
    [(60.0, 60.0), (DAY_SECONDS, DAY_SECONDS), (DAY_SECONDS + 1, DAY_SECONDS), (None, DAY_SECONDS)],
)
def test_a_value_is_stored_as_long_as_it_lives_and_a_day_at_most(
    life_seconds: float | None, stored_seconds: float
) -> None:
    assert storage_seconds(SharedValue(None, NOW, life_seconds)) == stored_seconds


def test_a_repr_shows_no_value() -> None:
    assert repr(SharedValue("s3cr3t", NOW, None)) == "<SharedValue received_at=1700000000 life_seconds=None>"


@pytest.mark.parametrize("scope", ["", "read"])
def test_the_key_of_a_token_holds_a_keyed_hash_of_the_secret(scope: str) -> None:
    credentials = ClientCredentials(client_id="an-id", client_secret="s3cr3t", scope=scope)
    identity = f"sentinel.example/123/an-id/{scope}"
    keyed = hmac.new(b"s3cr3t", identity.encode(), hashlib.sha256).hexdigest()
    assert token_key("sentinel.example", "123", credentials) == f"lpfunctions/token/{identity}/{keyed}"


def test_what_differs_has_another_key() -> None:
    keys = {
        token_key("sentinel.example", "123", ClientCredentials(client_id="an-id", client_secret="s3cr3t")),
        token_key("sentinel.example", "123", ClientCredentials(client_id="an-id", client_secret="another")),
        token_key("sentinel.example", "123", ClientCredentials(client_id="another", client_secret="s3cr3t")),
        token_key("sentinel.example", "124", ClientCredentials(client_id="an-id", client_secret="s3cr3t")),
        token_key("another.example", "123", ClientCredentials(client_id="an-id", client_secret="s3cr3t")),
    }
    assert len(keys) == 5


def test_the_other_keys_name_the_account_and_who_was_asked() -> None:
    assert domains_key("api.example", "123") == "lpfunctions/domains/api.example/123"
    assert rate_key("api.example", "123") == "lpfunctions/rate/api.example/123"
