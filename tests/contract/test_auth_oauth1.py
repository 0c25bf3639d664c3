"""OAuth 1.0: signed anew for each attempt, on four environments; the platform verifies it, and so does the test."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from lpfunctions import OAuth1Credentials
from tests.support.auth import HOSTILE, busy_once, greeter, with_greeter
from tests.support.signatures import sign, signature_base

if TYPE_CHECKING:
    from lpfunctions.testing import RecordedRequest
    from tests.support.environments import Environment


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    return with_greeter(v2_environment)


KEYS = {"consumer_key": "key&1", "consumer_secret": "s=+ä& %", "token": "tok en", "token_secret": "~x/y?"}


@pytest.mark.parametrize(("method", "digest"), [("HMAC-SHA1", "sha1"), ("HMAC-SHA256", "sha256")])
def test_oauth1_signs_each_attempt_anew(environment: Environment, method: str, digest: str) -> None:
    environment.platform.add_oauth1_keys(**KEYS)
    busy_once(environment)
    client = environment.client(auth_strategy=OAuth1Credentials(**KEYS, signature_method=method))

    assert client.invoke(lambda_uuid=greeter(environment), skill_id="1 + 1=2&x").status == 200
    assert client.invoke(event_id=HOSTILE).status == 200
    assert client.call("is_implemented", event_id=HOSTILE, user_id="ü&") is True

    signed = [*environment.journal.invocations, *environment.journal.is_implemented_requests]
    assert [request.status for request in signed] == [429, 200, 200, 200]
    read = [oauth_of(request) for request in signed]
    assert len({oauth["oauth_nonce"] for oauth in read}) == 4
    assert len({oauth["oauth_signature"] for oauth in read}) == 4
    assert {oauth["oauth_signature_method"] for oauth in read} == {method}
    for request, oauth in zip(signed, read, strict=True):
        signature = oauth.pop("oauth_signature")
        assert int(oauth["oauth_timestamp"]) in range(
            int(environment.clock.now()) - 5, int(environment.clock.now()) + 1
        )
        base = signature_base(request.method, request.url, oauth.items())
        assert signature == sign(base, KEYS["consumer_secret"], KEYS["token_secret"], digest)
        assert set(oauth) == {
            "oauth_consumer_key", "oauth_token", "oauth_nonce", "oauth_timestamp", "oauth_version",
            "oauth_signature_method",
        }  # fmt: skip


def oauth_of(request: RecordedRequest) -> dict[str, str]:
    scheme, _, text = request.headers["authorization"].partition(" ")
    assert scheme == "OAuth"
    return {name: unquote(value) for name, value in re.findall(r'(\w+)="([^"]*)"', text)}


def test_oauth1_keys_that_are_rejected_are_not_tried_again(environment: Environment) -> None:
    client = environment.client(auth_strategy=OAuth1Credentials(**KEYS))
    assert client.invoke(lambda_uuid=greeter(environment)).status == 401
    assert len(environment.journal.invocations) == 1
