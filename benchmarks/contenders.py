"""Who takes part: the same POST with the same JSON work, as one would write it by hand, and through this library.

Each is a function of the server, the number of calls and how many are under way at once, and returns the seconds that
passed and those that its process was on a processor. What a first call pays (connections, tokens, compiled code) is
paid before the watch starts.
"""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Awaitable, Callable, Coroutine
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import requests
import urllib3
import yarl
from multidict import CIMultiDict
from pydantic_core import from_json, to_json

from benchmarks.names import (
    LEAN_ASYNC,
    LEAN_SYNC,
    LEAN_UVLOOP,
    NAIVE_ASYNC,
    NAIVE_SYNC,
    NODE,
    OURS,
    OURS_UVLOOP,
    STANDARD_SYNC,
)
from benchmarks.server import ACCOUNT
from lpfunctions import AsyncClient, Client, ClientCredentials


class Taken(NamedTuple):
    """What the calls took, seconds; *processor* is the time of the client's process, the kernel's share included."""

    wall: float
    processor: float


Contender = Callable[[str, int, int], Taken]
"""(host and port, calls, under way at once) -> what they took."""

UUID = "7d0e2f1c-3b4a-4c5d-8e9f-0a1b2c3d4e5f"
PATH = f"/api/account/{ACCOUNT}/lambdas/{UUID}/invoke"
PAYLOAD = {"order": "A-1001", "customer": {"id": 42, "name": "Ada Lovelace"}, "tags": ["vip", "eu"]}
HEADERS = {
    "Content-Type": "application/json",
    "Accept": "application/json",
    "Authorization": "Bearer " + "t" * 200,
    "X-Request-ID": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "LP-EventSource": "bench",
}
CREDENTIALS = ClientCredentials(client_id="id", client_secret="secret")


def body() -> dict[str, Any]:
    """What the platform takes."""
    return {"timestamp": int(time.time() * 1000), "headers": [], "payload": PAYLOAD}


def options(host: str) -> dict[str, Any]:
    """Lead a client of ours to the server."""
    return {
        "account_id": ACCOUNT,
        "auth_strategy": CREDENTIALS,
        "csds_domain": host,
        "protocol": "http",
        "platform_version": "v2",
        "max_connections": 300,
    }


def now() -> Taken:
    """Both clocks."""
    return Taken(time.perf_counter(), time.process_time())


def since(started: Taken) -> Taken:
    """What has passed on both."""
    wall, processor = now()
    return Taken(wall - started.wall, processor - started.processor)


# -- async --


async def _run(call: Callable[[], Awaitable[object]], calls: int, in_flight: int) -> Taken:
    left = iter(range(calls))

    async def worker() -> None:
        for _ in left:
            await call()

    started = now()
    await asyncio.gather(*(worker() for _ in range(in_flight)))
    return since(started)


