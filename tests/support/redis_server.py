"""A Redis server of its own for tests, started from Debian's package ``redis-server``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_PATIENCE_SECONDS: Final = 20.0

IS_MISSING: Final = shutil.which("redis-server") is None


def need_redis() -> None:
    """Skip where Redis is missing, and fail in CI."""
    if IS_MISSING:
        assert not os.environ.get("CI"), "redis-server is missing: apt-get install redis-server"
        pytest.skip("redis-server is missing: apt-get install redis-server")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def redis_server(
    folder: Path, *options: str, port: int | None = None
) -> Generator[tuple[str, subprocess.Popen[bytes]]]:
    """Run a server; yield its URL and its process. Nothing is written to disk."""
    port = port or free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([*command, "--dir", str(folder), *options], stdout=subprocess.DEVNULL)
    try:
        _wait_for_answer(port, process)
        yield f"redis://127.0.0.1:{port}/0", process
    finally:
        process.kill()
        process.wait()


def _wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "redis-server ended"
        with suppress(redis.ConnectionError, redis.BusyLoadingError), redis.Redis(port=port) as client:
            client.get("is it there?")
            return
        time.sleep(0.02)
    raise AssertionError(f"redis-server did not answer within {_PATIENCE_SECONDS} s")
