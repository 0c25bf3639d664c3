"""`make soak`: many calls through one client of each mode; does anything grow? Linux only.

Memory, descriptors and connections are read after a warm-up and then after every quarter. The server is a process of
its own, so that what grows is the client.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks import verdicts
from benchmarks.results import Reading, Soak
from benchmarks.server import ACCOUNT, ANSWER, serving
from lpfunctions import AsyncClient, Client, ClientCredentials

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLS, WARM_UP = 200_000, 10_000
THREADS, TASKS = 8, 50


def read(calls: int, calls_per_second: float) -> Reading:
    """What this process holds."""
    gc.collect()
    status = Path("/proc/self/status").read_text(encoding="ascii")
    rss_kib = int(status.partition("VmRSS:")[2].split()[0])
    links = [target for entry in Path("/proc/self/fd").iterdir() if (target := _target(entry))]
    sockets = sum(target.startswith("socket:") for target in links)
    return Reading(calls, rss_kib, len(links), sockets, calls_per_second)


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
            yield read(done, calls / (time.perf_counter() - started))


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
            readings.append(read(done, calls / (time.perf_counter() - started)))
    return readings


def measure(calls: int = CALLS, warm_up: int = WARM_UP) -> Soak:
    """Let a client of each mode make so many calls, after some to warm up; read the counters at each quarter."""
    quarters = [warm_up, *[calls // 4] * 4]
    with serving() as (host, server):
        found = {"Client": list(blocking(host, quarters)), "AsyncClient": asyncio.run(awaiting(host, quarters))}
    return Soak(server, found)


def show(found: Soak) -> str:
    """A table that a person reads."""
    lines = [f"server: {found.server}"]
    for client, readings in found.readings.items():
        lines.append(f"\n{client:<12} {'calls':>9} {'RSS KiB':>9} {'fds':>5} {'sockets':>8} {'calls/s':>9}")
        for each in readings:
            numbers = f"{each.calls:>9,} {each.rss_kib:>9,} {each.descriptors:>5} {each.connections:>8}"
            lines.append(f"{'':<12} {numbers} {each.calls_per_second:>9,.0f}")
    return "\n".join(lines)


def main() -> None:
    """Soak both clients; exit 1 if anything grew."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS)
    found = measure(parser.parse_args().calls)
    figures = list(verdicts.of_soak(found))
    sys.stdout.write(f"{show(found)}\n\n{verdicts.table(figures)}\n")
    sys.exit(verdicts.exit_status(figures))


if __name__ == "__main__":
    main()
