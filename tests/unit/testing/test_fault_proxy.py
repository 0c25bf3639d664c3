"""The fault proxy does to a connection what its script says, and nothing else."""

from __future__ import annotations

import gc
import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import pytest

from lpfunctions import FaaSConfigurationError, FaaSInvokeError, StaticDomainResolver
from lpfunctions.testing import Emulator, FakePlatform, FaultProxy, Flow, Passage
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from lpfunctions.testing.faults.scripts import refused_port

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lpfunctions.testing.faults.scripted_server import Conversation

pytestmark = pytest.mark.sockets


MESSAGE = bytes(range(100))


def echo(peer: Conversation) -> None:
    while data := peer.receive(65536):
        peer.send(data)
    peer.send(b"END")


@contextmanager
def connected(script: Passage | Callable[[int], Passage] | None = None) -> Generator[tuple[socket.socket, FaultProxy]]:
    """A connection through the proxy to a server that echoes, and says END when the client has ended."""
    with (
        ScriptedServer(echo) as server,
        FaultProxy(f"127.0.0.1:{server.port}", script) as proxy,
        socket.create_connection(("127.0.0.1", int(proxy.host.rpartition(":")[2])), timeout=5) as client,
    ):
        yield client, proxy


def read_all(client: socket.socket) -> tuple[bytes, bool]:
    """What arrives until the end, and whether the end was a reset."""
    found = b""
    try:
        while piece := client.recv(65536):
            found += piece
    except ConnectionResetError:
        return found, True
    return found, False


def is_reset(proxy: FaultProxy) -> bool:
    """Is a new connection reset before anything is said? Its reset may be there before connecting is over."""
    try:
        with socket.create_connection(("127.0.0.1", int(proxy.host.rpartition(":")[2])), timeout=5) as client:
            return read_all(client) == (b"", True)
    except ConnectionResetError:
        return True


def said(script: Passage, message: bytes = MESSAGE) -> tuple[bytes, bool]:
    with connected(script) as (client, _):
        client.sendall(message)
        client.shutdown(socket.SHUT_WR)
        return read_all(client)


def test_without_a_script_everything_passes_and_both_ends_are_passed_on() -> None:
    with connected() as (client, proxy):
        client.sendall(MESSAGE * 10_000)
        client.shutdown(socket.SHUT_WR)
        assert read_all(client) == (MESSAGE * 10_000 + b"END", False)
        assert proxy.connections == 1


def test_an_answer_is_reset_after_the_bytes_that_the_script_says() -> None:
    with connected(Passage(down=Flow(reset_at=20))) as (client, _):
        client.sendall(MESSAGE)
        assert read_all(client) == (MESSAGE[:20], True)


def test_a_request_is_reset_before_the_server_has_all_of_it() -> None:
    received = b""
    ended = threading.Event()

    def listen(peer: Conversation) -> None:
        nonlocal received
        try:
            while data := peer.receive(65536):
                received += data
        finally:
            ended.set()

    passage = Passage(up=Flow(reset_at=30))
    with (
        ScriptedServer(listen) as server,
        FaultProxy(f"127.0.0.1:{server.port}", passage) as proxy,
        socket.create_connection(("127.0.0.1", int(proxy.host.rpartition(":")[2])), timeout=5) as client,
    ):
        client.sendall(MESSAGE)
        assert read_all(client) == (b"", True)
        assert ended.wait(5)
    assert received == MESSAGE[:30]


def test_one_direction_can_end_while_the_other_goes_on() -> None:
    assert said(Passage(up=Flow(close_at=40))) == (MESSAGE[:40] + b"END", False)
    assert said(Passage(down=Flow(close_at=40))) == (MESSAGE[:40], False)


def test_a_stalled_direction_says_nothing_and_closes_nothing() -> None:
    with connected(Passage(down=Flow(stall_at=10))) as (client, _):
        client.sendall(MESSAGE)
        assert client.recv(100) == MESSAGE[:10]
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(100)


