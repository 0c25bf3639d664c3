"""Clients that a platform or an emulator makes: what it fixes, what is left to the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from lpfunctions import BearerToken, FaaSConfigurationError
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.platform_requests import echo

Maker = Callable[..., Any]
MAKERS = ("platform.client", "platform.async_client", "emulator.client", "emulator.async_client")


def refusal(maker: Maker, *arguments: Any, **options: Any) -> str:
    with pytest.raises(FaaSConfigurationError) as refused:
        maker(*arguments, **options)
    return str(refused.value)


@pytest.fixture(params=MAKERS)
def named(request: pytest.FixtureRequest) -> Any:
    """Yield a maker of clients, and its name."""
    owner, _, method = request.param.partition(".")
    platform = FakePlatform()
    with Emulator(platform) as emulator:
        yield getattr({"platform": platform, "emulator": emulator}[owner], method), request.param


@pytest.mark.parametrize("name", ["account_id", "account"])
def test_another_account_is_given_as_such(named: tuple[Maker, str], name: str) -> None:
    maker, called = named
    assert refusal(maker, **{name: "99"}) == (
        f"{called}() fixes {name}: it makes a client of the platform's account. FakePlatform(account_id=…) names that, "
        f"and {called}(platform.add_account(account_id=…)) makes a client of a second one"
    )


def test_other_credentials_are_given_to_a_copy(named: tuple[Maker, str]) -> None:
    maker, called = named
    assert refusal(maker, auth_strategy=BearerToken("a-user")) == (
        f"{called}() fixes auth_strategy: the client signs in as the app of the account. "
        f"{called}().with_options(auth_strategy=…) makes a copy that signs in otherwise"
    )


@pytest.mark.parametrize("account", ["99", FakePlatform().account])
def test_an_account_that_is_none_of_the_platforms_is_refused(named: tuple[Maker, str], account: Any) -> None:
    maker, called = named
    assert refusal(maker, account).endswith(
        f"is no account of this platform; {called}() takes platform.account, or what platform.add_account(…) returned"
    )


def test_a_name_that_is_mistyped_is_refused_as_by_the_client(named: tuple[Maker, str]) -> None:
    assert refusal(named[0], timeoutt=1) == "unknown option 'timeoutt'; did you mean 'timeout'?"


@pytest.mark.parametrize("method", ["client", "async_client"])
def test_a_client_in_memory_has_no_connections_to_configure(method: str) -> None:
    maker = getattr(FakePlatform(), method)
    assert refusal(maker, max_connections=5, proxy="http://127.0.0.1:1") == (
        f"platform.{method}() is in memory and cannot obey max_connections, proxy; "
        f"Emulator(platform).{method}(…) goes over HTTP"
    )


def test_none_stands_for_what_the_platform_would_choose() -> None:
    platform = FakePlatform()
    function = platform.function("f")(echo)

    async def ask() -> Any:
        async with platform.async_client(transport=None, session=None) as client:
            return (await client.invoke(lambda_uuid=function.uuid, payload=2)).body

    with platform.client(transport=None, clock=None) as client:
        assert client.invoke(lambda_uuid=function.uuid, payload=1).body == 1
    assert asyncio.run(ask()) == 2


def test_none_leads_to_the_emulator_too() -> None:
    platform = FakePlatform()
    function = platform.function("f")(echo)
    with Emulator(platform) as emulator, emulator.client(csds_domain=None, protocol=None) as client:
        assert client.invoke(lambda_uuid=function.uuid, payload=1).body == 1
