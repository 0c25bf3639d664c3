"""How fast the emulator starts, stops and serves: python -m benchmarks.emulator.

The callers are processes of their own. Invocations are counted per second of the emulator's own processor time, so that
the figure is that of one core, whatever else the machine does.
"""

from __future__ import annotations

import multiprocessing
import socket
import statistics
import time
from typing import TYPE_CHECKING, Any

from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Callable

CALLERS, CALLS = 4, 4000


def plain(given: Any) -> Any:
    """Return what came."""
    return given.payload


async def awaiting(given: Any) -> Any:
    """Return what came."""
    return given.payload


def call(host: str, request: bytes) -> None:
    """Send *request* again and again over one connection."""
    address, _, port = host.partition(":")
    with socket.create_connection((address, int(port))) as connection:
        for _ in range(CALLS):
            connection.sendall(request)
            answer = connection.recv(65536)
            assert answer.startswith(b"HTTP/1.1 200"), answer


def request_to(platform: FakePlatform, uuid: str) -> bytes:
    """Return an invocation as it goes over the wire."""
    body = b'{"timestamp":1,"headers":[],"payload":{"a":1}}'
    head = (
        f"POST /api/account/{platform.account_id}/lambdas/{uuid}/invoke HTTP/1.1\r\nHost: emulator\r\n"
        f"Authorization: Bearer {platform.issue_token()}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def start_and_stop_milliseconds() -> float:
    """Return the median of 50."""
    taken: list[float] = []
    for _ in range(50):
        started = time.perf_counter()
        with Emulator(FakePlatform()):
            pass
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def served(function: Callable[[Any], Any]) -> float:
    """Return invocations per second of the emulator's processor time."""
    platform = FakePlatform()
    deployed = platform.function()(function)
    with Emulator(platform) as emulator:
        arguments = (emulator.host, request_to(platform, deployed.uuid))
        spawn = multiprocessing.get_context("spawn")
        callers = [spawn.Process(target=call, args=arguments) for _ in range(CALLERS)]
        started = time.process_time()
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        return CALLERS * CALLS / (time.process_time() - started)


if __name__ == "__main__":
    print(f"start and stop: {start_and_stop_milliseconds():.2f} ms")
    print(f"invocations of a plain function: {served(plain):,.0f} per core and second")
    print(f"invocations of an async function: {served(awaiting):,.0f} per core and second")
