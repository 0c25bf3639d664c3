"""Eight processes over one store and one emulator."""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import redis
from cryptography.fernet import Fernet

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.redis_server import need_redis, redis_server
from tests.support.sizes import FULL, size
from tests.support.store_processes import start

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.sockets, pytest.mark.load, pytest.mark.timeout(900 if FULL else 180)]

PROCESSES = 8
CALLS = size(200, 50)
CALLS_IN_A_FAULT = size(2_500, 50)  # of each of four processes
SECONDS_OF_A_RATE = size(20, 4)


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
    platform = FakePlatform()
    platform.limit_rate(60)  # four processes that keep to 50 may have a request each on its way beside them
    function = platform.function("f")(lambda _: "ok")
    with Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        running = start(environ, store, function.uuid, "--per-second", "50", processes=4, calls=10_000)
        for process in running:
            process.go()
        while not platform.requests.invocations:
            time.sleep(0.001)
        started, before = time.monotonic(), len(platform.requests.invocations)
        time.sleep(SECONDS_OF_A_RATE)
        sent, took_seconds = len(platform.requests.invocations) - before, time.monotonic() - started
        for process in running:
            process.end()

    # The limit is never passed; how near it is reached depends on how busy the machine is.
    assert sent <= 50 * took_seconds * 1.05 + 1
    assert sent >= 50 * took_seconds * (0.95 if FULL else 0.5)
    assert {request.status for request in platform.requests.invocations} <= {200, None}
    sys.stdout.write(f"{sent} requests in {took_seconds:.2f} s, no 429\n")


@pytest.mark.parametrize("is_encrypted", [True, False])
def test_nothing_secret_is_in_an_encrypted_store(store: str, is_encrypted: bool) -> None:
    platform = FakePlatform()
    function = platform.function("f")(lambda _: "ok")
    options = (f"--key={Fernet.generate_key().decode()}",) if is_encrypted else ()
    with Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        (process,) = start(environ, store, function.uuid, *options, processes=1, calls=1)
        process.go()
        assert process.outcome() == [200]
        stored = content_of(store)

    (sent,) = platform.requests.invocations
    token = sent.headers["authorization"].removeprefix("Bearer ")
    signature = token.rpartition(".")[2]
    assert platform.account.client_secret.encode() not in stored
    assert (signature.encode() in stored) is not is_encrypted
    assert (b"received_at" in stored) is not is_encrypted


def content_of(store: str) -> bytes:
    """All keys and values of *store*; values of files once more as they are in their base64."""
    if "://" not in store:
        files = [(file.name.encode(), file.read_bytes()) for file in Path(store).iterdir()]
        values = [json.loads(content)["value"] for name, content in files if name.endswith(b".value")]
        return b"".join(part for file in files for part in file) + b"".join(map(base64.b64decode, values))
    library: Any = redis.Redis  # its types leave what a method returns open
    with library.from_url(store) as client:
        return b"".join(key + (client.get(key) or b"") for key in client.scan_iter())


@pytest.mark.external
@pytest.mark.parametrize("fault", ["killed", "paused", "flushed", "rubbish"])
def test_a_fault_of_redis_fails_no_call(fault: str, tmp_path: Path) -> None:
    need_redis()
    platform = FakePlatform()
    function = platform.function("f")(lambda _: "ok")
    with redis_server(tmp_path) as (url, server), Emulator(platform) as emulator:
        environ = {**os.environ, **emulator.environment()}
        key = Fernet.generate_key().decode()
        running = start(environ, url, function.uuid, f"--key={key}", processes=4, calls=CALLS_IN_A_FAULT)
        for process in running[:2]:
            process.go()
        while len(platform.requests.invocations) < CALLS_IN_A_FAULT // 4:
            time.sleep(0.001)
        disturb(fault, url, server)
        platform.revoke_tokens()
        for process in running[2:]:
            process.go()
        statuses = [status for process in running for status in process.outcome()]
        if fault == "paused":
            server.send_signal(signal.SIGCONT)

    assert statuses == [200] * 4 * CALLS_IN_A_FAULT
    sys.stdout.write(f"Redis {fault}: {len(statuses)} calls, 0 failed\n")


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
