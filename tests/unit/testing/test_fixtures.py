"""The fixtures of the plugin, in this process; how a user's run finds them is shown in test_pytest_plugin."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from lpfunctions.testing import pytest_plugin

if TYPE_CHECKING:
    from lpfunctions import AsyncClient, Client
    from lpfunctions.testing import Emulator, FakePlatform

pytestmark = pytest.mark.sockets


lp_platform = pytest_plugin.lp_platform
lp_emulator = pytest_plugin.lp_emulator
lp_client = pytest_plugin.lp_client
lp_async_client = pytest_plugin.lp_async_client


def test_the_clients_are_in_memory(lp_platform: FakePlatform, lp_client: Client, lp_async_client: AsyncClient) -> None:
    lp_client.warm_up()
    asyncio.run(lp_async_client.warm_up())

    assert {request.host for request in lp_platform.requests.discovery_requests} == {"api.liveperson.net"}


def test_the_clients_go_over_http(lp_emulator: Emulator, lp_client: Client, lp_async_client: AsyncClient) -> None:
    lp_client.warm_up()
    asyncio.run(lp_async_client.warm_up())

    assert {request.host for request in lp_emulator.platform.requests.discovery_requests} == {lp_emulator.host}
