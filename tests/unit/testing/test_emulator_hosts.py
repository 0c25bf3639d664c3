"""Who may drive the emulator: not a web page that a developer happens to visit, and nobody with endless bodies."""

from __future__ import annotations

import http.client
import json
import socket
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.testing import Emulator, FakePlatform, FunctionInput
from tests.support.raw_http import exchange

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.sockets


DISCOVERY = "/api/account/12345678/service/baseURI.json?version=1.0"


@pytest.fixture
def platform() -> FakePlatform:
    platform = FakePlatform()

    @platform.function("f")
    def run(_: FunctionInput) -> None:
        return None

    return platform


@pytest.fixture
def emulator(platform: FakePlatform) -> Iterator[Emulator]:
    with Emulator(platform) as emulator:
        yield emulator


def names(emulator: Emulator, **headers: str) -> set[str]:
    status, _, _, body = exchange(emulator, "GET", DISCOVERY, None, **headers)
    assert status == 200, body
    return ours(body)


def ours(body: bytes) -> set[str]:
    """Return the hosts of the services that a client uses."""
    entries = json.loads(body)["baseURIs"]
    return {entry["baseURI"] for entry in entries if entry["service"] in {"faasGW", "faasUI", "sentinel", "agentVep"}}


FOREIGN = ("attacker.test", "127.0.0.1.attacker.test", "localhost.attacker.test", "10.1.2.3", "127.0.0.1@attacker.test",
           "attacker.test:80", "api.liveperson.net", "localhost:x", "")  # fmt: skip


@pytest.mark.parametrize("host", FOREIGN)
@pytest.mark.parametrize("target", ["/", DISCOVERY, "/nothing"])
def test_a_request_for_a_foreign_host_is_not_answered(emulator: Emulator, host: str, target: str) -> None:
    status, _, _, body = exchange(emulator, "GET", target, Host=host)

    assert status == 403
    assert b"--allow-host" in body
    assert len(emulator.platform.requests) == 0


@pytest.mark.parametrize("origin", ["http://attacker.test", "null", "file://", "https://localhost.attacker.test:8443"])
def test_a_page_of_a_foreign_origin_runs_no_function(emulator: Emulator, origin: str) -> None:
    function = emulator.platform.functions[0].uuid
    form = f"function=12345678/{function}&payload=1".encode()

    assert exchange(emulator, "POST", "/_emulator/page/invoke", form, Origin=origin)[0] == 403
    assert exchange(emulator, "GET", "/", Origin=origin)[0] == 403
    assert exchange(emulator, "GET", DISCOVERY, Origin=origin)[0] == 403
    emulator.platform.requests.assert_not_invoked()


def test_a_page_of_another_server_on_this_machine_does_not_invoke_by_hand(emulator: Emulator) -> None:
    function = emulator.platform.functions[0].uuid
    form = f"function=12345678/{function}&payload=1".encode()

    assert exchange(emulator, "POST", "/_emulator/page/invoke", form, Origin="http://localhost:3000")[0] == 403
    assert exchange(emulator, "POST", "/_emulator/page/invoke", form, Origin=emulator.url)[0] == 200
    assert exchange(emulator, "GET", DISCOVERY, Origin="http://localhost:3000")[0] == 200


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "bot.localhost", "127.0.0.1", "127.8.9.1", "[::1]"])
def test_discovery_names_the_host_by_which_the_request_came(emulator: Emulator, name: str) -> None:
    host = f"{name}:{emulator.host.rpartition(':')[2]}"

    assert names(emulator, Host=host) == {host}


def test_more_names_may_be_allowed(platform: FakePlatform) -> None:
    with Emulator(platform, allow_hosts=["emulator", "Bots.test"]) as emulator:
        assert names(emulator, Host="emulator:8080") == {"emulator:8080"}
        assert names(emulator, Host="bots.test", Origin="https://emulator") == {"bots.test"}
        assert exchange(emulator, "GET", DISCOVERY, Host="other")[0] == 403


@pytest.mark.parametrize("name", ["http://emulator", "emulator:8080", "", "a/b", "u@h"])
def test_what_is_no_name_is_not_taken_for_an_allowed_host(platform: FakePlatform, name: str) -> None:
    with pytest.raises(FaaSConfigurationError, match="without scheme and port"):
        Emulator(platform, allow_hosts=[name])


def test_under_its_real_hosts_livepersons_and_the_accounts_are_allowed(platform: FakePlatform) -> None:
    account = platform.account
    account.move({"faasGW": "first.test"})
    account.move({"faasGW": "second.test:8443"}, keep_old=True)
    with Emulator(platform, real_hosts=True) as emulator:
        for host in ("api.liveperson.net", "adminlogin.liveperson.net:80", "first.test", "second.test:8443"):
            assert names(emulator, Host=host) == set(account.domains.values())
        assert exchange(emulator, "GET", DISCOVERY, Host="liveperson.net.attacker.test")[0] == 403


def test_the_address_that_a_request_reaches_is_allowed(platform: FakePlatform) -> None:
    with Emulator(platform, listener=socket.create_server(("127.0.0.2", 0))) as emulator:
        port = emulator.host.rpartition(":")[2]
        with closing(http.client.HTTPConnection("127.0.0.2", int(port), timeout=10)) as connection:
            connection.request("GET", DISCOVERY)
            assert ours(connection.getresponse().read()) == {f"127.0.0.2:{port}"}


def test_a_body_that_is_announced_as_too_long_is_not_read(emulator: Emulator) -> None:
    with closing(http.client.HTTPConnection(emulator.host, timeout=10)) as connection:
        connection.putrequest("POST", "/nothing")
        connection.putheader("Content-Length", str(300 * 1024 * 1024))
        connection.endheaders()
        response = connection.getresponse()
        assert (response.status, response.read()) == (413, b"the emulator takes no body of more than 33554432 bytes\n")
    assert len(emulator.platform.requests) == 0


def test_a_body_in_chunks_is_not_read_beyond_its_bound(platform: FakePlatform) -> None:
    with (
        Emulator(platform, max_request_bytes=1000) as emulator,
        closing(http.client.HTTPConnection(emulator.host, timeout=10)) as connection,
    ):
        connection.putrequest("POST", "/nothing")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        for _ in range(2):
            connection.send(b"258\r\n" + b"x" * 600 + b"\r\n")
        assert connection.getresponse().status == 413  # the body has no end yet
        assert exchange(emulator, "POST", "/nothing", b"x" * 1000)[0] == 404
    assert len(platform.requests) == 1


@pytest.mark.parametrize("size", [-1, 1.5, True, "1"])
def test_a_bound_that_is_no_size_is_not_accepted(platform: FakePlatform, size: int) -> None:
    with pytest.raises(FaaSConfigurationError, match="max_request_bytes must be a whole number from 0"):
        Emulator(platform, max_request_bytes=size)
