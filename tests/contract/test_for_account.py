"""Many accounts in one process: one pool of connections, and hosts, a token and caches for each account."""

from __future__ import annotations

import gc
import os
import pickle
import tracemalloc
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import BearerToken, Client, FaaSConfigurationError, RetryPolicy, StaticDomainResolver
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from lpfunctions.testing import Account
    from tests.support.environments import Driver, Environment

ACCOUNTS = 500
MOST_BYTES_AN_ACCOUNT = 10 * 1024


def second_of(platform: FakePlatform) -> Account:
    return platform.add_account(account_id="second", client_id="second-id")


def refreshes(driver: Driver) -> int:
    state = driver.client.auth_state()
    assert state is not None
    return state.refreshes


def of_account(environment: Environment, driver: Driver, account: Account) -> Driver:
    return environment.drive(driver.client.for_account(account.account_id, auth_strategy=account.credentials))


def test_each_account_has_its_own_hosts_token_and_answers(memory_environment: Environment) -> None:
    second = second_of(memory_environment.platform)
    here = memory_environment.platform.function("f", event_id="only_here")(lambda _: "here")
    there = second.function("g")(lambda _: "there")
    first = memory_environment.client()
    other = of_account(memory_environment, first, second)

    assert first.invoke(lambda_uuid=here.uuid).body == "here"
    assert other.invoke(lambda_uuid=there.uuid).body == "there"
    assert first.call("is_implemented", event_id="only_here") is True
    assert other.call("is_implemented", event_id="only_here") is False
    asked = [memory_environment.journal.discovery_requests, memory_environment.journal.token_requests]
    assert [[request.account_id for request in requests] for requests in asked] == [["12345678", "second"]] * 2


def test_a_token_that_is_refused_to_one_account_is_kept_by_the_other(memory_environment: Environment) -> None:
    second = second_of(memory_environment.platform)
    first = memory_environment.client(retry=RetryPolicy.none())
    other = of_account(memory_environment, first, second)
    first.call("warm_up")
    other.call("warm_up")
    memory_environment.platform.revoke_tokens()

    other.invoke(event_id="e")
    assert (refreshes(first), refreshes(other)) == (1, 2)


@pytest.mark.sockets
def test_closing_the_client_of_an_account_closes_nothing(http_environment: Environment) -> None:
    function = http_environment.platform.function("f")(lambda _: "here")
    first = http_environment.client()
    other = of_account(http_environment, first, second_of(http_environment.platform))
    other.call("warm_up")

    other.close()
    assert first.invoke(lambda_uuid=function.uuid).body == "here"


def test_options_and_the_account_chain(memory_environment: Environment) -> None:
    second = second_of(memory_environment.platform)
    client = (
        memory_environment.client()
        .client.with_options(timeout=5)
        .for_account("second", auth_strategy=second.credentials)
    )

    assert (client.config.account_id, client.config.timeout) == ("second", 5)
    assert client.with_options(timeout=6).config.account_id == "second"


def test_the_domain_api_is_that_of_the_account_unless_it_was_set() -> None:
    with Client(account_id="12345678", auth_strategy=BearerToken("t")) as client:
        assert client.for_account("le1", auth_strategy=BearerToken("t")).config.csds_domain.endswith("gw.lpcloud.io")
    with Client(account_id="12345678", auth_strategy=BearerToken("t"), csds_domain="domains.example") as client:
        assert client.for_account("le1", auth_strategy=BearerToken("t")).config.csds_domain == "domains.example"


def test_a_resolver_that_was_given_for_one_account_is_not_asked_for_another() -> None:
    resolver = StaticDomainResolver({"faasGW": "gw.liveperson.net"})
    with Client(account_id="12345678", auth_strategy=BearerToken("t"), domain_resolver=resolver) as client:
        with pytest.raises(FaaSConfigurationError, match="answers for account '12345678'; pass domain_resolver= for"):
            client.for_account("second", auth_strategy=BearerToken("t"))
        other = client.for_account("second", auth_strategy=BearerToken("t"), domain_resolver=resolver)
        assert other.config.account_id == "second"


@pytest.mark.parametrize(
    ("account_id", "arguments", "message"),
    [
        ("a/b", {}, "account_id"),
        ("second", {"domain_resolver": {}}, "pass StaticDomainResolver"),
        ("second", {"auth_strategy": None}, "auth_strategy must be"),
    ],
)
def test_an_argument_that_cannot_work_is_refused(account_id: str, arguments: dict[str, Any], message: str) -> None:
    given: dict[str, Any] = {"auth_strategy": BearerToken("t"), **arguments}
    with (
        Client(account_id="12345678", auth_strategy=BearerToken("t")) as client,
        pytest.raises(FaaSConfigurationError, match=message),
    ):
        client.for_account(account_id, **given)


def test_the_client_of_an_account_is_pickled_by_its_own_configuration() -> None:
    with Client(account_id="12345678", auth_strategy=BearerToken("t")) as client:
        other = client.for_account("second", auth_strategy=BearerToken("u"))
        with pickle.loads(pickle.dumps(other)) as revived:
            assert revived.config == other.config


def test_five_hundred_accounts_cost_little_memory() -> None:
    with Client(account_id="12345678", auth_strategy=BearerToken("t")) as client:
        client.for_account("first", auth_strategy=FakePlatform().account.credentials)
        gc.collect()
        tracemalloc.start()
        kept = [
            client.for_account(f"a{number}", auth_strategy=FakePlatform().account.credentials)
            for number in range(ACCOUNTS)
        ]
        gc.collect()
        used, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert used / len(kept) <= MOST_BYTES_AN_ACCOUNT


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="open descriptors are counted in /dev/fd")  # noqa: PTH112
@pytest.mark.sockets
def test_accounts_share_one_pool_of_connections() -> None:
    platform = FakePlatform()
    others = [platform.add_account(account_id=f"a{number}", client_id=f"id{number}") for number in range(20)]
    functions = [other.function("f")(lambda _: "there") for other in others]
    with Emulator(platform) as emulator, emulator.client() as client:
        client.warm_up()
        before = len(os.listdir("/dev/fd"))  # noqa: PTH208
        for other, function in zip(others, functions, strict=True):
            mine = client.for_account(other.account_id, auth_strategy=other.credentials)
            assert mine.invoke(lambda_uuid=function.uuid).body == "there"
        assert len(os.listdir("/dev/fd")) <= before + 2  # noqa: PTH208
