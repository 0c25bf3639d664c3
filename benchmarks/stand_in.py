"""A server for machines without nginx: python -m benchmarks.stand_in PORT. It is Python, and may be the brake.

It reads requests as our clients and Node write them: with a length, or without a body.
"""

from __future__ import annotations

import asyncio
import re
import sys

from benchmarks.server import answers

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Connection(asyncio.Protocol):
    """One connection, kept alive: canned answers, by what is in the path."""

    def __init__(self, canned: dict[bytes, bytes]) -> None:
        self._canned = canned
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where answers go."""
        assert isinstance(transport, asyncio.WriteTransport)
        self._out = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is complete."""
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end]
            length = _LENGTH.search(head)
            size = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < size:
                return
            self._received = self._received[size:]
            path = head.partition(b"\r\n")[0]
            self._out.write(next(answer for part, answer in self._canned.items() if part in path))


def canned(host: str) -> dict[bytes, bytes]:
    """Whole answers, by what is in the path."""
    head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    return {part.encode(): (head.format(len(body)) + body).encode() for part, body in answers(host).items()}


async def serve(port: int) -> None:
    """Serve until the process is ended."""
    host = f"127.0.0.1:{port}"
    known = canned(host)
    server = await asyncio.get_running_loop().create_server(lambda: Connection(known), "127.0.0.1", port, backlog=4096)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
