"""A platform behind HTTP with one function, and many threads or tasks that call it at the same time."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from lpfunctions import FaaSInvokeError
from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from lpfunctions import AsyncClient, Client, Response
    from lpfunctions.testing.platform.functions.runner import WallClock


class Scene:
    """An emulator and its one function."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.platform = emulator.platform
        self.uuid = emulator.platform.functions[0].uuid

    @property
    def asked(self) -> tuple[int, int]:
        """How often discovery and the token endpoint were asked."""
        return len(self.platform.requests.discovery_requests), len(self.platform.requests.token_requests)

    def calling(self, client: Client, **options: Any) -> Callable[[], Response]:
        """Something to do for a thread."""
        return lambda: client.invoke(lambda_uuid=self.uuid, **options)

    async def call_all(self, client: AsyncClient, number: int, **options: Any) -> list[Any]:
        """Let *number* tasks call; return the outcome of each."""
        calls = (client.invoke(lambda_uuid=self.uuid, **options) for _ in range(number))
        return await asyncio.gather(*calls, return_exceptions=True)


@contextmanager
def scene(clock: WallClock | None = None) -> Generator[Scene, None, None]:
    """Serve a platform with one function; a *clock* with ``sleep`` says how long scripted latency lasts."""
    platform = FakePlatform(clock=clock)

    @platform.function(name="greet")
    def greet(_given: object) -> str:
        return "hello"

    with Emulator(platform) as emulator:
        assert greet.uuid
        yield Scene(emulator)


@contextmanager
def callers(number: int) -> Generator[Callable[[Callable[[], Any]], list[Any]], None, None]:
    """Let *number* threads do the same thing, starting together; return the outcome of each."""
    barrier = threading.Barrier(number)

    def run(work: Callable[[], Any]) -> Any:
        barrier.wait()
        return outcome(work)

    with ThreadPoolExecutor(number) as threads:
        yield lambda work: list(threads.map(run, [work] * number))


def outcome(work: Callable[[], Any]) -> Any:
    """What *work* returns, or the failed call that it raises."""
    try:
        return work()
    except FaaSInvokeError as failure:
        return failure
