"""`make scaling`: what does one call cost when much is remembered, or much is under way? (P8)

On the memory transport, so that the client alone is measured. Sizes take turns, every other round the other way round,
and the best of the rounds counts: noise only ever adds.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import threading
import time
from functools import partial
from itertools import cycle
from typing import TYPE_CHECKING, Any

from benchmarks import verdicts
from benchmarks.cases import calibration
from benchmarks.results import Scale
from lpfunctions import AsyncClient, BearerToken, Client, StaticDomainResolver
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.core.http.messages import HttpResponse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lpfunctions.core.http.messages import HttpRequest

CACHED = (1, 100, 1000, 10_000)
IN_FLIGHT = (1, 10, 100, 1000)
ACCOUNTS = (1, 10, 100, 1000)
BODIES = (100, 1000, 10_000, 100_000, 1_000_000)
CALLS = 4000
CALLS_IN_THREADS = 200_000  # enough that waking a thousand threads, 0.1 s, is not what is measured
ROUNDS = 15

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
    return _in_threads(threads, lambda: client.invoke(lambda_uuid="a1b2", payload=1))


def without_client(threads: int) -> float:
    """Seconds of as much plain Python, among so many threads: they take turns at the interpreter as well."""

    def work() -> None:
        for _ in range(12):
            calibration()

    return _in_threads(threads, work)


def _in_threads(threads: int, work: Callable[[], object]) -> float:
    gate = threading.Barrier(threads + 1)

    def call() -> None:
        gate.wait()
        for _ in range(CALLS_IN_THREADS // threads):
            work()
        gate.wait()

    for _ in range(threads):
        threading.Thread(target=call, daemon=True).start()
    gate.wait()
    started = time.perf_counter()
    gate.wait()
    return (time.perf_counter() - started) / CALLS_IN_THREADS


def of_accounts(first: Client, accounts: int) -> float:
    """Seconds of an invocation, each for another of so many accounts that share one client's connections."""
    clients = [
        first.for_account(f"{number}", auth_strategy=BearerToken("x"), domain_resolver=_OPTIONS["domain_resolver"])
        for number in range(accounts)
    ]
    for client in clients:
        client.invoke(lambda_uuid="a1b2", payload=1)
    turns = cycle(clients)
    started = time.perf_counter()
    for _ in range(CALLS):
        next(turns).invoke(lambda_uuid="a1b2", payload=1)
    return (time.perf_counter() - started) / CALLS


def with_body(client: Client, size: int) -> float:
    """Seconds of an invocation whose payload is a text of so many characters."""
    payload, calls = "x" * size, max(CALLS * 1000 // (1000 + size), 20)
    started = time.perf_counter()
    for _ in range(calls):
        client.invoke(lambda_uuid="a1b2", payload=payload)
    return (time.perf_counter() - started) / calls


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


def best(work: Mapping[int, Callable[[], float]], rounds: int) -> dict[int, float]:
    """The best time for each size, in µs."""
    found = dict.fromkeys(work, float("inf"))
    for number in range(rounds):
        sizes = list(work) if number % 2 == 0 else list(work)[::-1]
        for size in sizes:
            found[size] = min(found[size], work[size]() * 1e6)
    return found


def measure(rounds: int = ROUNDS) -> list[Scale]:
    """What each call costs at each size."""
    clients = {events: cached_client(events) for events in CACHED}
    of_hits = {events: partial(hits, client, events) for events, client in clients.items()}
    of_calls = {events: partial(invocations, client, events) for events, client in clients.items()}
    of_tasks = {size: partial(in_tasks, size) for size in IN_FLIGHT}
    of_threads = {size: partial(in_threads, size) for size in IN_FLIGHT}
    of_none = {size: partial(without_client, size) for size in IN_FLIGHT}
    of_many = {size: partial(of_accounts, clients[CACHED[0]], size) for size in ACCOUNTS}
    of_bodies = {size: partial(with_body, clients[CACHED[0]], size) for size in BODIES}
    few = max(rounds // 5, 1)
    return [
        Scale("is_implemented, remembered", "events remembered", best(of_hits, rounds)),
        Scale("Client.invoke", "events remembered", best(of_calls, rounds)),
        Scale("AsyncClient.invoke", "in flight", best(of_tasks, rounds)),
        Scale("Client.invoke", "threads", best(of_threads, few), best(of_none, few)),
        Scale("Client.invoke", "accounts", best(of_many, few), is_flat=False),
        Scale("Client.invoke", "bytes of payload", best(of_bodies, few), is_flat=False),
    ]


def show(found: list[Scale]) -> str:
    """One row a call, one cell a size: µs, and over the smallest size."""
    lines: list[str] = []
    for scale in found:
        growth = scale.growth()
        cells = [f"{size:>6,}: {micros:6.2f} µs ({growth[size]:.2f})" for size, micros in scale.micros.items()]
        lines.append(f"{scale.what:<28} {scale.unit:<18} " + "  ".join(cells))
    return "\n".join(lines)


def main() -> None:
    """Measure and print; exit 1 if a cost grows by more than a tenth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    found = measure(parser.parse_args().rounds)
    figures = list(verdicts.of_scales(found))
    sys.stdout.write(f"{show(found)}\n\n{verdicts.table(figures)}\n")
    sys.exit(verdicts.exit_status(figures))


if __name__ == "__main__":
    main()
