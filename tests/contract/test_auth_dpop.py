"""DPoP: token and proof of each attempt, from one body on four environments; the platform verifies them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import DpopCredentials, FaaSConfigurationError, FaaSInvokeError, RetryPolicy
from tests.support.auth import HOSTILE, busy_once, cause_of, greeter, with_greeter
from tests.support.signatures import Prover

if TYPE_CHECKING:
    from tests.support.environments import Environment


@pytest.fixture
def environment(v2_environment: Environment) -> Environment:
    return with_greeter(v2_environment)


class Vault:
    """Callables for DpopCredentials that note what they are asked."""

    def __init__(self, environment: Environment) -> None:
        self.prover = Prover(environment.clock.now)
        self.token = environment.platform.issue_token(dpop_key=self.prover.jwk)
        self.domains: list[str] = []
        self.asked: list[tuple[str, str, str]] = []

    def get_token(self, domain_url: str) -> str:
        self.domains.append(domain_url)
        return self.token

    def get_proof(self, url: str, method: str, access_token: str) -> str:
        self.asked.append((url, method, access_token))
        return self.prover.prove(url, method, access_token)

    async def get_token_later(self, domain_url: str) -> str:
        await asyncio.sleep(0)
        return self.get_token(domain_url)

    async def get_proof_later(self, url: str, method: str, access_token: str) -> str:
        await asyncio.sleep(0)
        return self.get_proof(url, method, access_token)


@pytest.mark.over_http
def test_dpop_sends_the_token_and_a_fresh_proof_with_each_attempt(environment: Environment) -> None:
    vault = Vault(environment)
    busy_once(environment)
    client = environment.client(auth_strategy=DpopCredentials(vault.get_token, vault.get_proof))

    assert client.invoke(lambda_uuid=greeter(environment), skill_id="7").status == 200
    assert client.invoke(event_id=HOSTILE).status == 200
    first, second, third = environment.journal.invocations

    assert {request.headers["authorization"] for request in environment.journal.invocations} == {f"DPoP {vault.token}"}
    assert len({request.headers["dpop"] for request in (first, second, third)}) == 3
    assert vault.domains == [f"https://{first.host}"] * 3
    assert vault.asked[0] == (first.url.partition("?")[0], "POST", vault.token)
    assert "?" in first.url
    assert environment.journal.token_requests == []


def test_dpop_callables_may_be_async_with_the_async_client_only(environment: Environment) -> None:
    vault = Vault(environment)
    credentials = DpopCredentials(
        get_access_token_internal=vault.get_token_later, get_dpop_header_internal=vault.get_proof_later
    )
    if environment.is_async:
        assert environment.client(auth_strategy=credentials).invoke(lambda_uuid=greeter(environment)).body == "hello"
        return
    with pytest.raises(FaaSConfigurationError, match=r"'get_access_token_internal'.*get_token_later"):
        environment.client(auth_strategy=credentials)
    half = DpopCredentials(vault.get_token, vault.get_proof_later)
    with pytest.raises(FaaSConfigurationError, match=r"'get_dpop_header_internal'.*get_proof_later"):
        environment.client(auth_strategy=half)


def test_dpop_asks_for_another_token_when_one_is_rejected(environment: Environment) -> None:
    vault = Vault(environment)
    environment.platform.revoke_tokens()
    good = environment.platform.issue_token(dpop_key=vault.prover.jwk)
    tokens = iter([vault.token, good])
    client = environment.client(auth_strategy=DpopCredentials(lambda _domain: next(tokens), vault.get_proof))
    assert client.invoke(lambda_uuid=greeter(environment)).body == "hello"
    assert [request.status for request in environment.journal.invocations] == [401, 200]


class NonceVault(Vault):
    """Puts the nonce that the server sent into the proof."""

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.nonces: list[str | None] = []

    def get_proof_with_nonce(self, url: str, method: str, access_token: str, *, nonce: str | None = None) -> str:
        self.nonces.append(nonce)
        claims: dict[str, Any] = {} if nonce is None else {"nonce": nonce}
        return self.prover.prove(url, method, access_token, **claims)


def test_a_nonce_that_the_server_asks_for_is_sent_with_the_next_proof_and_all_that_follow(
    environment: Environment,
) -> None:
    vault = NonceVault(environment)
    environment.platform.demand_dpop_nonce("n-1")
    client = environment.client(auth_strategy=DpopCredentials(vault.get_token, vault.get_proof_with_nonce))

    first = client.invoke(lambda_uuid=greeter(environment))
    second = client.invoke(lambda_uuid=greeter(environment))

    assert (first.body, second.body) == ("hello", "hello")
    assert vault.nonces == [None, "n-1", "n-1"]
    assert [request.status for request in environment.journal.invocations] == [401, 200, 200]
    assert first.retry_count == 1


def test_a_nonce_is_sent_again_without_a_retry_policy(environment: Environment) -> None:
    vault = NonceVault(environment)
    environment.platform.demand_dpop_nonce("n-1")
    credentials = DpopCredentials(vault.get_token, vault.get_proof_with_nonce)
    assert (
        environment.client(auth_strategy=credentials, retry=RetryPolicy.none())
        .invoke(lambda_uuid=greeter(environment))
        .ok
    )


def test_a_nonce_that_came_with_any_answer_is_used_for_that_server(environment: Environment) -> None:
    vault = NonceVault(environment)
    environment.platform.fail_next(status=404, headers={"DPoP-Nonce": "n-2"}, kind="invoke")
    client = environment.client(auth_strategy=DpopCredentials(vault.get_token, vault.get_proof_with_nonce))

    client.invoke(lambda_uuid=greeter(environment))
    environment.platform.demand_dpop_nonce("n-2")

    assert client.invoke(lambda_uuid=greeter(environment)).ok
    assert vault.nonces == [None, "n-2"]


def test_a_server_that_keeps_asking_is_answered_once_and_then_gets_one_other_token(environment: Environment) -> None:
    vault = NonceVault(environment)
    challenge = {"DPoP-Nonce": "n-1", "WWW-Authenticate": 'DPoP error="use_dpop_nonce"'}
    environment.platform.fail_next(status=401, headers=challenge, kind="invoke", times=None)
    client = environment.client(auth_strategy=DpopCredentials(vault.get_token, vault.get_proof_with_nonce))

    assert client.invoke(lambda_uuid=greeter(environment)).status == 401
    assert len(environment.journal.invocations) == 3


def test_a_400_with_the_error_of_an_authorization_server_asks_for_a_nonce_too(environment: Environment) -> None:
    vault = NonceVault(environment)
    environment.platform.fail_next(
        status=400, headers={"DPoP-Nonce": "n-1"}, body={"error": "use_dpop_nonce"}, kind="invoke"
    )
    client = environment.client(auth_strategy=DpopCredentials(vault.get_token, vault.get_proof_with_nonce))
    assert client.invoke(lambda_uuid=greeter(environment)).ok
    assert vault.nonces == [None, "n-1"]


def test_a_callable_that_takes_no_nonce_is_asked_as_before_and_the_refusal_is_returned(
    environment: Environment,
) -> None:
    vault = Vault(environment)
    environment.platform.demand_dpop_nonce("n-1")
    client = environment.client(auth_strategy=DpopCredentials(vault.get_token, vault.get_proof))
    assert client.invoke(lambda_uuid=greeter(environment)).status == 401
    assert len(environment.journal.invocations) == 2, "the usual other token"


def test_a_callable_that_needs_the_nonce_is_told_that_there_is_none(environment: Environment) -> None:
    vault = NonceVault(environment)

    def get_proof(url: str, method: str, token: str, nonce: str | None) -> str:
        return vault.get_proof_with_nonce(url, method, token, nonce=nonce)

    assert (
        environment.client(auth_strategy=DpopCredentials(vault.get_token, get_proof))
        .invoke(lambda_uuid=greeter(environment))
        .ok
    )
    assert vault.nonces == [None]


def fails(*_arguments: object) -> Any:
    raise ZeroDivisionError


def gives(value: object) -> Any:
    def give(_url: str, *_arguments: object) -> Any:
        return value

    return give


@pytest.mark.parametrize(
    ("get_token", "get_proof", "expected_message"),
    [
        (gives(None), gives("proof"), "get_access_token_internal must return a token"),
        (gives("a b"), gives("proof"), "get_access_token_internal must return a token"),
        (fails, gives("proof"), "get_access_token_internal raised ZeroDivisionError"),
        (gives("token"), gives(None), "get_dpop_header_internal must give DPoP as a str"),
        (gives("token"), gives("a\nb"), "get_dpop_header_internal must give DPoP as a str"),
        (gives("token"), fails, "get_dpop_header_internal raised ZeroDivisionError"),
    ],
)
def test_dpop_callables_that_fail_are_named(
    environment: Environment, get_token: Any, get_proof: Any, expected_message: str
) -> None:
    with pytest.raises(FaaSInvokeError, match=expected_message) as failed:
        environment.client(auth_strategy=DpopCredentials(get_token, get_proof)).invoke(lambda_uuid=greeter(environment))
    cause_of(failed)
    assert environment.journal.invocations == []
