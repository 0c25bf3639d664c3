"""Processes that call a function over one shared store; run as ``python -m tests.support.store_processes``."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import TYPE_CHECKING

from lpfunctions import Client, RateLimit
from lpfunctions.stores import EncryptedStore, FileStore, RedisStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.ports import SharedStore


def start(
    environ: Mapping[str, str], store: str, function: str, *options: str, processes: int, calls: int
) -> list[Process]:
    """Start *processes*, each of which makes *calls* once `Process.go` has been called."""
    return [Process(environ, store, function, str(calls), *options) for _ in range(processes)]


class Process:
    """One process: ready when it has been made, at work from `go` on."""

    def __init__(self, environ: Mapping[str, str], *arguments: str) -> None:
        command = [sys.executable, "-m", "tests.support.store_processes", *arguments]
        self._process = subprocess.Popen(
            command, env=dict(environ), text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        """Let it call."""
        assert self._process.stdin is not None
        self._process.stdin.write("go\n")
        self._process.stdin.flush()

    def end(self) -> None:
        """End it in the middle of its calls."""
        self._process.kill()
        self._process.communicate()

    def outcome(self) -> list[int]:
        """The statuses of its calls, when all of them have ended."""
        said, _ = self._process.communicate(timeout=600)
        assert self._process.returncode == 0
        statuses: list[int] = json.loads(said)
        return statuses


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("store")
    parser.add_argument("function")
    parser.add_argument("calls", type=int)
    parser.add_argument("--per-second", type=float)
    parser.add_argument("--key", help="encrypt what is stored")
    chosen = parser.parse_args()
    store = store_at(chosen.store)
    if chosen.key is not None:
        store = EncryptedStore(store, keys=[chosen.key])
    limit = None if chosen.per_second is None else RateLimit(per_second=chosen.per_second)
    with Client.from_env(shared_store=store, rate_limit=limit, timeout=3600) as client:
        say("ready")
        sys.stdin.readline()
        say(json.dumps([client.invoke(lambda_uuid=chosen.function).status for _ in range(chosen.calls)]))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def store_at(place: str) -> SharedStore:
    return RedisStore(place) if "://" in place else FileStore(place)


if __name__ == "__main__":
    main()
