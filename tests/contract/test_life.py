"""The life of a client: threads, loops, closing, idle connections; for both over real sockets."""

from __future__ import annotations

import asyncio
import json
import random
import select
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import lpfunctions
from lpfunctions import AsyncClient, BearerToken, Client, FaaSError, RetryPolicy, StaticDomainResolver
from lpfunctions.testing import Emulator, FakePlatform
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import FunctionInput
    from lpfunctions.testing.faults.scripted_server import Conversation

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


LIFE_OF_IDLE_SECONDS = 1.0
PATIENCE_SECONDS = 0.02


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    platform = FakePlatform(journal_limit=None)

    @platform.function(name="echo")
    async def echo(given: FunctionInput) -> object:
        await asyncio.sleep(0.002)
        return given.payload

    with Emulator(platform) as emulator:
        yield emulator


def uuid_of(emulator: Emulator) -> str:
    return emulator.platform.functions[0].uuid


def test_threads_share_a_client_and_each_gets_its_own_answers(emulator: Emulator) -> None:
    with emulator.client() as client, ThreadPoolExecutor(32) as threads:

        def call(number: int) -> object:
            return client.invoke(lambda_uuid=uuid_of(emulator), payload=number).body

        assert list(threads.map(call, range(1600))) == list(range(1600))


def test_one_async_client_serves_three_loops_in_a_row(emulator: Emulator) -> None:
    client = emulator.async_client()

    async def calls() -> list[object]:
        uuid = uuid_of(emulator)
        answers = await asyncio.gather(*(client.invoke(lambda_uuid=uuid, payload=number) for number in range(50)))
        return [answer.body for answer in answers]

    for _ in range(3):
        assert asyncio.run(calls()) == list(range(50))
    assert len(emulator.platform.requests.discovery_requests) == 1
    assert len(emulator.platform.requests.token_requests) == 1
    asyncio.run(client.aclose())


def test_one_async_client_serves_loops_in_several_threads_at_once(emulator: Emulator) -> None:
    client = emulator.async_client()

    async def calls(first: int) -> list[object]:
        uuid = uuid_of(emulator)
        numbers = range(first, first + 20)
        answers = await asyncio.gather(*(client.invoke(lambda_uuid=uuid, payload=number) for number in numbers))
        return [answer.body for answer in answers]

    def loop(first: int) -> list[object]:
        return asyncio.run(calls(first))

    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(loop, (0, 100, 200, 300)))
    assert [answers[0] for answers in found] == [0, 100, 200, 300]
    assert all(len(answers) == 20 for answers in found)
    asyncio.run(client.aclose())


def test_a_blocking_client_works_before_inside_and_after_a_running_loop(emulator: Emulator) -> None:
    with emulator.client() as client:

        def call(word: str) -> object:
            return client.invoke(lambda_uuid=uuid_of(emulator), payload=word).body

        async def inside() -> object:
            return call("inside")

        assert call("before") == "before"
        assert asyncio.run(inside()) == "inside"
        assert call("after") == "after"


def test_a_client_made_inside_a_running_loop_starts_cold_there(emulator: Emulator) -> None:
    async def inside() -> object:
        with emulator.client() as client:
            return client.invoke(lambda_uuid=uuid_of(emulator), payload=1).body

    assert asyncio.run(inside()) == 1


def test_closing_while_threads_call_ends_each_call_with_an_answer_or_an_error_of_ours(emulator: Emulator) -> None:
    client = emulator.client()
    go_on = threading.Event()

    def calls(number: int) -> int:
        answers = 0
        for turn in range(60):
            with suppress(FaaSError):
                answers += client.invoke(lambda_uuid=uuid_of(emulator), payload=[number, turn]).body == [number, turn]
            if turn == 5:
                go_on.set()
        return answers

    with ThreadPoolExecutor(8) as threads:
        found = [threads.submit(calls, number) for number in range(8)]
        assert go_on.wait(5)
        for _ in range(5):
            client.close()
            time.sleep(0.01)
        assert all(future.result() >= 5 for future in found)
    client.close()