def test_bytes_are_corrupted_where_the_script_says() -> None:
    found, _ = said(Passage(up=Flow(corrupt_at=(3, 99, 1000))))
    assert [place for place, byte in enumerate(found[:100]) if byte != MESSAGE[place]] == [3, 99]
    assert found[3] == MESSAGE[3] ^ 0xFF


@pytest.mark.parametrize(
    ("flow", "seconds"),
    [
        pytest.param(Flow(delay_seconds=0.15), 0.15, id="delay"),
        pytest.param(Flow(drip_seconds=0.002), 0.2, id="drip"),
        pytest.param(Flow(bytes_per_second=500), 0.2, id="throttle"),
    ],
)
@pytest.mark.parametrize("way", ["up", "down"])
def test_slow_bytes_arrive_late_and_whole(flow: Flow, seconds: float, way: str) -> None:
    started = time.monotonic()
    assert said(Passage(up=flow) if way == "up" else Passage(down=flow)) == (MESSAGE + b"END", False)
    assert seconds <= time.monotonic() - started < seconds + 1.0


def test_a_slow_connection_is_made_late() -> None:
    started = time.monotonic()
    said(Passage(connect_seconds=0.1))
    assert time.monotonic() - started >= 0.1


def test_a_refused_connection_does_not_reach_the_server() -> None:
    with ScriptedServer(echo) as server, FaultProxy(f"127.0.0.1:{server.port}", Passage(refuse=True)) as proxy:
        assert is_reset(proxy)
        assert server.connections == 0


def test_a_server_that_is_down_looks_reset() -> None:
    with FaultProxy(f"127.0.0.1:{refused_port()}") as proxy:
        assert is_reset(proxy)


def test_stopping_cuts_connections_off_and_starting_opens_the_same_port() -> None:
    with ScriptedServer(echo) as server:
        proxy = FaultProxy(f"127.0.0.1:{server.port}").start()
        address = ("127.0.0.1", int(proxy.host.rpartition(":")[2]))
        with socket.create_connection(address, timeout=5) as client:
            client.sendall(b"x")
            assert client.recv(1) == b"x"
            proxy.stop()
            proxy.stop()
            assert read_all(client)[0] == b""
        assert proxy.open_connections == 0
        with proxy.start(), socket.create_connection(address, timeout=5) as client:
            client.sendall(b"y")
            assert client.recv(1) == b"y"


@pytest.mark.parametrize("wrong", [{"reset_at": 1, "close_at": 1}, {"stall_at": -1}, {"bytes_per_second": 0}], ids=str)
def test_a_flow_that_makes_no_sense_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(FaaSConfigurationError):
        Flow(**wrong)  # type: ignore[arg-type]  # what is wrong is the point


def test_a_client_meets_the_script_connection_by_connection() -> None:
    platform = FakePlatform()

    @platform.function(name="f")
    async def f(_given: object) -> str:
        return "fine"

    def script(number: int) -> Passage:
        return Passage(down=Flow(reset_at=20)) if number == 1 else Passage()

    with Emulator(platform) as emulator, FaultProxy(emulator.host, script) as proxy:
        resolver = StaticDomainResolver({"faasGW": proxy.host, "sentinel": emulator.host})
        with emulator.client(domain_resolver=resolver) as client:
            with pytest.raises(FaaSInvokeError) as failed:
                client.invoke(lambda_uuid=f.uuid)
            assert failed.value.delivered == "unknown"
            assert client.invoke(lambda_uuid=f.uuid).body == "fine"
    assert proxy.connections == 2
    assert len(platform.requests.invocations) == 2


def test_stopping_at_the_moment_of_a_connection_leaves_no_socket_behind() -> None:
    # A socket that is left behind is a ResourceWarning, and warnings are errors.
    for count in range(30):
        with ExitStack() as clients, FaultProxy(f"127.0.0.1:{refused_port()}") as proxy:
            for _ in range(count % 4):
                clients.enter_context(socket.create_connection(("127.0.0.1", int(proxy.host.rpartition(":")[2]))))
    gc.collect()
