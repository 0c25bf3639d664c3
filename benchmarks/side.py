"""One side of `benchmarks.guard`: a program that imports the package from whatever tree it is pointed at.

It uses the public API alone and nothing else of ours, so that it runs on any commit. It reads ``CASE LOOPS`` on its
standard input, makes that many calls, and answers with the seconds of processor time that they took. ``?`` names the
cases.
"""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING, Any

from lpfunctions import AsyncClient, BearerToken, Client, ClientCredentials, HttpResponse, StaticDomainResolver

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from lpfunctions import HttpRequest

_ANSWER = HttpResponse(200, "OK", {"content-type": "application/json"}, b'{"implemented":true}')
_CALL: dict[str, Any] = {
    "lambda_uuid": "7d0e2f1c-3b4a-4c5d-8e9f-0a1b2c3d4e5f",
    "payload": {"order": "A-1001", "customer": {"id": 42, "name": "Ada Lovelace"}, "tags": ["vip", "eu"]},
    "lp_event_source": "bench",
}


class _InMemory:
    def send(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 (the port's name)
        return _ANSWER

    def close(self) -> None: ...


class _AsyncInMemory:
    async def send(self, request: HttpRequest) -> HttpResponse:  # noqa: ARG002 (the port's name)
        return _ANSWER

    async def aclose(self) -> None: ...


def options_in_memory() -> dict[str, Any]:
    """Options of a client that needs neither discovery nor a token."""
    resolver = StaticDomainResolver({"faasGW": "va.fninvocations.liveperson.net"})
    return {"account_id": "1", "auth_strategy": BearerToken("t"), "domain_resolver": resolver}


def options_over_http(host: str, account: str) -> dict[str, Any]:
    """Options of a client of the server at *host*."""
    credentials = ClientCredentials(client_id="id", client_secret="secret")
    shared = {"csds_domain": host, "protocol": "http", "platform_version": "v2", "max_connections": 300}
    return {"account_id": account, "auth_strategy": credentials, **shared}


def blocking(call: Callable[[], object], loops: int) -> float:
    """Processor time of *loops* calls, seconds."""
    started = time.process_time()
    for _ in range(loops):
        call()
    return time.process_time() - started


async def awaiting(call: Callable[[], Awaitable[object]], loops: int, in_flight: int = 1) -> float:
    """Processor time of *loops* calls of which so many are under way at once, seconds."""
    left = iter(range(loops))

    async def work() -> None:
        for _ in left:
            await call()

    started = time.process_time()
    await asyncio.gather(*(work() for _ in range(in_flight)))
    return time.process_time() - started


def cases(runner: asyncio.Runner, host: str, account: str) -> dict[str, Callable[[int], float]]:
    """Name of a case to what makes so many calls and says what they took."""
    memory, over_http = options_in_memory(), options_over_http(host, account)
    client, there = Client(**memory, transport=_InMemory()), Client(**over_http)
    awaited, awaited_there = AsyncClient(**memory, transport=_AsyncInMemory()), AsyncClient(**over_http)
    return {
        "invoke in memory, Client": lambda loops: blocking(lambda: client.invoke(**_CALL), loops),
        "invoke in memory, AsyncClient": lambda loops: runner.run(awaiting(lambda: awaited.invoke(**_CALL), loops)),
        "remembered is_implemented, Client": lambda loops: blocking(
            lambda: client.is_implemented(event_id="event"), loops
        ),
        "invoke over HTTP, Client": lambda loops: blocking(lambda: there.invoke(**_CALL).body, loops),
        "invoke over HTTP, AsyncClient, 1 in flight": lambda loops: runner.run(
            awaiting(lambda: awaited_there.invoke(**_CALL), loops)
        ),
        "invoke over HTTP, AsyncClient, 50 in flight": lambda loops: runner.run(
            awaiting(lambda: awaited_there.invoke(**_CALL), loops, 50)
        ),
    }


def answers(known: dict[str, Callable[[int], float]], lines: Iterator[str]) -> Iterator[str]:
    """What to say to each line."""
    for line in lines:
        if line.strip() == "?":
            yield "\t".join(known)
        else:
            name, _, loops = line.strip().rpartition(" ")
            yield repr(known[name](int(loops)))


def main(host: str, account: str) -> None:
    """Answer until the input ends."""
    with asyncio.Runner() as runner:
        for answer in answers(cases(runner, host, account), iter(sys.stdin)):
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
