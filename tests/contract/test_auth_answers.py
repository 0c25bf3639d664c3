"""Whatever the token endpoint answers, and whatever a secret is like; on four environments."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from lpfunctions import ClientCredentials, FaaSInvokeError
from tests.support.auth import authorizations, call, cause_of, tokens, with_greeter

if TYPE_CHECKING:
    from tests.support.environments import Environment


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    return with_greeter(v2_environment)


def jwt_of(payload: bytes) -> str:
    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    return f"{part(b'{}')}.{part(payload)}.{part(b'signature')}"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"null", id="null"),
        pytest.param(b"[]", id="list"),
        pytest.param(b"<html>", id="html"),
        pytest.param(b"\xff\xfe", id="no text"),
        pytest.param({"token": "x"}, id="other name"),
        pytest.param({"access_token": None}, id="none"),
        pytest.param({"access_token": 7}, id="number"),
        pytest.param({"access_token": ""}, id="empty"),
        pytest.param({"access_token": "a b"}, id="blank"),
        pytest.param({"access_token": "a\r\nX-Evil: 1"}, id="header injection"),
        pytest.param({"access_token": "ä"}, id="no ascii"),
        pytest.param({"access_token": "x" * (16 * 1024 + 1)}, id="huge"),
        pytest.param(b'{"access_token":"x","a":' + b"[" * 100_000, id="deep"),
    ],
)
def test_an_answer_without_a_usable_token_is_an_authentication_error(environment: Environment, body: object) -> None:
    environment.platform.fail_next(status=200, body=body, kind="token", times=None)
    with pytest.raises(FaaSInvokeError, match="token") as failed:
        environment.client().invoke(lambda_uuid="any")
    cause_of(failed)
    assert tokens(environment) == 1


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "a.b.c",
        "eyJ.eyJ.x",
        jwt_of(b"not json"),
        jwt_of(b"[1]"),
        jwt_of(b"{}"),
        jwt_of(b'{"iat":"soon","exp":"later"}'),
        jwt_of(b'{"iat":1,"exp":NaN}'),
        jwt_of(b'{"iat":1,"exp":1e999}'),
        jwt_of(b'{"iat":1,"exp":' + b"9" * 5000 + b"}"),
        jwt_of(b'{"iat":5,"exp":5}'),
        jwt_of(b'{"iat":true,"exp":false}'),
        jwt_of(b'{"a":' * 700 + b"1" + b"}" * 700),
    ],
    ids=lambda token: token[:40],
)
def test_any_token_that_can_be_sent_is_used_as_it_is(environment: Environment, token: str) -> None:
    environment.platform.add_bearer(token)
    environment.platform.fail_next(
        status=200, body={"access_token": token, "expires_in": "3600"}, kind="token", times=None
    )
    client = environment.client()
    call(environment, client)
    call(environment, client)

    assert authorizations(environment) == [f"Bearer {token}"] * 2
    assert tokens(environment) == 1


SECRETS = ["a&b=c+d e", "p%20q%", "line\nbreak", "pässwörd😀", "'\"\\", "x" * 4096]


@pytest.mark.parametrize("secret", SECRETS, ids=repr)
def test_any_secret_arrives_at_the_token_endpoint_as_it_is(environment: Environment, secret: str) -> None:
    environment.platform.account.client_secret = secret
    call(environment, environment.client(auth_strategy=ClientCredentials(client_id="client-id", client_secret=secret)))
    assert tokens(environment) == 1


def test_a_scope_is_asked_for(environment: Environment) -> None:
    credentials = ClientCredentials(client_id="client-id", client_secret="client-secret", scope="faas.lambda.invoke")
    call(environment, environment.client(auth_strategy=credentials))
    assert b"scope=faas.lambda.invoke" in environment.journal.token_requests[0].body
