"""`make soak`: many calls through one client of each colour; does anything grow? Linux only.

Memory, descriptors and connections are read after a warm-up and then after every quarter. The server is a process of
its own, so that what grows is the client.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.server import ACCOUNT, ANSWER, serving
from lpfunctions import AsyncClient, Client, ClientCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

WARM_UP = 10_000
THREADS = 8
TASKS = 50
MOST_GROWTH_KIB = 4 * 1024
MOST_DESCRIPTORS = 2


@dataclass(frozen=True)
class Reading:
    """What the process holds, after so many calls."""

    calls: int
    rss_kib: int
    descriptors: int
    connections: int
    calls_per_second: float

    @classmethod
    def now(cls, calls: int, calls_per_second: float) -> Reading:
        """Read the counters of the running process."""
        gc.collect()
        status = Path("/proc/self/status").read_text(encoding="ascii")
        rss_kib = int(status.partition("VmRSS:")[2].split()[0])
        links = [target for entry in Path("/proc/self/fd").iterdir() if (target := _target(entry))]
        sockets = sum(target.startswith("socket:") for target in links)
        return cls(calls, rss_kib, len(links), sockets, calls_per_second)


def _target(entry: Path) -> str:
    try:
        return str(entry.readlink())
    except OSError:
        return ""  # the descriptor that listed the folder


def options(host: str) -> dict[str, Any]:
    """Options of a client of the server at *host*."""
    credentials = ClientCredentials(client_id="client-id", client_secret="client-secret")
    shared = {"csds_domain": host, "protocol": "http", "platform_version": "v2", "max_connections": TASKS}
    return {"account_id": ACCOUNT, "auth_strategy": credentials, **shared}


def blocking(host: str, quarters: list[int]) -> Iterator[Reading]:
    """Readings of a blocking client that some threads share."""
    with Client(**options(host)) as client, ThreadPoolExecutor(THREADS) as threads:

        def call_many(calls: int) -> None:
            for _ in range(calls):
                assert client.invoke(lambda_uuid="a1b2", payload=ANSWER).body == ANSWER

        done = 0
        for calls in quarters:
            started = time.perf_counter()
            list(threads.map(call_many, [calls // THREADS] * THREADS))
            done += calls
            yield Reading.now(done, calls / (time.perf_counter() - started))


async def awaiting(host: str, quarters: list[int]) -> list[Reading]:
    """Readings of an async client with many calls in flight."""
    readings: list[Reading] = []
    async with AsyncClient(**options(host)) as client:

        async def call_many(calls: int) -> None:
            for _ in range(calls):
                assert (await client.invoke(lambda_uuid="a1b2", payload=ANSWER)).body == ANSWER

        done = 0
        for calls in quarters:
            started = time.perf_counter()
            await asyncio.gather(*(call_many(calls // TASKS) for _ in range(TASKS)))
            done += calls
            readings.append(Reading.now(done, calls / (time.perf_counter() - started)))
    return readings


def show(colour: str, readings: list[Reading]) -> bool:
    """Print *readings*; say whether nothing grew."""
    warm, last = readings[0], readings[-1]
    lines = [f"{colour:<12} {'calls':>9} {'RSS KiB':>9} {'fds':>5} {'sockets':>8} {'calls/s':>9}"]
    for each in readings:
        numbers = f"{each.calls:>9,} {each.rss_kib:>9,} {each.descriptors:>5} {each.connections:>8}"
        lines.append(f"{'':<12} {numbers} {each.calls_per_second:>9,.0f}")
    growth, more = last.rss_kib - warm.rss_kib, last.descriptors - warm.descriptors
    is_fine = growth <= MOST_GROWTH_KIB and abs(more) <= MOST_DESCRIPTORS
    lines.append(f"{'':<12} after warm-up: RSS {growth:+,} KiB, fds {more:+}: {'fine' if is_fine else 'TOO MUCH'}\n")
    sys.stdout.write("\n".join(lines) + "\n")
    return is_fine


def main() -> None:
    """Soak both colours; exit 1 if anything grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=200_000)
    calls: int = parser.parse_args().calls
    quarters = [WARM_UP, *[calls // 4] * 4]
    with serving() as (host, server):
        sys.stdout.write(f"server: {server}; process {os.getpid()}; {calls:,} calls after {WARM_UP:,} to warm up\n\n")
        fine = [show("Client", list(blocking(host, quarters)))]
        fine.append(show("AsyncClient", asyncio.run(awaiting(host, quarters))))
    sys.exit(0 if all(fine) else 1)


if __name__ == "__main__":
    main()
