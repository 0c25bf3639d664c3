"""How fast the emulator starts, stops and serves: python -m benchmarks.emulator.

What it serves is compared with a handler of aiohttp.web that does nothing but return the payload. All of them run in
this process, and take turns; the callers are a process of their own, with several connections. Each figure is the
median over the rounds of the ratio within a round, so that what else the machine does falls out of it.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import selectors
import socket
import statistics
import tempfile
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from benchmarks.turns import orders
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

CONNECTIONS, CALLS, ROUNDS = 4, 2000, 3
BARE = "bare handler"
ASKED = {"async function": 0.7, "plain function": 0.6, "JavaScript": 0.5}
"""The share of the bare handler's calls per second that each is to reach."""
SPREAD_ASKED = 3.0
"""How many times the median the 99th percentile of JavaScript may take."""

JAVASCRIPT = "async function lambda(input) { return input.payload; }"


class Turn(NamedTuple):
    """What one contender did in one round.

    Attributes:
        per_second: calls answered.
        median_ms: how long half of the calls took at most.
        slow_ms: how long 99 of 100 calls took at most.
        processor_us: time of the processor that this process spent on a call; Node's is not in it.
    """

    per_second: float
    median_ms: float
    slow_ms: float
    processor_us: float = 0.0


def plain(given: Any) -> Any:
    """Return what came."""
    return given.payload


async def awaiting(given: Any) -> Any:
    """Return what came."""
    return given.payload


async def bare(request: web.Request) -> web.Response:
    """Return what came."""
    body = await request.json()
    return web.json_response(body["payload"])


def call(host: str, request: bytes, calls: int = CALLS) -> Turn:
    """Send *request* again and again, over several connections at a time."""
    address, _, port = host.partition(":")
    taken: list[float] = []
    with ExitStack() as opened, selectors.DefaultSelector() as selector:
        sent: dict[int, float] = {}
        for _ in range(CONNECTIONS):
            connection = opened.enter_context(socket.create_connection((address, int(port))))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(connection, selectors.EVENT_READ, connection)
            sent[connection.fileno()] = time.perf_counter()
            connection.sendall(request)
        started = time.perf_counter()
        while len(taken) < calls:
            for key, _ in selector.select():
                answer = key.data.recv(65536)
                assert answer.startswith(b"HTTP/1.1 200"), answer
                now = time.perf_counter()
                taken.append(now - sent[key.fd])
                sent[key.fd] = now
                key.data.sendall(request)
        seconds = time.perf_counter() - started
    taken.sort()
    return Turn(len(taken) / seconds, taken[len(taken) // 2] * 1000, taken[len(taken) * 99 // 100] * 1000)


def request_to(platform: FakePlatform, uuid: str) -> bytes:
    """Return an invocation as it goes over the wire."""
    body = b'{"timestamp":1,"headers":[],"payload":{"a":1}}'
    head = (
        f"POST /api/account/{platform.account_id}/lambdas/{uuid}/invoke HTTP/1.1\r\nHost: localhost\r\n"
        f"Authorization: Bearer {platform.issue_token()}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def bare_server() -> Generator[str]:
    """Serve `bare` from a thread, as the emulator does; yield its host."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listener = socket.create_server(("127.0.0.1", 0))
    application = web.Application()
    application.router.add_post("/api/account/{account}/lambdas/{uuid}/invoke", bare)
    runner = web.AppRunner(application, access_log=None)

    async def serve() -> None:
        await runner.setup()
        await web.SockSite(runner, listener).start()

    asyncio.run_coroutine_threadsafe(serve(), loop).result()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(runner.cleanup(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def start_and_stop_milliseconds() -> float:
    """Return the median of 50."""
    taken: list[float] = []
    for _ in range(50):
        started = time.perf_counter()
        with Emulator(FakePlatform()):
            pass
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def race(rounds: int = ROUNDS) -> dict[str, list[Turn]]:
    """Let all contenders take turns, as often as it takes until each had each place *rounds* times."""
    with ExitStack() as opened:
        platform = opened.enter_context(FakePlatform(journal_limit=100))
        emulator = opened.enter_context(Emulator(platform))
        home = Path(opened.enter_context(tempfile.TemporaryDirectory())) / "functions" / "echo"
        home.mkdir(parents=True)
        (home / "index.js").write_text(JAVASCRIPT)
        (javascript,) = platform.deploy_folder(home.parents[1])
        targets = {
            BARE: (opened.enter_context(bare_server()), request_to(platform, javascript.uuid)),
            "async function": (emulator.host, request_to(platform, platform.function("a")(awaiting).uuid)),
            "plain function": (emulator.host, request_to(platform, platform.function("p")(plain).uuid)),
            "JavaScript": (emulator.host, request_to(platform, javascript.uuid)),
        }
        caller = opened.enter_context(multiprocessing.get_context("spawn").Pool(1))
        for target in targets.values():
            caller.apply(call, target)  # V8 and CPython compile what runs often
        turns: dict[str, list[Turn]] = {name: [] for name in targets}
        for order in orders(list(targets)) * rounds:
            for name in order:
                started = time.process_time()
                turn = caller.apply(call, targets[name])
                processor_us = (time.process_time() - started) / CALLS * 1e6
                turns[name].append(turn._replace(processor_us=processor_us))
        return turns


def told(name: str, mine: Sequence[Turn], to: Sequence[Turn]) -> str:
    """Return the medians of the contender *name* as a line, with the ratios to the bare handler."""
    pairs = list(zip(mine, to, strict=True))
    share = statistics.median(turn.per_second / other.per_second for turn, other in pairs)
    processor = statistics.median(other.processor_us / turn.processor_us for turn, other in pairs)
    rate = statistics.median(turn.per_second for turn in mine)
    median = statistics.median(turn.median_ms for turn in mine)
    slow = statistics.median(turn.slow_ms / turn.median_ms for turn in mine)
    asked = f" (asked: {ASKED[name]})" if name in ASKED else ""
    return (
        f"{name}: {rate:,.0f} calls/s, {share:.2f} of the bare handler{asked}, {processor:.2f} by processor time; "
        f"median {median:.2f} ms, p99 {slow:.1f} times that"
    )


def main() -> None:
    """Print the figures."""
    print(f"start and stop: {start_and_stop_milliseconds():.2f} ms")
    turns = race()
    for name, mine in turns.items():
        print(told(name, mine, turns[BARE]))
    print(f"asked of JavaScript: p99 at most {SPREAD_ASKED:g} times the median")


if __name__ == "__main__":
    main()