async def aiohttp_naive(host: str, calls: int, in_flight: int) -> Taken:
    """``session.post(params=…, data=json.dumps(…))`` and ``json.loads``."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=300)) as session:

        async def call() -> object:
            async with session.post(
                f"http://{host}{PATH}", params={"skillId": "7"}, data=json.dumps(body()), headers=HEADERS
            ) as response:
                return json.loads(await response.read())

        await _run(call, in_flight, in_flight)
        return await _run(call, calls, in_flight)


async def aiohttp_lean(host: str, calls: int, in_flight: int) -> Taken:
    """What an expert would write: encoded URL, no cookies, no redirects, pydantic_core's JSON."""
    connector = aiohttp.TCPConnector(limit=300)
    async with aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.DummyCookieJar()) as session:
        url = yarl.URL(f"http://{host}{PATH}?skillId=7", encoded=True)
        headers = CIMultiDict(HEADERS)
        timeout = aiohttp.ClientTimeout(total=35)

        async def call() -> object:
            async with session.post(
                url, data=to_json(body()), headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                return from_json(await response.read())

        await _run(call, in_flight, in_flight)
        return await _run(call, calls, in_flight)


async def ours_async(host: str, calls: int, in_flight: int) -> Taken:
    """``AsyncClient.invoke(…).body``."""
    async with AsyncClient(**options(host)) as client:

        async def call() -> object:
            response = await client.invoke(lambda_uuid=UUID, payload=PAYLOAD, lp_event_source="bench", skill_id="7")
            return response.body

        await _run(call, in_flight, in_flight)
        return await _run(call, calls, in_flight)


# -- sync --


def _run_threads(call: Callable[[], object], calls: int, threads: int) -> Taken:
    left = iter(range(calls))

    def worker() -> None:
        for _ in left:
            call()

    workers = [threading.Thread(target=worker) for _ in range(threads)]
    started = now()
    for thread in workers:
        thread.start()
    for thread in workers:
        thread.join()
    return since(started)


def requests_naive(host: str, calls: int, threads: int) -> Taken:
    """``Session.post(params=…, data=json.dumps(…)).json()``."""
    with requests.Session() as session:

        def call() -> object:
            return session.post(
                f"http://{host}{PATH}", params={"skillId": "7"}, data=json.dumps(body()), headers=HEADERS, timeout=35
            ).json()

        _run_threads(call, 2 * threads, threads)
        return _run_threads(call, calls, threads)


def urllib3_by_hand(host: str, calls: int, threads: int) -> Taken:
    """``PoolManager.request``."""
    with urllib3.PoolManager(maxsize=threads) as pool:

        def call() -> object:
            response = pool.request(
                "POST", f"http://{host}{PATH}?skillId=7", body=json.dumps(body()), headers=HEADERS, timeout=35
            )
            return json.loads(response.data)

        _run_threads(call, 2 * threads, threads)
        return _run_threads(call, calls, threads)


def http_client_by_hand(host: str, calls: int, threads: int) -> Taken:
    """The standard library: one connection a thread, no pool, no retries, no limits."""
    own = threading.local()

    def call() -> object:
        if not hasattr(own, "connection"):
            own.connection = http.client.HTTPConnection(host, timeout=35)
            opened.append(own.connection)
        own.connection.request("POST", f"{PATH}?skillId=7", json.dumps(body()), HEADERS)
        return json.loads(own.connection.getresponse().read())

    opened: list[http.client.HTTPConnection] = []
    try:
        _run_threads(call, 2 * threads, threads)
        return _run_threads(call, calls, threads)
    finally:
        for connection in opened:
            connection.close()


def ours_sync(host: str, calls: int, threads: int) -> Taken:
    """``Client.invoke(…).body``."""
    with Client(**options(host)) as client:

        def call() -> object:
            return client.invoke(lambda_uuid=UUID, payload=PAYLOAD, lp_event_source="bench", skill_id="7").body

        _run_threads(call, 2 * threads, threads)
        return _run_threads(call, calls, threads)


# -- another language --


def node(host: str, calls: int, in_flight: int) -> Taken:
    """The Node client as it ships, in a process of its own; see node_client.mjs."""
    script = str(Path(__file__).with_name("node_client.mjs"))
    arguments = ["node", script, host, ACCOUNT, UUID, str(calls), str(in_flight)]
    environment = {**os.environ, "NODE_CLIENT_HOME": _node_client_home()}
    wall, processor = subprocess.check_output(arguments, text=True, env=environment).split()
    return Taken(float(wall), float(processor))


def _node_client_home() -> str:
    return os.environ.get("NODE_CLIENT_HOME", "tests/interop")


def _has_node() -> bool:
    client = Path(_node_client_home(), "node_modules", "liveperson-functions-client")
    return shutil.which("node") is not None and client.exists()


# -- all of them --


def _awaited(
    contender: Callable[[str, int, int], Coroutine[Any, Any, Taken]],
    new_loop: Callable[[], asyncio.AbstractEventLoop] | None = None,
) -> Contender:
    def run(host: str, calls: int, in_flight: int) -> Taken:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(contender(host, calls, in_flight))

    return run


def _on_uvloop() -> dict[str, Contender]:
    """Those that run on uvloop's event loop too, where it is installed."""
    if find_spec("uvloop") is None:
        return {}
    new_loop = import_module("uvloop").new_event_loop
    return {LEAN_UVLOOP: _awaited(aiohttp_lean, new_loop), OURS_UVLOOP: _awaited(ours_async, new_loop)}


_BY_MODE: dict[str, dict[str, Contender]] = {
    "async": {
        NAIVE_ASYNC: _awaited(aiohttp_naive),
        LEAN_ASYNC: _awaited(aiohttp_lean),
        OURS: _awaited(ours_async),
        **_on_uvloop(),
    },
    "sync": {
        NAIVE_SYNC: requests_naive,
        LEAN_SYNC: urllib3_by_hand,
        STANDARD_SYNC: http_client_by_hand,
        OURS: ours_sync,
    },
}


def contenders(mode: str) -> dict[str, Contender]:
    """Who takes part in the rows of *mode*, by name; the Node client where it is installed."""
    return {**_BY_MODE[mode], NODE: node} if _has_node() else _BY_MODE[mode]
