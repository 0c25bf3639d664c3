"""A Redis server of its own for tests, started from Debian's package ``redis-server``."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

import pytest
import redis

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_PATIENCE_SECONDS: Final = 20.0
_SLOTS: Final = 16384

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


@contextmanager
def redis_cluster(folder: Path) -> Generator[str]:
    """Run a Redis Cluster of three nodes, each with a third of the slots; yield the URL of one."""
    options = ("--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "5000")
    with ExitStack() as opened:
        nodes = list[Any]()
        for number in range(3):
            (home := folder / str(number)).mkdir()
            port = free_port()
            opened.enter_context(redis_server(home, *options, "--cluster-port", str(free_port()), port=port))
            node: Any = opened.enter_context(redis.Redis(port=port, decode_responses=True))  # its types are open
            nodes.append(node)
        for number, node in enumerate(nodes):
            first, last = number * _SLOTS // 3, (number + 1) * _SLOTS // 3 - 1
            node.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
            bus_port = nodes[0].config_get("cluster-port")["cluster-port"]
            node.execute_command("CLUSTER", "MEET", "127.0.0.1", _port(nodes[0]), bus_port)
        _wait_for_cluster(nodes)
        yield f"redis://127.0.0.1:{_port(nodes[0])}/0"


def _port(node: Any) -> int:
    port: int = node.connection_pool.connection_kwargs["port"]
    return port


def _wait_for_cluster(nodes: list[Any]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while not all(_knows_all(node, len(nodes)) for node in nodes):
        assert time.monotonic() < end, f"the nodes formed no cluster within {_PATIENCE_SECONDS} s"
        time.sleep(0.05)


def _knows_all(node: Any, count: int) -> bool:
    facts: dict[str, str] = node.cluster("info")
    return facts["cluster_state"] == "ok" and facts["cluster_known_nodes"] == str(count)


def _wait_for_answer(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < end:
        assert process.poll() is None, "redis-server ended"
        library: Any = redis.Redis  # its types leave what a method returns open
        with suppress(redis.ConnectionError, redis.BusyLoadingError), library(port=port) as client:
            client.ping()
            return
        time.sleep(0.02)
    raise AssertionError(f"redis-server did not answer within {_PATIENCE_SECONDS} s")