async def test_closing_while_tasks_call_ends_each_call_with_an_answer_or_an_error_of_ours(emulator: Emulator) -> None:
    client = emulator.async_client()

    async def calls(number: int) -> int:
        answers = 0
        for turn in range(30):
            try:
                response = await client.invoke(lambda_uuid=uuid_of(emulator), payload=[number, turn])
            except FaaSError:
                continue
            answers += response.body == [number, turn]
        return answers

    tasks = [asyncio.create_task(calls(number)) for number in range(16)]
    for _ in range(5):
        await asyncio.sleep(0.02)
        await client.aclose()
    async with asyncio.timeout(10):
        found = await asyncio.gather(*tasks)
    assert min(found) >= 1
    await client.aclose()


class Held:
    """A server that holds its responses until the client was closed; the first of them may be *first*.

    The others are: discovery with this server as host, and ``"fine"``.
    """

    def __init__(self, first: bytes | None = None) -> None:
        self.is_closed = threading.Event()
        self._first = first
        self.server = ScriptedServer(self._serve)

    def _serve(self, peer: Conversation) -> None:
        while (request := peer.read_request()) is not None:
            usual = self._hosts() if "baseURI" in request.target else http_answer(200, b'"fine"')
            is_first = request is self.server.requests[0]
            self.is_closed.wait(5)
            peer.send(self._first if is_first and self._first is not None else usual)

    def _hosts(self) -> bytes:
        host = f"127.0.0.1:{self.server.port}"
        entries = [{"service": name, "account": "12345678", "baseURI": host} for name in ("faasGW", "faasUI")]
        return http_answer(200, json.dumps({"baseURIs": entries}).encode())


BUSY = http_answer(503, b"{}", reason="Busy", fields=[("Retry-After", "0")])
EAGER = RetryPolicy(base_seconds=0.01)


def discovering(server: ScriptedServer) -> dict[str, Any]:
    options = options_for(server)
    del options["domain_resolver"]
    return {**options, "csds_domain": f"127.0.0.1:{server.port}", "platform_version": "v2"}


async def called_while_closing(held: Held, options: dict[str, Any], calls: int, requests: int) -> list[object]:
    client = AsyncClient(**options)
    tasks = [asyncio.create_task(client.invoke(lambda_uuid="x")) for _ in range(calls)]
    assert await asyncio.to_thread(held.server.wait_for_requests, requests)
    await client.aclose()
    assert not any(task.done() for task in tasks), "aclose waits for no call, and ends none"
    held.is_closed.set()
    bodies = [(await task).raise_for_status().body for task in tasks]
    assert await asyncio.to_thread(held.server.wait_until_idle), "connections are closed behind the calls"
    return bodies


async def test_closing_never_runs_a_function_twice() -> None:
    held = Held()
    with held.server as server:
        options: dict[str, Any] = {**options_for(server), "retry": RetryPolicy.at_least_once()}
        assert await called_while_closing(held, options, 20, 20) == ["fine"] * 20
        assert len(server.requests) == 20


async def test_call_that_is_closed_before_its_retry_is_retried_and_leaves_nothing_open() -> None:
    held = Held(BUSY)
    with held.server as server:
        assert await called_while_closing(held, {**options_for(server), "retry": EAGER}, 1, 1) == ["fine"]
        assert len(server.requests) == 2


async def test_calls_that_wait_for_discovery_when_closing_get_their_answers() -> None:
    held = Held()
    with held.server as server:
        assert await called_while_closing(held, discovering(server), 5, 1) == ["fine"] * 5
        assert len([request for request in server.requests if "baseURI" in request.target]) == 1


