"""The platform behind real HTTP."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest

from lpfunctions import Client
from lpfunctions.testing import Emulator, FakePlatform, FunctionInput
from tests.support.raw_http import exchange

if TYPE_CHECKING:
    from lpfunctions.testing.platform.functions.runner import FunctionRunner

pytestmark = pytest.mark.sockets


ACCOUNT = "12345678"


def invoke(emulator: Emulator, target: str, payload: object = None) -> tuple[int, str, dict[str, str], bytes]:
    body = json.dumps({"timestamp": 1, "headers": [], "payload": payload}).encode()
    path = f"/api/account/{ACCOUNT}/{target}/invoke"
    return exchange(emulator, "POST", path, body, Authorization=f"Bearer {emulator.platform.issue_token()}")


def test_discovery_names_the_emulator_for_every_service() -> None:
    with Emulator(FakePlatform()) as emulator:
        target = f"/api/account/{ACCOUNT}/service/baseURI.json?version=1.0"
        status, _, headers, body = exchange(emulator, "GET", target)
        host = emulator.host
    assert (status, headers["content-type"]) == (200, "application/json")
    entries = json.loads(body)["baseURIs"]
    hosts = {entry["service"]: entry["baseURI"] for entry in entries}
    assert {service for service, named in hosts.items() if named == host} == {
        "agentVep",
        "faasGW",
        "faasUI",
        "sentinel",
    }


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_environment_leads_a_client_here_that_the_program_makes_itself(
    version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform = FakePlatform(account_id="first")
    other = platform.add_account(
        account_id="other", platform_version=version, client_id="its id", client_secret="its secret"
    )
    function = other.function("f")(lambda given: given.payload)
    with Emulator(platform) as emulator:
        for name, value in emulator.environment(other).items():
            monkeypatch.setenv(name, value)
        with Client.from_env() as client:
            assert client.invoke(lambda_uuid=function.uuid, payload=version).body == version


def test_the_whole_path_from_discovery_to_the_answer_works_over_http() -> None:
    platform = FakePlatform()
    greet = platform.function(name="greet")(lambda given: {"hello": given.payload["name"]})
    with Emulator(platform) as emulator:
        form = b"grant_type=client_credentials&client_id=client-id&client_secret=client-secret&scope="
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        target = f"/sentinel/api/account/{ACCOUNT}/app/token?v=2.0"
        token = json.loads(exchange(emulator, "POST", target, form, **kind)[3])["access_token"]
        body = b'{"timestamp":1,"headers":[],"payload":{"name":"Ada"}}'
        path = f"/api/account/{ACCOUNT}/lambdas/{greet.uuid}/invoke"
        answer = exchange(emulator, "POST", path, body, Authorization=f"Bearer {token}")
        host = emulator.host
    assert (answer[0], json.loads(answer[3])) == (200, {"hello": "Ada"})
    assert [record.kind for record in platform.requests] == ["token", "invoke"]
    assert platform.requests[1].url == f"http://{host}/api/account/{ACCOUNT}/lambdas/{greet.uuid}/invoke"


def test_status_901_arrives_with_its_reason() -> None:
    platform = FakePlatform()

    @platform.function(name="f")
    def fail(_: FunctionInput) -> None:
        raise ValueError("own words")

    with Emulator(platform) as emulator:
        status, reason, headers, body = invoke(emulator, f"lambdas/{fail.uuid}")
    assert (status, reason, headers["content-type"]) == (901, "Function Failed", "application/json")
    assert json.loads(body)["code"] == "com.customer.faas.function.threw-error"


def test_the_target_is_routed_as_it_was_sent() -> None:
    platform = FakePlatform()
    platform.function(name="f", event_id="a/../b%20€")(lambda _: 1)
    with Emulator(platform) as emulator:
        assert invoke(emulator, "events/a%2F..%2Fb%2520%E2%82%AC")[0] == 200
        assert invoke(emulator, "events/a/../b")[0] == 404
        assert invoke(emulator, "events/%zz")[0] == 400
    assert platform.requests[0].path == f"/api/account/{ACCOUNT}/events/a%2F..%2Fb%2520%E2%82%AC/invoke"


def test_the_absolute_form_of_a_target_is_understood() -> None:
    with Emulator(FakePlatform(), allow_hosts=["proxied.test"]) as emulator:
        target = f"http://proxied.test/api/account/{ACCOUNT}/service/baseURI.json?version=1.0"
        assert exchange(emulator, "GET", target)[0] == 200


def test_wrong_methods_are_told_the_right_one() -> None:
    with Emulator(FakePlatform()) as emulator:
        status, _, headers, _ = exchange(emulator, "DELETE", f"/api/account/{ACCOUNT}/functions")
    assert (status, headers["allow"]) == (405, "GET, POST")


def test_large_payloads_go_in_and_out() -> None:
    platform = FakePlatform()
    echo = platform.function(name="echo")(lambda given: given.payload)
    payload = "x" * (3 * 2**20)
    with Emulator(platform) as emulator:
        status, _, _, body = invoke(emulator, f"lambdas/{echo.uuid}", payload)
    assert status == 200
    assert json.loads(body) == payload


def test_faults_come_over_http_too() -> None:
    platform = FakePlatform()
    platform.fail_next(status=503, headers={"Retry-After": "2"}, body="busy")
    with Emulator(platform) as emulator:
        status, reason, headers, body = invoke(emulator, "lambdas/u")
    assert (status, reason, headers["retry-after"], body) == (503, "Service Unavailable", "2", b"busy")


@pytest.mark.parametrize(("fault", "runs"), [("drop_connection", 0), ("lose_answer", 1)])
def test_a_scripted_drop_closes_the_socket(fault: str, runs: int, caplog: pytest.LogCaptureFixture) -> None:
    platform = FakePlatform()
    function = platform.function(name="f")(lambda _: 1)
    options: dict[str, Any] = {fault: True}
    platform.fail_next(**options)
    with caplog.at_level(logging.WARNING), Emulator(platform) as emulator:
        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
            invoke(emulator, f"lambdas/{function.uuid}")
        assert function.invocation_count == runs
        assert invoke(emulator, f"lambdas/{function.uuid}")[0] == 200
    assert caplog.records == []


async def test_an_async_test_can_use_it_and_slow_functions_do_not_block_it() -> None:
    platform = FakePlatform()
    released = threading.Event()
    slow = platform.function(name="slow")(lambda _: released.wait(10))

    @platform.function(name="quick")
    async def quick(given: FunctionInput) -> Any:
        await asyncio.sleep(0)
        return given.payload

    headers = {"Authorization": f"Bearer {platform.issue_token()}"}
    body: dict[str, Any] = {"timestamp": 1, "headers": [], "payload": 7}
    with Emulator(platform) as emulator:
        async with aiohttp.ClientSession(headers=headers) as session:

            async def call(uuid: str) -> Any:
                url = f"{emulator.url}/api/account/{ACCOUNT}/lambdas/{uuid}/invoke"
                async with session.post(url, json=body) as response:
                    return await response.json()

            waiting = asyncio.create_task(call(slow.uuid))
            assert await asyncio.gather(*(call(quick.uuid) for _ in range(50))) == [7] * 50
            assert not waiting.done()
            released.set()
            assert await waiting is True


def test_many_emulators_serve_one_platform_or_several() -> None:
    shared = FakePlatform()
    emulators = [Emulator(shared) for _ in range(5)] + [Emulator(FakePlatform()) for _ in range(5)]
    for emulator in emulators:
        emulator.start()
    try:
        assert len({emulator.host for emulator in emulators}) == 10
        for emulator in emulators:
            target = f"/api/account/{ACCOUNT}/service/faasGW/baseURI.json?version=1.0"
            body = exchange(emulator, "GET", target)[3]
            assert json.loads(body)["baseURIs"][0]["baseURI"] == emulator.host
    finally:
        for emulator in emulators:
            emulator.stop()
    assert len(shared.requests) == 5


def test_start_and_stop_may_be_called_twice_and_leave_nothing_behind() -> None:
    emulator = Emulator(FakePlatform())
    emulator.stop()
    assert emulator.start() is emulator
    host = emulator.host
    assert emulator.start().host == host
    assert host in repr(emulator)
    emulator.stop()
    emulator.stop()
    assert not [thread for thread in threading.enumerate() if host in thread.name]
    with pytest.raises(RuntimeError, match="does not run"):
        _ = emulator.url
    address, port = host.split(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((address, int(port)))
    emulator.start()
    assert exchange(emulator, "GET", "/nothing")[0] == 404
    emulator.stop()


def test_a_given_port_is_used_and_a_taken_one_refused() -> None:
    with Emulator(FakePlatform()) as first:
        port = int(first.host.rpartition(":")[2])
        with pytest.raises(OSError, match="in use"):
            Emulator(FakePlatform(), port=port).start()
    with Emulator(FakePlatform(), port=port) as second:
        assert second.host == f"127.0.0.1:{port}"


def test_stopping_does_not_wait_for_requests_under_way_or_idle_connections() -> None:
    platform = FakePlatform()
    started = threading.Event()

    @platform.function(name="f")
    async def forever(_: FunctionInput) -> None:
        started.set()
        await asyncio.sleep(25)

    emulator = Emulator(platform).start()
    idle = socket.create_connection(("127.0.0.1", int(emulator.host.rpartition(":")[2])))
    failures: list[BaseException] = []

    def call() -> None:
        try:
            invoke(emulator, f"lambdas/{forever.uuid}")
        except (OSError, http.client.HTTPException) as cut:
            failures.append(cut)

    caller = threading.Thread(target=call)
    caller.start()
    assert started.wait(5)
    before = time.monotonic()
    emulator.stop()
    assert time.monotonic() - before < 2
    caller.join(5)
    assert len(failures) == 1
    idle.close()


def test_stopping_leaves_a_slow_plain_function_to_itself() -> None:
    platform = FakePlatform()
    started, released, ended = threading.Event(), threading.Event(), threading.Event()

    @platform.function(name="f")
    def slow(_: FunctionInput) -> None:
        started.set()
        released.wait(10)
        ended.set()

    emulator = Emulator(platform).start()
    body = b'{"timestamp":1,"payload":1}'
    request = f"POST /api/account/{ACCOUNT}/lambdas/{slow.uuid}/invoke HTTP/1.1\r\nHost: localhost\r\n"
    request += f"Authorization: Bearer {platform.issue_token()}\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(emulator.host.rpartition(":")[2]))) as connection:
        connection.sendall(request.encode() + body)
        assert started.wait(5)
        emulator.stop()
        released.set()
        assert ended.wait(5)


def test_a_platform_that_cannot_be_served_fails_the_start() -> None:
    class Broken(FakePlatform):
        def runner(self, *, is_every_host: bool = False) -> FunctionRunner:
            if not is_every_host:
                return super().runner()
            raise LookupError("no runner")

    with pytest.raises(LookupError, match="no runner"):
        Emulator(Broken()).start()


def test_a_header_sent_twice_is_seen_twice() -> None:
    platform = FakePlatform()
    with (
        Emulator(platform) as emulator,
        closing(http.client.HTTPConnection(emulator.host, timeout=10)) as connection,
    ):
        connection.putrequest("GET", f"/api/account/{ACCOUNT}/events/e/isImplemented")
        for _ in range(2):
            connection.putheader("Authorization", f"Bearer {platform.issue_token()}")
        connection.endheaders()
        assert connection.getresponse().status == 401
    assert platform.requests[0].headers["authorization"].count("Bearer") == 2


def test_a_caller_who_hangs_up_while_sending_is_forgotten(caplog: pytest.LogCaptureFixture) -> None:
    platform = FakePlatform()
    with caplog.at_level(logging.WARNING), Emulator(platform) as emulator:
        with socket.create_connection(("127.0.0.1", int(emulator.host.rpartition(":")[2]))) as connection:
            connection.sendall(b"POST /cut HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n12345")
        assert exchange(emulator, "GET", "/whole")[0] == 404
    assert [record.path for record in platform.requests] == ["/whole"]
    assert caplog.records == []


def test_connections_are_kept_alive() -> None:
    with Emulator(FakePlatform()) as emulator:
        connection = http.client.HTTPConnection(emulator.host, timeout=10)
        connection.connect()
        used = connection.sock
        for _ in range(3):
            connection.request("GET", "/nothing")
            assert connection.getresponse().read() == b""
        assert connection.sock is used
        connection.close()


def test_the_kit_in_memory_does_not_load_aiohttp() -> None:
    code = "import sys; from lpfunctions.testing import FakePlatform; FakePlatform(); print('aiohttp' in sys.modules)"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "False"


def test_the_kit_lists_its_names_and_knows_no_others() -> None:
    from lpfunctions import testing

    assert dir(testing) == sorted(testing.__all__)
    assert all(getattr(testing, name) for name in testing.__all__)
    with pytest.raises(AttributeError, match="no attribute 'Missing'"):
        _ = testing.Missing
