"""Four environments on which one test body shows an operation: both modes, each in memory and over real HTTP.

An environment hides the mode: the methods of its clients return results, not coroutines.
"""

from __future__ import annotations

import asyncio
from contextlib import ExitStack, aclosing, closing
from contextvars import copy_context
from itertools import islice
from typing import TYPE_CHECKING, Any, Self, TypeVar

from lpfunctions import AsyncClient, Client, ClientCredentials, FaaSError
from lpfunctions.adapters.memory import AsyncManualClock, AsyncMemoryTransport, ManualClock, MemoryTransport
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.background import wait_for_tasks, wait_for_threads
from tests.support.canary import assert_discreet
from tests.support.canary_watch import LeakDetector

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator

    from lpfunctions import Outcome, Response
    from lpfunctions.testing import Journal

T = TypeVar("T")

MEMORY_ENVIRONMENTS = ("memory-sync", "memory-async")
HTTP_ENVIRONMENTS = ("requests", "aiohttp")
ALL_ENVIRONMENTS = MEMORY_ENVIRONMENTS + HTTP_ENVIRONMENTS

ACCOUNT = "12345678"
CREDENTIALS = ClientCredentials(client_id="client-id", client_secret="client-secret")


class Driver:
    """A blocking or async client, called the same way."""

    def __init__(
        self,
        client: Client | AsyncClient,
        runner: asyncio.Runner | None,
        secrets: Callable[[], tuple[str, ...]] = tuple,
    ) -> None:
        self.client = client
        self._runner = runner
        self._secrets = secrets

    def call(self, method: str, **arguments: Any) -> Any:
        try:
            result = getattr(self.client, method)(**arguments)
            # In the caller's context, as it would be in a program: a trace that is current here is current there.
            return result if self._runner is None else self._runner.run(result, context=copy_context())
        except FaaSError as error:
            if secrets := self._secrets():
                assert_discreet(error, *secrets)
            raise

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* in the event loop of an async client."""
        assert self._runner is not None
        return self._runner.run(work)

    def invoke(self, **arguments: Any) -> Response:
        response: Response = self.call("invoke", **arguments)
        return response

    def many(
        self,
        calls: Any,
        *,
        stop_after: int | None = None,
        into: list[Outcome] | None = None,
        **options: Any,
    ) -> list[Outcome]:
        """What ``invoke_many`` yields, read to the end or until *stop_after* outcomes; *into* what an error may end."""
        read: list[Outcome] = [] if into is None else into
        self.read(self.client.invoke_many(calls, **options), stop_after=stop_after, into=read)
        return read

    def read(self, outcomes: Any, *, stop_after: int | None = None, into: list[Outcome] | None = None) -> None:
        """Read what ``invoke_many`` returned."""
        read: list[Outcome] = [] if into is None else into
        if self._runner is not None:
            self._runner.run(_read(outcomes, stop_after, read), context=copy_context())
            return
        with closing(outcomes):
            read.extend(islice(outcomes, stop_after))

    def function(self, **arguments: Any) -> Callable[..., Any]:
        """A typed handle that returns results, not coroutines."""
        handle: Any = self.client.function(**arguments)

        def call(payload: object, **options: Any) -> Any:
            result = handle(payload, **options)
            return result if self._runner is None else self._runner.run(result)

        return call

    def close(self) -> None:
        if isinstance(self.client, Client):
            self.client.close()
        elif self._runner is not None:
            self._runner.run(self.client.aclose())


async def _read(outcomes: Any, stop_after: int | None, read: list[Outcome]) -> None:
    async with aclosing(outcomes):
        async for outcome in outcomes:
            read.append(outcome)
            if len(read) == stop_after:
                break


class Environment:
    """A platform, a clock that only the test moves, and clients of one mode that reach the platform one way."""

    def __init__(self, name: str, platform_version: str, *, detects_leaks: bool = False) -> None:
        self.name = name
        self._leak_detector = LeakDetector() if detects_leaks else None
        self.is_async = name in {"memory-async", "aiohttp"}
        self.over_http = name in {"requests", "aiohttp"}
        self.clock: ManualClock | AsyncManualClock = AsyncManualClock() if self.is_async else ManualClock()
        self.platform = FakePlatform(
            account_id=ACCOUNT, platform_version=platform_version, clock=_PlatformClock(self.clock)
        )
        self._stack = ExitStack()
        self._runner = self._stack.enter_context(asyncio.Runner()) if self.is_async else None
        self.emulator = self._stack.enter_context(Emulator(self.platform)) if self.over_http else None

    @property
    def journal(self) -> Journal:
        return self.platform.requests

    def client(self, **options: Any) -> Driver:
        options = {
            "account_id": ACCOUNT,
            "auth_strategy": CREDENTIALS,
            "clock": self.clock,
            **self._connection_options(),
            **(self._leak_detector.options() if self._leak_detector is not None else {}),
            **options,
        }
        return self.drive((AsyncClient if self.is_async else Client)(**options))

    def drive(self, client: Client | AsyncClient) -> Driver:
        driver = Driver(client, self._runner, self.secrets if self._leak_detector is not None else tuple)
        self._stack.callback(driver.close)
        return driver

    def secrets(self) -> tuple[str, ...]:
        """What no output may show: the client's secret, and every credential that was sent."""
        sent = {request.headers.get("authorization", "").partition(" ")[2] for request in self.journal}
        return ("client-secret", *filter(None, sent))

    def wait_until_idle(self) -> None:
        """Wait until no background work of the client runs."""
        if self._runner is None:
            wait_for_threads()
        else:
            self._runner.run(wait_for_tasks())

    def _connection_options(self) -> dict[str, Any]:
        if self.emulator is not None:
            return self.emulator.client_options()
        if self.is_async:
            return {"transport": AsyncMemoryTransport(self.platform.handle_async)}
        return {"transport": MemoryTransport(self.platform.handle)}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._stack.close()
        if exception[0] is None:
            wait_for_threads()  # what ends later would log into another test
        if self._leak_detector is not None and exception[0] is None:
            self._leak_detector.assert_discreet(*self.secrets())


class _PlatformClock:
    """The test's clock, for a platform to read and never to move."""

    def __init__(self, clock: ManualClock | AsyncManualClock) -> None:
        self.now = clock.now


def open_environment(name: str, platform_version: str, *, detects_leaks: bool = False) -> Iterator[Environment]:
    with Environment(name, platform_version, detects_leaks=detects_leaks) as environment:
        yield environment
