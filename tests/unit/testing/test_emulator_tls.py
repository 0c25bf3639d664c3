"""The emulator over HTTPS, on a socket of the caller's, and with the account's own hosts in discovery."""

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import time
from typing import Any

import pytest
import trustme

from lpfunctions import FaaSError, RetryPolicy
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.raw_http import exchange

pytestmark = pytest.mark.sockets


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def serving(authority: trustme.CA, tmp_path: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "server.pem"))
    context.load_cert_chain(tmp_path / "server.pem")
    return context


@pytest.fixture
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    return ssl.create_default_context(cadata=authority.cert_pem.bytes().decode())


def test_both_clients_speak_https_with_it(serving: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    platform = FakePlatform()
    echo = platform.function("echo")(lambda given: given.payload)

    async def ask(emulator: Emulator) -> object:
        async with emulator.async_client(ssl_context=trusting) as client:
            return (await client.invoke(lambda_uuid=echo.uuid, payload="async")).body

    with Emulator(platform, ssl_context=serving) as emulator:
        assert emulator.url.startswith("https://127.0.0.1:")
        with emulator.client(ssl_context=trusting) as client:
            assert client.invoke(lambda_uuid=echo.uuid, payload="sync").body == "sync"
        assert asyncio.run(ask(emulator)) == "async"
    assert all(request.url.startswith("https://") for request in platform.requests)


def test_a_client_that_does_not_trust_it_sends_nothing(serving: ssl.SSLContext) -> None:
    platform = FakePlatform()
    with (
        Emulator(platform, ssl_context=serving) as emulator,
        emulator.client(retry=RetryPolicy.none()) as client,
        pytest.raises(FaaSError),
    ):
        client.warm_up()
    assert len(platform.requests) == 0


def test_it_can_serve_a_socket_that_listens_already() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with Emulator(FakePlatform(), listener=listener) as emulator:
        assert emulator.host == f"127.0.0.1:{listener.getsockname()[1]}"
        assert exchange(emulator, "GET", "/nothing")[0] == 404
    assert listener.fileno() == -1


def test_discovery_may_name_the_hosts_of_the_account() -> None:
    platform = FakePlatform()
    with Emulator(platform, real_hosts=True) as emulator:
        body = exchange(emulator, "GET", "/api/account/12345678/service/baseURI.json?version=1.0")[3]
    hosts = {entry["service"]: entry["baseURI"] for entry in json.loads(body)["baseURIs"]}
    assert platform.account.domains.items() <= hosts.items()


def test_it_starts_and_stops_in_milliseconds() -> None:
    platform = FakePlatform()
    taken: list[float] = []
    for _ in range(10):
        started = time.perf_counter()
        with Emulator(platform):
            pass
        taken.append(time.perf_counter() - started)
    assert sorted(taken)[4] < 0.05
