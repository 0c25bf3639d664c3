"""Canaries: secrets and tokens are planted in every strategy and looked for in all output; on four environments."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

import lpfunctions
from lpfunctions import (
    BearerToken,
    ClientCredentials,
    DpopCredentials,
    FaaSError,
    FaaSInvokeError,
    OAuth1Credentials,
    RetryPolicy,
)
from tests.support.canary import assert_discreet, assert_hidden, assert_masked, quiet_logs
from tests.support.signatures import Prover

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.environments import Driver, Environment

SECRET = "canary&s3cret=+ä-5e"
TOKEN = "canary-t0ken-5e"
CANARIES = (SECRET, TOKEN)


def authorization(*, url: str, method: str) -> str:
    return f"Bearer {TOKEN}"


def with_newline(*, url: str, method: str) -> str:
    return f"Bearer {TOKEN}\n"


def get_token(_domain_url: str) -> str:
    return TOKEN


def get_token_with_blank(_domain_url: str) -> str:
    return f"{TOKEN} "


def get_proof(_url: str, _method: str, _access_token: str) -> str:
    return "proof"


def get_proof_with_newline(_url: str, _method: str, _access_token: str) -> str:
    return f"{SECRET}\n"


def raise_in_proof(_url: str, _method: str, _access_token: str) -> str:
    raise ZeroDivisionError


STRATEGIES: dict[str, Callable[[], Any]] = {
    "client credentials": lambda: ClientCredentials(client_id="client-id", client_secret=SECRET),
    "bearer": lambda: BearerToken(TOKEN),
    "callable": lambda: authorization,
    "dpop": lambda: DpopCredentials(get_token, Prover().prove),
    "oauth1": lambda: OAuth1Credentials(
        consumer_key="key", consumer_secret=SECRET, token="token", token_secret=f"{TOKEN}-secret"
    ),
    "own": lambda: Own(),  # noqa: PLW0108 (it is defined below)
}


class Own:
    """A user's own strategy."""

    def authorize(self, request: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {TOKEN}"}

    def rejected(self, request: object, response: object) -> bool:
        return True


@pytest.fixture
def environment(v2_environment: Environment, caplog: pytest.LogCaptureFixture) -> Iterator[Environment]:
    plant(v2_environment)
    with quiet_logs(caplog, *CANARIES):
        yield v2_environment


@pytest.fixture
def http_environment(http_environment: Environment, caplog: pytest.LogCaptureFixture) -> Iterator[Environment]:
    plant(http_environment)
    with quiet_logs(caplog, *CANARIES):
        yield http_environment


def plant(environment: Environment) -> None:
    @environment.platform.function(name="greet")
    def greet(_given: Any) -> str:
        return "hello"

    environment.platform.account.client_secret = SECRET
    # Sentinel grants the canary itself.
    environment.platform.add_bearer(TOKEN)


def grant_canary(environment: Environment) -> None:
    environment.platform.fail_next(status=200, body={"access_token": TOKEN, "expires_in": 60}, kind="token", times=None)


def client_of(environment: Environment, strategy: str, **options: Any) -> Driver:
    grant_canary(environment)
    client = environment.client(auth_strategy=STRATEGIES[strategy](), retry=RetryPolicy(max_retries=1), **options)
    assert_masked(client.client, *CANARIES)
    assert_masked(client.client.config, *CANARIES)
    assert_masked(client.client.auth_state(), *CANARIES)
    return client


def failure_of(environment: Environment, client: Driver, **options: Any) -> FaaSInvokeError:
    with pytest.raises(FaaSInvokeError) as failed:
        client.invoke(lambda_uuid=environment.platform.functions[0].uuid, **options).raise_for_status()
    assert_discreet(failed.value, *CANARIES)
    return failed.value


GATEWAY_FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"status": 401},
    "forbidden": {"status": 403, "body": {"message": "no"}},
    "broken": {"status": 500},
    "cut off": {"drop_connection": True},
}


