"""A program that runs batches of ``invoke_many`` and is interrupted from outside: one round for each line it reads.

Argument: the mode, ``sync`` or ``async``. It prints ``"begun"`` when the invocations of a round are under way, and when
the round has ended, the indexes that were yielded, those that ``on_progress`` was told, and what ended it. A round
without ``calls`` goes on until a signal ends it. SIGTERM raises SystemExit, as in many a service; SIGINT does what
Python does with it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
from itertools import count
from typing import TYPE_CHECKING, Any

from lpfunctions import AsyncClient, Client, ClientCredentials, Invocation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions import Outcome

CONCURRENCY = 50


class Round:
    """One batch, and its outcome."""

    def __init__(self, order: dict[str, Any]) -> None:
        self.close_after_seconds: float | None = order["close_after_seconds"]
        self.yielded: list[int] = []
        self.told: list[int] = []
        self.options: dict[str, Any] = {"concurrency": CONCURRENCY, "ordered": False, "on_progress": self._note}
        self._order = order

    def calls(self) -> Iterator[Invocation]:
        for index in range(self._order["calls"]) if self._order["calls"] else count():
            yield Invocation(lambda_uuid=self._order["uuid"], payload=f"{self._order['number']}-{index}")

    def read(self, outcome: Outcome) -> None:
        self.yielded.append(outcome.index)
        if len(self.yielded) == 1:
            announce("begun")

    def _note(self, _done: int, outcome: Outcome) -> None:
        self.told.append(outcome.index)


def announce(what: object) -> None:
    os.write(1, f"{json.dumps(what)}\n".encode())


def run_blocking(options: dict[str, Any], this: Round) -> None:
    with Client(**options) as client, client.invoke_many(this.calls(), **this.options) as outcomes:
        if this.close_after_seconds is not None:
            threading.Timer(this.close_after_seconds, client.close).start()
        for outcome in outcomes:
            this.read(outcome)


async def run_async(options: dict[str, Any], this: Round) -> None:
    # As asyncio asks for: a handler of ``signal.signal`` may raise in the middle of the loop's own work, and then a
    # task may never be woken.
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, leave)
    async with AsyncClient(**options) as client, client.invoke_many(this.calls(), **this.options) as outcomes:
        closing: list[asyncio.Task[None]] = []
        if this.close_after_seconds is not None:
            loop = asyncio.get_running_loop()
            loop.call_later(this.close_after_seconds, lambda: closing.append(loop.create_task(client.aclose())))
        async for outcome in outcomes:
            this.read(outcome)
        await asyncio.gather(*closing)


def leave(*_signal: object) -> None:
    raise SystemExit(0)


def main() -> None:
    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts jobs in the background without it
    options = json.loads(sys.stdin.readline())
    options["auth_strategy"] = ClientCredentials(**options.pop("credentials"))
    for line in sys.stdin:
        this = Round(json.loads(line))
        ended_by = None
        try:
            if sys.argv[1] == "sync":
                run_blocking(options, this)
            else:
                asyncio.run(run_async(options, this))
        except BaseException as interrupt:  # noqa: BLE001 (it is what the round is about)
            ended_by = type(interrupt).__name__
        announce({"yielded": this.yielded, "told": this.told, "ended_by": ended_by})


if __name__ == "__main__":
    main()
