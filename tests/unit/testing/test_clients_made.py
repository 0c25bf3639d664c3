"""Clients that a platform or an emulator makes: what it fixes, what is left to the caller."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from lpfunctions import BearerToken, FaaSConfigurationError, FaaSInvokeError, HttpRequest, HttpResponse, RetryPolicy
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.platform_requests import echo

pytestmark = pytest.mark.sockets


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


class TestTransportOfTheCallers:
    """It may wrap the platform's; one that leads to a network tells nobody anything."""

    def test_one_that_wraps_the_platforms_is_used(self) -> None:
        platform = FakePlatform()
        function = platform.function("f")(echo)
        asked: list[str] = []
        inner = platform.transport()

        def note(request: HttpRequest) -> HttpResponse:
            asked.append(urlsplit(request.url).path.rpartition("/")[2])
            return inner.send(request)

        with platform.client(transport=MemoryTransport(note)) as client:
            assert client.invoke(lambda_uuid=function.uuid, payload=1).body == 1
        assert asked == ["baseURI.json", "token", "invoke"]

    async def test_an_async_one_too(self) -> None:
        platform = FakePlatform()
        function = platform.function("f")(echo)
        inner = platform.async_transport()
        async with platform.async_client(transport=AsyncMemoryTransport(inner.send)) as client:
            assert (await client.invoke(lambda_uuid=function.uuid, payload=1)).body == 1

    def test_one_that_leads_to_a_network_asks_a_name_that_exists_nowhere(self) -> None:
        platform = FakePlatform()
        function = platform.function("f")(echo)
        asked: list[str] = []

        def network(request: HttpRequest) -> HttpResponse:
            asked.append(urlsplit(request.url).netloc)
            raise ConnectionError("no such host")

        client = platform.client(transport=MemoryTransport(network), retry=RetryPolicy.none())
        with client, pytest.raises(FaaSInvokeError):
            client.invoke(lambda_uuid=function.uuid, payload=1)
        assert asked == ["in-memory-platform.invalid"]

    def test_the_caller_may_name_another_domain_api(self) -> None:
        platform = FakePlatform()
        with platform.client(transport=platform.transport(), csds_domain="csds.example.test") as client:
            client.warm_up()
        assert [request.host for request in platform.requests.discovery_requests] == ["csds.example.test"]
