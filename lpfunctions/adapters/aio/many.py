"""Many invocations at once, in tasks."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable

C = TypeVar("C")
T = TypeVar("T")


async def run_many(
    work: Callable[[C], Coroutine[Any, Any, T]], calls: Iterable[C], *, concurrency: int, ordered: bool
) -> AsyncGenerator[T]:
    """Yield ``await work(call)`` for each of *calls*, of which *concurrency* run at once.

    *calls* is read as room becomes free, never ahead of it. Whoever stops reading ends the rest.
    """
    left = iter(calls)
    running = deque(asyncio.create_task(work(call)) for call in islice(left, concurrency))
    try:
        while running:
            done = running.popleft() if ordered else await _first_done(running)
            result = await done
            running.extend(asyncio.create_task(work(call)) for call in islice(left, 1))
            yield result
    finally:
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)


async def _first_done(running: deque[asyncio.Task[T]]) -> asyncio.Task[T]:
    done = (await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED))[0].pop()
    running.remove(done)
    return done