@pytest.mark.parametrize("fault", GATEWAY_FAULTS)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.over_http
def test_what_goes_wrong_at_the_gateway_shows_no_credential(
    environment: Environment, strategy: str, fault: str
) -> None:
    client = client_of(environment, strategy)
    environment.platform.fail_next(**GATEWAY_FAULTS[fault], kind="invoke", times=None)
    failure_of(environment, client)


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_an_answer_shows_no_credential(environment: Environment, strategy: str) -> None:
    response = client_of(environment, strategy).invoke(lambda_uuid=environment.platform.functions[0].uuid)
    assert_masked(response, *CANARIES)
    assert_hidden("the attempts", repr(response.attempts), *CANARIES)
    assert_hidden("the pickle of the response", pickle.dumps(response), *CANARIES)


TOKEN_FAULTS: dict[str, dict[str, Any]] = {
    "refused, with an echo": {"status": 401, "body": {"error": "invalid_client", "error_description": SECRET}},
    "echo of the form": {"status": 400, "body": {"error": f"client_secret={SECRET}"}},
    "echo as text": {"status": 400, "body": f"client_secret={SECRET}"},
    "a token with a newline": {"status": 200, "body": {"access_token": f"{TOKEN}\n"}},
    "a token that is no token": {"status": 200, "body": {"access_token": [TOKEN]}},
    "another field": {"status": 200, "body": {"token": TOKEN}},
    "broken": {"status": 500, "body": json.dumps({"secret": SECRET})},
    "cut off": {"drop_connection": True},
}


@pytest.mark.parametrize("fault", TOKEN_FAULTS)
@pytest.mark.over_http
def test_what_goes_wrong_at_the_token_endpoint_shows_no_credential(environment: Environment, fault: str) -> None:
    environment.platform.fail_next(**TOKEN_FAULTS[fault], kind="token", times=None)
    credentials = ClientCredentials(client_id="client-id", client_secret=SECRET)
    failure_of(environment, environment.client(auth_strategy=credentials, retry=RetryPolicy.none()))


def test_a_deadline_that_passes_anywhere_shows_no_credential(environment: Environment) -> None:
    for kind in ("token", "invoke"):
        environment.platform.clear_faults()
        environment.platform.fail_next(latency_seconds=0.3, kind=kind)
        grant_canary(environment)
        credentials = ClientCredentials(client_id="client-id", client_secret=SECRET)
        failure_of(environment, environment.client(auth_strategy=credentials), timeout=0.1)


@pytest.mark.parametrize(
    "strategy",
    [
        with_newline,
        DpopCredentials(get_token_with_blank, get_proof),
        DpopCredentials(get_token, get_proof_with_newline),
        DpopCredentials(get_token, raise_in_proof),
    ],
    ids=["callable", "dpop token", "dpop proof", "dpop raises"],
)
def test_a_credential_that_cannot_be_sent_is_not_shown(environment: Environment, strategy: Any) -> None:
    failure_of(environment, environment.client(auth_strategy=strategy))


@pytest.mark.sockets
def test_a_pickled_client_holds_its_credentials_and_never_a_token(http_environment: Environment) -> None:
    client = client_of(http_environment, "client credentials", clock=None)
    assert client.invoke(lambda_uuid=http_environment.platform.functions[0].uuid).ok
    pickled = pickle.dumps(client.client)
    assert_hidden("the pickle of the client", pickled, TOKEN)
    assert SECRET.encode() in pickled


def test_the_search_finds_what_is_planted() -> None:
    secret = "planted&found"
    spill: dict[str, Any] = {}
    code = "def spill(error, secret):\n raise error"
    exec(compile(code, f"{lpfunctions.__path__[0]}/spilling.py", "exec"), spill)
    found: list[Callable[[], None]] = [
        lambda: assert_hidden("text", "planted%26found", secret),
        lambda: assert_hidden("bytes", b"... planted&found", secret),
        lambda: assert_discreet(FaaSError(f"with {secret}"), secret),
        lambda: assert_masked([secret], secret),
    ]
    for find in found:
        with pytest.raises(AssertionError, match="shows a secret"):
            find()
    with pytest.raises(FaaSError) as spilt:
        spill["spill"](FaaSError("discreet"), secret)
    with pytest.raises(AssertionError, match="local secret of spill shows a secret"):
        assert_discreet(spilt.value, secret)
