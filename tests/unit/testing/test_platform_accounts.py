"""Several accounts, hosts that move, versions that change."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import Any

import pytest

from lpfunctions import Client, FaaSConfigurationError, FaaSConnectionError, FaaSInvokeError, RetryPolicy
from lpfunctions.testing import Emulator, FakePlatform, VirtualClock


def answer(_given: object) -> str:
    return "here"


def is_found_soon(platform: FakePlatform, client: Client, host: str) -> bool:
    """Does *client* ask *host* before long? A stale answer serves until it has been replaced in the background."""
    for _ in range(500):
        with contextlib.suppress(FaaSInvokeError):
            client.invoke(event_id="e")
        if platform.requests.invocations[-1].host == host:
            return True
        time.sleep(0.01)
    return False


def test_each_account_has_its_own_functions_and_version() -> None:
    platform = FakePlatform(platform_version="v1")
    other = platform.add_account(account_id="other", platform_version="v2", client_id="its id")
    here, there = platform.function("f")(answer), other.function("f")(lambda _: "there")

    with platform.client() as first, platform.client(other) as second:
        assert first.invoke(lambda_uuid=here.uuid).body == "here"
        assert second.invoke(lambda_uuid=there.uuid).body == "there"
        assert first.invoke(lambda_uuid=there.uuid).status == 404
    assert set(platform.accounts) == {"12345678", "other"}
    assert [request.account_id for request in platform.requests.invocations] == ["12345678", "other", "12345678"]


@pytest.mark.sockets
def test_an_emulator_serves_all_accounts() -> None:
    platform = FakePlatform(platform_version="v1")
    other = platform.add_account(account_id="other")
    there = other.function("f")(answer)

    async def ask(emulator: Emulator) -> Any:
        async with emulator.async_client(other) as client:
            return (await client.invoke(lambda_uuid=there.uuid)).body

    with Emulator(platform) as emulator, emulator.client(other) as client:
        assert client.invoke(lambda_uuid=there.uuid).body == "here"
        assert asyncio.run(ask(emulator)) == "here"


def test_a_token_opens_no_other_account() -> None:
    platform = FakePlatform()
    other = platform.add_account(account_id="other")

    with platform.client(other) as client:
        client.warm_up()
        platform.fail_next(status=401, kind="invoke", times=None)
        assert client.invoke(lambda_uuid="x").status == 401


def test_an_account_exists_once() -> None:
    with pytest.raises(FaaSConfigurationError, match="there is an account '12345678' already"):
        FakePlatform().add_account(account_id="12345678")


def test_a_version_that_does_not_exist_is_refused() -> None:
    sentence = "platform_version must be 'v1' or 'v2', not 'V2'"
    with pytest.raises(FaaSConfigurationError, match=sentence):
        FakePlatform(platform_version="V2")
    platform = FakePlatform()
    with pytest.raises(FaaSConfigurationError, match=sentence):
        platform.add_account(account_id="other", platform_version="V2")
    with pytest.raises(FaaSConfigurationError, match=sentence):
        platform.account.migrate("V2")


def test_a_client_finds_an_account_that_moved_once_its_discovery_is_stale() -> None:
    clock = VirtualClock()
    platform = FakePlatform(clock=clock)
    function = platform.function("f")(answer)
    with platform.client(retry=RetryPolicy.none()) as client:
        client.invoke(lambda_uuid=function.uuid)
        platform.account.move({"faasGW": "lo.fninvocations.liveperson.net"})
        with pytest.raises(FaaSInvokeError) as failed:
            client.invoke(lambda_uuid=function.uuid)
        assert isinstance(failed.value.__cause__, FaaSConnectionError)
        assert failed.value.delivered == "no"
        clock.advance(601)
        assert is_found_soon(platform, client, "lo.fninvocations.liveperson.net")
        assert client.invoke(lambda_uuid=function.uuid).body == "here"


def test_the_old_host_may_go_on_answering() -> None:
    platform = FakePlatform()
    function = platform.function("f")(answer)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid)
        platform.account.move({"faasGW": "lo.fninvocations.liveperson.net"}, keep_old=True)
        assert client.invoke(lambda_uuid=function.uuid).body == "here"
    assert platform.requests[-1].host == "va.fninvocations.liveperson.net"


def test_generation_is_the_former_name_of_an_accounts_platform_version() -> None:
    with pytest.deprecated_call(match="now platform_version"):
        assert FakePlatform(platform_version="v1").account.generation == "v1"


def test_an_account_that_migrated_is_of_the_other_version_as_a_whole() -> None:
    clock = VirtualClock()
    platform = FakePlatform(platform_version="v1", clock=clock)
    function = platform.function("f")(answer)
    with platform.client() as client:
        client.invoke(lambda_uuid=function.uuid)
        platform.account.migrate("v2")
        clock.advance(601)
        assert is_found_soon(platform, client, "va.fninvocations.liveperson.net")
        assert client.invoke(lambda_uuid=function.uuid).body == "here"
        assert client.get_functions()[0].name == "f"
    assert "lp-eventsource" in platform.requests.invocations[-1].headers
