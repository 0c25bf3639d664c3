"""One client for each worker process, on an event loop in a thread of its own, which all partitions under way share."""

from __future__ import annotations

import asyncio
import pickle
from concurrent.futures import Future
from contextlib import contextmanager
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Any

from lpfunctions import AsyncClient, FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Generator


class ProcessClient:
    """A client and its event loop, which runs while at least one partition uses it.

    Attributes:
        client: keeps its token and its hosts from partition to partition.
    """

    def __init__(self, client: AsyncClient) -> None:
        self.client = client
        self.users = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: Thread | None = None
        self._end = asyncio.Event()

    def run(self, coroutine: Coroutine[Any, Any, None]) -> None:
        """Run *coroutine* on the loop, and wait for its end; from any other thread.

        After Ctrl-C it is cancelled, and waited for all the same: it writes into files that the caller closes.
        """
        loop, ended = self._loop, Event()
        assert loop is not None  # noqa: S101 (it was started)
        task = asyncio.run_coroutine_threadsafe(_started(coroutine, ended), loop).result()
        try:
            ended.wait()
        except BaseException:
            loop.call_soon_threadsafe(task.cancel)
            ended.wait()
            raise
        task.result()

    def start(self) -> None:
        """Start the loop."""
        ready = Future[asyncio.AbstractEventLoop]()
        self._end = asyncio.Event()
        self._thread = Thread(target=self._serve, args=[ready], name="lpfunctions", daemon=True)
        self._thread.start()
        self._loop = ready.result()

    def stop(self) -> None:
        """Close the connections, and end the loop."""
        assert self._loop is not None  # noqa: S101 (it was started)
        assert self._thread is not None  # noqa: S101
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    def _serve(self, ready: Future[asyncio.AbstractEventLoop]) -> None:
        asyncio.run(self._until_stopped(ready))

    async def _until_stopped(self, ready: Future[asyncio.AbstractEventLoop]) -> None:
        ready.set_result(asyncio.get_running_loop())
        async with self.client:
            await self._end.wait()


async def _started(coroutine: Coroutine[Any, Any, None], ended: Event) -> asyncio.Task[None]:
    task = asyncio.create_task(coroutine)
    task.add_done_callback(lambda _: ended.set())
    return task


_lock = Lock()
_clients: dict[str, ProcessClient] = {}


@contextmanager
def client_of_process(run_id: str, source: bytes | Callable[[], AsyncClient]) -> Generator[ProcessClient]:
    """Yield the client of run *run_id* in this process, made of *source* when it is the first.

    Raises:
        FaaSConfigurationError: *source* is a function that makes something else.
    """
    with _lock:
        process = _clients.get(run_id)
        if process is None:
            process = ProcessClient(_made(source))
            _forget_idle()
            _clients[run_id] = process
        if process.users == 0:
            process.start()
        process.users += 1
    try:
        yield process
    finally:
        with _lock:
            process.users -= 1
            if process.users == 0:
                process.stop()


def _forget_idle() -> None:
    for run_id in [run_id for run_id, process in _clients.items() if process.users == 0]:
        del _clients[run_id]


def _made(source: bytes | Callable[[], AsyncClient]) -> AsyncClient:
    made: object = pickle.loads(source) if isinstance(source, bytes) else source()  # noqa: S301 (pickled by the program)
    if not isinstance(made, AsyncClient):
        raise FaaSConfigurationError(
            f"client is a function that must make an AsyncClient; it made a {type(made).__name__}"
        )
    return made
