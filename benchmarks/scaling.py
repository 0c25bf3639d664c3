"""`make scaling`: what does one call cost when much is remembered, or much is under way? (P8)

On the memory transport, so that the client alone is measured. Sizes take turns, and the best of the rounds counts:
noise only ever adds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from lpfunctions import AsyncClient, BearerToken, Client, StaticDomainResolver
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.core.http import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lpfunctions.core.http import HttpRequest

CACHED = (1, 100, 1000, 10_000)
IN_FLIGHT = (1, 10, 100, 1000)
CALLS = 4000
CALLS_IN_THREADS = 100_000  # enough that waking a thousand threads is not what is measured
FLAT = 0.10

_ANSWERS = {True: HttpResponse(200, "OK", {}, b'{"implemented":true}'), False: HttpResponse(200, "OK", {}, b"[1,2,3]")}
_OPTIONS: dict[str, Any] = {
    "account_id": "12345678",
    "auth_strategy": BearerToken("x"),
    "platform_version": "v2",
    "domain_resolver": StaticDomainResolver({"faasGW": "va.functions.liveperson.net"}),
    "is_implemented_cache_duration_in_seconds": 3600.0,
}


def answer(request: HttpRequest) -> HttpResponse:
    """What the platform would answer."""
    return _ANSWERS[request.url.endswith("isImplemented")]


async def answer_later(request: HttpRequest) -> HttpResponse:
    """The same after all others had their turn, so that as many calls are under way as there are tasks."""
    await asyncio.sleep(0)
    return answer(request)


def cached_client(events: int) -> Client:
    """A blocking client that remembers so many events."""
    client = Client(**_OPTIONS, transport=MemoryTransport(answer))
    for number in range(events):
        client.is_implemented(event_id=f"event-{number}")
    return client


def hits(client: Client, events: int) -> float:
    """Seconds of a call whose answer is remembered."""
    names = [f"event-{number * 7919 % events}" for number in range(CALLS)]
    started = time.perf_counter()
    for name in names:
        client.is_implemented(event_id=name)
    return (time.perf_counter() - started) / CALLS


def invocations(client: Client, _events: int) -> float:
    """Seconds of an invocation by a client that remembers much."""
    started = time.perf_counter()
    for _ in range(CALLS):
        client.invoke(lambda_uuid="a1b2", payload=1)
    return (time.perf_counter() - started) / CALLS


def in_threads(threads: int) -> float:
    """Seconds of an invocation among so many threads."""
    client = Client(**_OPTIONS, transport=MemoryTransport(answer))
    gate = threading.Barrier(threads + 1)

    def call() -> None:
        gate.wait()
        for _ in range(CALLS_IN_THREADS // threads):
            client.invoke(lambda_uuid="a1b2", payload=1)
        gate.wait()

    for _ in range(threads):
        threading.Thread(target=call, daemon=True).start()
    gate.wait()
    started = time.perf_counter()
    gate.wait()
    return (time.perf_counter() - started) / CALLS_IN_THREADS


def in_tasks(tasks: int) -> float:
    """Seconds of an invocation among so many tasks."""
    return asyncio.run(_in_tasks(tasks))


async def _in_tasks(tasks: int) -> float:
    async with AsyncClient(**_OPTIONS, transport=AsyncMemoryTransport(answer_later)) as client:

        async def call() -> None:
            for _ in range(CALLS // tasks):
                await client.invoke(lambda_uuid="a1b2", payload=1)

        waiting = [asyncio.create_task(call()) for _ in range(tasks)]
        started = time.perf_counter()
        await asyncio.gather(*waiting)
        return (time.perf_counter() - started) / CALLS


def best(measure: Mapping[int, Callable[[], float]], rounds: int) -> dict[int, float]:
    """The best time for each size."""
    found = dict.fromkeys(measure, float("inf"))
    for _ in range(rounds):
        for size, once in measure.items():
            found[size] = min(found[size], once())
    return found


def show(title: str, sizes: str, times: dict[int, float]) -> bool:
    """Print one row per size; say whether the cost is flat."""
    first = next(iter(times.values()))
    worst = max(seconds / first for seconds in times.values())
    cells = "  ".join(f"{size:>6,}: {seconds * 1e6:6.2f} µs ({seconds / first:.2f})" for size, seconds in times.items())
    sys.stdout.write(f"{title:<34} {sizes:<10} {cells}  {'flat' if worst <= 1 + FLAT else 'NOT FLAT'}\n")
    return worst <= 1 + FLAT


def main() -> None:
    """Measure and print; exit 1 if a cost grows by more than a tenth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds: int = parser.parse_args().rounds
    clients = {events: cached_client(events) for events in CACHED}
    of_hits = {events: (lambda c=client, n=events: hits(c, n)) for events, client in clients.items()}
    of_calls = {events: (lambda c=client, n=events: invocations(c, n)) for events, client in clients.items()}
    of_tasks = {size: (lambda n=size: in_tasks(n)) for size in IN_FLIGHT}
    of_threads = {size: (lambda n=size: in_threads(n)) for size in IN_FLIGHT}
    flat = [
        show("is_implemented, remembered", "events", best(of_hits, rounds)),
        show("invoke, while much is remembered", "events", best(of_calls, rounds)),
        show("AsyncClient.invoke", "in flight", best(of_tasks, rounds)),
        show("Client.invoke", "threads", best(of_threads, max(rounds // 5, 1))),
    ]
    sys.exit(0 if all(flat) else 1)


if __name__ == "__main__":
    main()
