"""Eight processes over one store and one emulator."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest
import redis

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.redis_server import need_redis, redis_server
from tests.support.store_processes import start

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.sockets, pytest.mark.load]

PROCESSES = 8
CALLS = 200 if os.environ.get("LPFUNCTIONS_TEST_FULL") else 50


@pytest.fixture(params=["file", pytest.param("redis", marks=pytest.mark.external)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "file":
        yield str(tmp_path / "store")
        return
    need_redis()
    with redis_server(tmp_path) as (url, _):
        yield url


def test_eight_processes_on_a_cold_store_make_one_discovery_and_one_token_request(store: str) -> None:
    platform = FakePlatform()
    function = platform.function("f")(lambda _: "ok")
    with Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        running = start(environ, store, function.uuid, processes=PROCESSES, calls=CALLS)
        for process in running:
            process.go()
        statuses = [status for process in running for status in process.outcome()]

    assert statuses == [200] * PROCESSES * CALLS
    assert (len(platform.requests.discovery_requests), len(platform.requests.token_requests)) == (1, 1)
    assert len(platform.requests.invocations) == PROCESSES * CALLS


def test_a_token_that_is_revoked_under_eight_processes_is_replaced_once(store: str) -> None:
    platform = FakePlatform()
    function = platform.function("f")(lambda _: "ok")
    with Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        running = start(environ, store, function.uuid, processes=PROCESSES, calls=CALLS)
        for process in running:
            process.go()
        while len(platform.requests.invocations) < PROCESSES * CALLS // 4:
            time.sleep(0.001)
        platform.revoke_tokens()
        statuses = [status for process in running for status in process.outcome()]

    assert statuses == [200] * PROCESSES * CALLS
    assert len(platform.requests.token_requests) == 2


def test_four_processes_keep_to_one_rate_limit(store: str) -> None:
    seconds = 20.0 if os.environ.get("LPFUNCTIONS_TEST_FULL") else 4.0
    platform = FakePlatform()
    function = platform.function("f")(lambda _: "ok")
    with Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        running = start(environ, store, function.uuid, "--per-second", "50", processes=4, calls=10_000)
        for process in running:
            process.go()
        while not platform.requests.invocations:
            time.sleep(0.001)
        started, before = time.monotonic(), len(platform.requests.invocations)
        time.sleep(seconds)
        sent, took_seconds = len(platform.requests.invocations) - before, time.monotonic() - started
        for process in running:
            process.end()

    # The limit is never passed; how near it is reached depends on how busy the machine is.
    assert sent <= 50 * took_seconds * 1.05 + 1
    assert sent >= 50 * took_seconds * (0.95 if os.environ.get("LPFUNCTIONS_TEST_FULL") else 0.5)


@pytest.mark.external
@pytest.mark.parametrize("fault", ["killed", "paused", "flushed", "rubbish"])
def test_a_fault_of_redis_fails_no_call(fault: str, tmp_path: Path) -> None:
    need_redis()
    platform = FakePlatform()
    function = platform.function("f")(lambda _: "ok")
    with redis_server(tmp_path) as (url, server), Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        running = start(environ, url, function.uuid, processes=4, calls=CALLS)
        for process in running[:2]:
            process.go()
        while len(platform.requests.invocations) < CALLS // 4:
            time.sleep(0.001)
        disturb(fault, url, server)
        platform.revoke_tokens()
        for process in running[2:]:
            process.go()
        statuses = [status for process in running for status in process.outcome()]
        if fault == "paused":
            server.send_signal(signal.SIGCONT)

    assert statuses == [200] * 4 * CALLS


def disturb(fault: str, url: str, server: subprocess.Popen[bytes]) -> None:
    if fault == "killed":
        server.kill()
    elif fault == "paused":
        server.send_signal(signal.SIGSTOP)
    else:
        library: Any = redis.Redis  # its types leave what a method returns open
        with library.from_url(url) as client:
            keys = list(client.scan_iter("*:value"))
            assert keys
            for key in keys:
                client.delete(key) if fault == "flushed" else client.set(key, b"\xff rubbish")
