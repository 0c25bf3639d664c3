"""Credentials: plain values that show no secret, and refuse what cannot work without showing it."""

from __future__ import annotations

import copy
import pickle
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr

from lpfunctions import (
    BearerToken,
    ClientCredentials,
    DpopCredentials,
    FaaSConfigurationError,
    OAuth1Credentials,
)
from lpfunctions.core.auth.hidden import Hidden
from tests.support.canary import assert_discreet, assert_masked

if TYPE_CHECKING:
    from collections.abc import Callable

CANARY = "canary-s3cret"
OAUTH1 = {"consumer_key": "key", "consumer_secret": CANARY, "token": CANARY + "-t", "token_secret": CANARY + "-u"}


def get_token(domain_url: str) -> str:
    return domain_url


def get_proof(url: str, method: str, access_token: str) -> str:
    return url


ALL = [
    ClientCredentials(client_id="id", client_secret=CANARY),
    ClientCredentials(client_id="id", client_secret=SecretStr(CANARY), scope="faas.lambda.invoke"),
    BearerToken(CANARY),
    OAuth1Credentials(**OAUTH1),
    OAuth1Credentials(**OAUTH1, signature_method="HMAC-SHA256"),
    DpopCredentials(get_token, get_proof),
]


@pytest.mark.parametrize("credentials", ALL, ids=lambda value: type(value).__name__)
def test_credentials_are_values_that_are_copied_pickled_and_compared_but_not_shown(credentials: Any) -> None:
    assert pickle.loads(pickle.dumps(credentials)) == credentials == copy.deepcopy(credentials)
    assert hash(pickle.loads(pickle.dumps(credentials))) == hash(credentials)
    assert_masked(credentials, CANARY)
    with pytest.raises(AttributeError):
        setattr(credentials, fields(credentials)[0].name, "other")


@pytest.mark.parametrize(
    ("flawed", "expected_message"),
    [
        (f"{CANARY}\n", "starts or ends with white space; strip it"),
        (f" {CANARY}", "starts or ends with white space; strip it"),
        (f"{CANARY}\ud800", "is no valid Unicode"),
        ("", "must be a str that is not empty"),
        (None, "must be a str that is not empty"),
        (7, "must be a str that is not empty"),
        (CANARY.encode(), "must be a str that is not empty"),
        (SecretStr(f"{CANARY}\n"), "starts or ends with white space; strip it"),
        (SecretStr(""), "must be a str that is not empty"),
    ],
    ids=["newline", "blank", "surrogate", "empty", "none", "number", "bytes", "masked newline", "masked empty"],
)
def test_a_secret_that_cannot_work_is_refused_without_being_shown(flawed: Any, expected_message: str) -> None:
    makers: dict[str, Callable[[], object]] = {
        "ClientCredentials: client_secret": lambda: ClientCredentials(client_id="id", client_secret=flawed),
        "OAuth1Credentials: consumer_secret": lambda: OAuth1Credentials(**OAUTH1 | {"consumer_secret": flawed}),
        "OAuth1Credentials: token": lambda: OAuth1Credentials(**OAUTH1 | {"token": flawed}),
        "OAuth1Credentials: token_secret": lambda: OAuth1Credentials(**OAUTH1 | {"token_secret": flawed}),
        "BearerToken: token": lambda: BearerToken(flawed),
    }
    for name, make in makers.items():
        with pytest.raises(FaaSConfigurationError, match=f"{name} {expected_message}") as refused:
            make()
        assert_discreet(refused.value, CANARY)


@pytest.mark.parametrize("secret", ["a&b=c+d", "in\nside", "ä😀", "a b"])
def test_a_secret_may_hold_any_character_inside(secret: str) -> None:
    assert ClientCredentials(client_id="id", client_secret=secret).client_secret.get_secret_value() == secret


@pytest.mark.parametrize("token", [f"{CANARY} b", f"{CANARY}\nb", f"{CANARY}ä", CANARY * 2000])
def test_a_token_that_cannot_be_sent_is_refused_without_being_shown(token: str) -> None:
    with pytest.raises(FaaSConfigurationError, match="printable ASCII") as refused:
        BearerToken(token)
    assert_discreet(refused.value, CANARY)


def test_other_parts_are_checked_too() -> None:
    wrong: list[tuple[Any, str]] = [
        (lambda: ClientCredentials(client_id="", client_secret="s"), "client_id must be a str"),
        (lambda: ClientCredentials(client_id=7, client_secret="s"), "client_id must be a str"),  # type: ignore[arg-type]
        (
            lambda: ClientCredentials(client_id="i", client_secret="s", scope=7),  # type: ignore[arg-type]
            "^ClientCredentials: scope must be a str",
        ),
        (lambda: OAuth1Credentials(**OAUTH1, signature_method="RSA-SHA1"), "must be HMAC-SHA1 or HMAC-SHA256"),
        (lambda: OAuth1Credentials(**OAUTH1 | {"consumer_key": ""}), "consumer_key must be a str"),
        (lambda: DpopCredentials("x", get_proof), "needs get_access_token_internal, a callable"),  # type: ignore[arg-type]
        (lambda: DpopCredentials(get_token, None), "needs get_dpop_header_internal, a callable"),  # type: ignore[arg-type]
    ]
    for make, expected_message in wrong:
        with pytest.raises(FaaSConfigurationError, match=expected_message) as refused:
            make()
        assert_discreet(refused.value, CANARY)


def test_hidden_texts_are_values_that_show_nothing() -> None:
    hidden = Hidden(CANARY)
    assert repr(hidden) == "Hidden('**********')"
    assert hidden == Hidden(CANARY)
    assert hidden != Hidden("another")
    assert hidden != CANARY
    assert len({hidden, Hidden(CANARY), Hidden("another")}) == 2
    assert hash(hidden) != hash(Hidden("another"))


def test_a_signature_is_hmac_sha1_unless_given() -> None:
    assert OAuth1Credentials(**OAUTH1).signature_method == "HMAC-SHA1"
