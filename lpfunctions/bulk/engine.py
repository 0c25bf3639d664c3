"""The engine: so many workers, each taking a record, sending it, and noting what came of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import fields
from inspect import signature
from typing import TYPE_CHECKING, Final, Protocol

from lpfunctions import AsyncClient, FaaSError, Invocation, Outcome
from lpfunctions.bulk.pacing import Pace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from lpfunctions.bulk.io.records import Record


_ARGUMENTS: Final = tuple(
    argument.name for argument in fields(Invocation) if argument.name in signature(AsyncClient.invoke).parameters
)


class Sink(Protocol):
    """Who is told what happens to each record. What it raises ends the run, when the calls under way have ended."""

    async def start(self, record: Record) -> None:
        """Take note that the request of *record* is about to leave; it does when this returns."""
        ...

    def finish(self, record: Record, outcome: Outcome, seconds: float) -> None:
        """Take note of what became of *record*, *seconds* after it was started."""
        ...


class Engine:
    """Send the records of one run."""

    def __init__(
        self,
        client: AsyncClient,
        sink: Sink,
        *,
        invocation: Callable[[Any], Invocation],
        concurrency: int = 50,
        per_second: float | None = None,
    ) -> None:
        """Prepare.

        Args:
            client: sends.
            sink: is told.
            invocation: makes a call of a payload.
            concurrency: how many calls are under way at once.
            per_second: how many calls start each second at the most; None for no limit.
        """
        self._client = client
        self._sink = sink
        self._invocation = invocation
        self._concurrency = concurrency
        self._pace = Pace(per_second)
        self._stop = asyncio.Event()
        self._broken: Exception | None = None

    def stop(self) -> None:
        """Start no further call. `run` returns when those under way have ended."""
        self._stop.set()

    async def run(self, records: Iterator[Record]) -> None:
        """Send *records* until there are none left, or until `stop`.

        Raises:
            Exception: what the sink, *records* or *invocation* raised, when the calls under way have ended.
        """
        async with asyncio.TaskGroup() as workers:
            for _ in range(self._concurrency):
                workers.create_task(self._work(records))
        if self._broken is not None:
            raise self._broken

    async def _work(self, records: Iterator[Record]) -> None:
        try:
            while not self._stop.is_set() and (record := next(records, None)) is not None:
                await self._pace.wait(self._stop)
                if not self._stop.is_set():
                    await self._send(record)
        except Exception as broken:  # noqa: BLE001 (raised again by `run`)
            self._broken = self._broken or broken
            self.stop()

    async def _send(self, record: Record) -> None:
        call = self._invocation(record.payload)
        await self._sink.start(record)
        started = time.perf_counter()
        outcome = await self._outcome(call)
        self._sink.finish(record, outcome, time.perf_counter() - started)

    async def _outcome(self, call: Invocation) -> Outcome:
        try:
            response = await self._client.invoke(**{name: getattr(call, name) for name in _ARGUMENTS})
        except FaaSError as failure:
            return Outcome(call, None, failure)
        return Outcome(call, response, None)
