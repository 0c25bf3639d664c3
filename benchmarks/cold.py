"""How often a crowd on a cold client asks what one question would answer: python -m benchmarks.cold.

Everybody starts at the same time, over real HTTP: is the event implemented? Then everybody invokes it.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.results import Crowd
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Generator

TASKS, THREADS = 1000, 200
EVENT = "order_placed"


def measure(tasks: int = TASKS, threads: int = THREADS) -> list[Crowd]:
    """Let two crowds loose, each on a client of its own."""
    return [asyncio.run(of_tasks(tasks)), of_threads(threads)]


@contextmanager
def _emulator() -> Generator[Emulator]:
    platform = FakePlatform()
    platform.function(name="order", event_id=EVENT)(_order)
    with Emulator(platform) as emulator:
        yield emulator


def _order(_given: object) -> str:
    return "shipped"


async def of_tasks(number: int) -> Crowd:
    """Tasks on one `AsyncClient`."""
    with _emulator() as emulator:
        async with emulator.async_client() as client:

            async def call() -> bool:
                is_there = await client.is_implemented(event_id=EVENT)
                return is_there and (await client.invoke(event_id=EVENT)).ok

            answered = sum(await asyncio.gather(*(call() for _ in range(number))))
        return _counted("tasks", number, answered, emulator.platform)


def of_threads(number: int) -> Crowd:
    """Threads on one `Client`."""
    gate = threading.Barrier(number)
    with _emulator() as emulator:
        with emulator.client() as client, ThreadPoolExecutor(number) as threads:

            def call(_number: int) -> bool:
                gate.wait()
                return client.is_implemented(event_id=EVENT) and client.invoke(event_id=EVENT).ok

            answered = sum(threads.map(call, range(number)))
        return _counted("threads", number, answered, emulator.platform)


def _counted(callers: str, number: int, answered: int, platform: FakePlatform) -> Crowd:
    asked = platform.requests
    counts = (len(asked.discovery_requests), len(asked.token_requests), len(asked.is_implemented_requests))
    return Crowd(callers, number, *counts, answered)


if __name__ == "__main__":
    for found in measure():
        sys.stdout.write(f"{found}\n")
