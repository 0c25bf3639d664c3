"""P10: 10 MB sent and received: python -m benchmarks.large. Linux only, for it reads the memory from /proc.

What a transport takes for the bytes, and apart from that what JSON takes for them. The server is a process of its own.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from benchmarks.results import Large
from benchmarks.server import free_port, wait_for
from lpfunctions import HttpRequest, Invocation, TransportLimits
from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.http.body import read_body
from lpfunctions.core.requests.body import invocation_body

if TYPE_CHECKING:
    from collections.abc import Generator

BYTES, ROUNDS = 10_000_000, 5
_SMALL = 100
_LIMITS = TransportLimits(max_response_bytes=2 * BYTES)


def serve(port: int) -> None:
    """Send back the body of every request, one connection after the other."""
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            connection, _ = server.accept()
            with connection, connection.makefile("rb") as stream:
                while body := _read_body(stream):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def _read_body(stream: BinaryIO) -> bytes:
    """The body of the next request; empty at the end of the stream."""
    length = 0
    while (line := stream.readline()) not in {b"\r\n", b""}:
        if line.lower().startswith(b"content-length:"):
            length = int(line[15:])
    return stream.read(length)


@contextmanager
def serving() -> Generator[str]:
    """Run it; yield the URL."""
    port = free_port()
    with subprocess.Popen([sys.executable, "-m", "benchmarks.large", str(port)]) as server:
        try:
            wait_for(port)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def _post(url: str, size: int) -> HttpRequest:
    return HttpRequest("POST", url, content=b"x" * size, timeout_seconds=60.0)


class Memory:
    """How far the memory of this process rises above what it is now, bytes."""

    def __init__(self) -> None:
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is that of now
        self._before = self._kib("VmRSS")

    @property
    def peak(self) -> int:
        """So far."""
        return (self._kib("VmHWM") - self._before) * 1024

    def _kib(self, name: str) -> int:
        status = Path("/proc/self/status").read_text(encoding="ascii")
        return int(status.partition(f"{name}:")[2].split()[0])


def blocking(url: str, size: int) -> Large:
    """Of the transport of `Client`; nothing is held up by it but its thread."""
    transport = RequestsTransport(limits=_LIMITS)
    transport.send(_post(url, _SMALL))
    memory, started = Memory(), time.perf_counter()
    assert len(transport.send(_post(url, size)).content) == size
    found = Large(size, memory.peak, (time.perf_counter() - started) * 1e3, None)
    transport.close()
    return found


async def awaiting(url: str, size: int) -> Large:
    """Of the transport of `AsyncClient`, and for how long at a time its work let no other task run.

    That is processor time: what the system gave to other processes meanwhile is not held by it.
    """
    transport = AiohttpTransport(limits=_LIMITS)
    await transport.send(_post(url, _SMALL))
    gaps: list[float] = []

    async def tick() -> None:
        then = time.thread_time()
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            gaps.append(now - then)
            then = now

    memory, started = Memory(), time.perf_counter()
    request = _post(url, size)
    ticking = asyncio.create_task(tick())
    assert len((await transport.send(request)).content) == size
    milliseconds, peak = (time.perf_counter() - started) * 1e3, memory.peak
    ticking.cancel()
    await transport.aclose()
    return Large(size, peak, milliseconds, max(gaps) * 1e3)


def of_json(size: int) -> tuple[float, float]:
    """Milliseconds to encode a text of *size* bytes as a payload, and to decode it."""
    started = time.perf_counter()
    content = invocation_body(Invocation(lambda_uuid="u", payload="x" * size), 1)
    encoded = time.perf_counter()
    read_body(content)
    return (encoded - started) * 1e3, (time.perf_counter() - encoded) * 1e3


def measure(size: int = BYTES, rounds: int = ROUNDS) -> dict[str, Large]:
    """The median round of each mode, by the time for which the loop was held, or else by memory."""
    with serving() as url:
        both = {
            "Client": [blocking(url, size) for _ in range(rounds)],
            "AsyncClient": [asyncio.run(awaiting(url, size)) for _ in range(rounds)],
        }
    return {
        name: sorted(found, key=lambda each: each.held_milliseconds or each.peak_bytes)[rounds // 2]
        for name, found in both.items()
    }


def main() -> None:
    """Be the server where a port is given; otherwise measure and print."""
    if sys.argv[1:]:
        serve(int(sys.argv[1]))
    for name, each in measure().items():
        held = "" if each.held_milliseconds is None else f", loop held for {each.held_milliseconds:.1f} ms at most"
        print(f"{name:<12} {each.milliseconds:6.1f} ms, {each.peak_bytes / each.body_bytes:.2f} x its memory{held}")
    encoding, decoding = of_json(BYTES)
    print(f"JSON of as much: {encoding:.1f} ms to encode, {decoding:.1f} ms to decode")


if __name__ == "__main__":
    main()
