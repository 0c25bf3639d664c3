"""FaultProxy: a TCP proxy on loopback that delays, corrupts and cuts connections.

It works on bytes, not HTTP, between any client and any server::

    from lpfunctions.testing import Emulator, FakePlatform, FaultProxy, Flow, Passage

    # The first connection loses its response after 20 bytes; all later ones are slow.
    def script(number: int) -> Passage:
        return Passage(down=Flow(reset_at=20)) if number == 1 else Passage(down=Flow(delay_seconds=0.5))

    with Emulator(FakePlatform()) as emulator, FaultProxy(emulator.host, script) as proxy:
        with emulator.client(domain_resolver=StaticDomainResolver({"faasGW": proxy.host, ...})) as client:
            ...

Positions count from the beginning of the connection, requests and responses before included.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from threading import Thread
from typing import TYPE_CHECKING, Final, Self

from lpfunctions.testing.faults.flow import Flow
from lpfunctions.testing.faults.reset import reset_on_close
from lpfunctions.testing.listening import stop_accepting

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

_LOOPBACK: Final = "127.0.0.1"
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Passage:
    """The faults of one connection.

    Attributes:
        up: the faults on the way from client to server.
        down: the faults on the way from server to client.
        refuse: reset the connection as soon as it is accepted; the server gets no connection.
        connect_seconds: wait before connecting to the server.
    """

    up: Flow = field(default_factory=Flow)
    down: Flow = field(default_factory=Flow)
    refuse: bool = False
    connect_seconds: float = 0.0


class FaultProxy:
    """Pass connections on to *target* while the ``with`` block lasts, with the faults that *script* says.

    Args:
        target: ``host:port`` of the server.
        script: the passage of every connection; or a function that returns the passage of each from its
            number, counted from 1, in the proxy's own thread. Without one, everything passes unchanged.

    Attributes:
        connections: how many were accepted so far.
        open_connections: how many are open right now.
    """

    def __init__(self, target: str, script: Passage | Callable[[int], Passage] | None = None) -> None:
        name, _, port = target.rpartition(":")
        self._target = (name.strip("[]"), int(port))
        self._script = script or Passage()
        self._running: tuple[Thread, asyncio.AbstractEventLoop, asyncio.Event] | None = None
        self._port = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self.connections: int = 0
        self.open_connections: int = 0

    @property
    def host(self) -> str:
        """``127.0.0.1:port`` to connect to; the port is known once the proxy has started."""
        return f"{_LOOPBACK}:{self._port}"

    def __repr__(self) -> str:
        return f"<FaultProxy {self.host} -> {self._target[0]}:{self._target[1]}, {self.connections} connections>"

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Listen; return when connections are accepted. Does nothing when it already runs."""
        if self._running is None:
            ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
            listener = socket.create_server((_LOOPBACK, self._port), backlog=1024)
            self._port = listener.getsockname()[1]
            thread = Thread(target=lambda: asyncio.run(self._serve(listener, ready)), name=repr(self), daemon=True)
            thread.start()
            self._running = (thread, *ready.result())
        return self

    def stop(self) -> None:
        """Close the port and cut off every connection. Safe to call twice; `start` opens the same port again."""
        running, self._running = self._running, None
        if running is not None:
            thread, loop, end = running
            loop.call_soon_threadsafe(end.set)
            thread.join()

    async def _serve(
        self, listener: socket.socket, ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]
    ) -> None:
        end = asyncio.Event()
        server = await asyncio.start_server(self._accept, sock=listener, limit=_CHUNK)
        ready.set_result((asyncio.get_running_loop(), end))
        await end.wait()
        await stop_accepting(listener)
        server.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close one turn later

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self.connections += 1
        self.open_connections += 1
        try:
            script = self._script
            await self._carry(script if isinstance(script, Passage) else script(self.connections), reader, writer)
        except asyncio.CancelledError:
            pass  # the proxy stops; the server of asyncio would log a cancelled handler
        finally:
            writer.transport.abort()
            self.open_connections -= 1

    async def _carry(self, passage: Passage, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if passage.refuse:
            _reset(writer)
            return
        await asyncio.sleep(passage.connect_seconds)
        try:
            server_reader, server_writer = await asyncio.open_connection(*self._target, limit=_CHUNK)
        except OSError:
            _reset(writer)
            return
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(_pass_on(reader, server_writer, passage.up))
                ways.create_task(_pass_on(server_reader, writer, passage.down))
        except* OSError:
            # One side is gone, or a flow has reached its reset: neither side may take it for a regular close.
            _reset(writer)
            _reset(server_writer)
        finally:
            await _close(server_writer)
            await _close(writer)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, flow: Flow) -> None:
    passed = 0
    while flow.end is None or passed < flow.end:
        data = await reader.read(_CHUNK)
        if not data:
            writer.write_eof()
            return
        for seconds, piece in flow.pieces(data, passed):
            await asyncio.sleep(seconds)
            writer.write(piece)
            await writer.drain()
            passed += len(piece)
    if flow.ending == "reset":
        raise ConnectionResetError("as the script wants it")
    if flow.ending == "close":
        writer.write_eof()
    while await reader.read(_CHUNK):
        pass  # swallowed


async def _close(writer: asyncio.StreamWriter) -> None:
    try:
        writer.close()
        await writer.wait_closed()
    except (OSError, asyncio.CancelledError):
        writer.transport.abort()


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):  # it may be closed already
        reset_on_close(writer.get_extra_info("socket"))
    writer.transport.abort()