async def test_entering_a_client_again_keeps_connections_again() -> None:
    with ScriptedServer(impatient) as server:
        options: dict[str, Any] = {**options_for(server), "keepalive_seconds": 10.0}
        client = AsyncClient(**options)
        for number in (1, 2):
            async with client:
                for _ in range(3):
                    assert (await client.invoke(lambda_uuid="x")).body == "fine"
            assert server.connections == number
        assert (await client.invoke(lambda_uuid="x")).body == "fine"
        assert await asyncio.to_thread(server.wait_until_idle, LIFE_OF_IDLE_SECONDS / 2), "it is closed: nothing stays"


def test_closing_a_blocking_client_never_runs_a_function_twice() -> None:
    held = Held()
    with held.server as server, ThreadPoolExecutor(20) as threads:
        options: dict[str, Any] = {**options_for(server), "retry": RetryPolicy.at_least_once()}
        client = Client(**options)
        calls = [threads.submit(client.invoke, lambda_uuid="x") for _ in range(20)]
        assert server.wait_for_requests(20)
        client.close()
        held.is_closed.set()
        assert [call.result().body for call in calls] == ["fine"] * 20
        assert len(server.requests) == 20
        client.close()


def impatient(peer: Conversation) -> None:
    """Close a connection that has been idle for a while, as load balancers do."""
    while select.select([peer], [], [], LIFE_OF_IDLE_SECONDS)[0]:
        if peer.read_request() is None:
            return
        peer.send(http_answer(200, b'"fine"'))


def options_for(server: ScriptedServer) -> dict[str, Any]:
    return {
        "account_id": "12345678",
        "auth_strategy": BearerToken("x"),
        "domain_resolver": StaticDomainResolver({"faasGW": f"127.0.0.1:{server.port}"}),
        "protocol": "http",
        "keepalive_seconds": PATIENCE_SECONDS,
    }


PAUSES = [random.Random(5).uniform(0.8, 1.2) * LIFE_OF_IDLE_SECONDS for _ in range(600)]


def test_connections_that_the_server_closes_when_idle_fail_no_call_of_600() -> None:
    with ScriptedServer(impatient) as server, Client(**options_for(server)) as client:

        def call(pause: float) -> object:
            time.sleep(pause)
            return client.invoke(lambda_uuid="x").raise_for_status().body

        with ThreadPoolExecutor(60) as threads:
            assert set(threads.map(call, PAUSES)) == {"fine"}


async def test_connections_that_the_server_closes_when_idle_fail_no_awaited_call_of_600() -> None:
    with ScriptedServer(impatient) as server:
        async with AsyncClient(**options_for(server)) as client:

            async def calls(pauses: list[float]) -> set[object]:
                found: set[object] = set()
                for pause in pauses:
                    await asyncio.sleep(pause)
                    found.add((await client.invoke(lambda_uuid="x")).raise_for_status().body)
                return found

            found = await asyncio.gather(*(calls(PAUSES[start::60]) for start in range(60)))
    assert found == [{"fine"}] * 60


_FORGOTTEN = """
import asyncio, gc, sys
from lpfunctions import AsyncClient, Client, ClientCredentials

options = dict(
    account_id="12345678",
    auth_strategy=ClientCredentials(client_id="client-id", client_secret="client-secret"),
    csds_domain=sys.argv[1], protocol="http", platform_version="v2",
)

async def call():
    assert (await AsyncClient(**options).invoke(lambda_uuid=sys.argv[2], payload=1)).body == 1

if sys.argv[3] == "Client":
    assert Client(**options).invoke(lambda_uuid=sys.argv[2], payload=1).body == 1
else:
    asyncio.run(call())
gc.collect()
"""


@pytest.mark.parametrize("which", ["Client", "AsyncClient"])
def test_a_client_that_nobody_closes_leaves_without_a_warning(emulator: Emulator, which: str) -> None:
    command = [sys.executable, "-W", "error", "-c", _FORGOTTEN, emulator.host, uuid_of(emulator), which]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_is_done_in_destructors() -> None:
    home = Path(lpfunctions.__file__).parent
    assert [str(file) for file in home.rglob("*.py") if "def __del__" in file.read_text("utf-8")] == []
