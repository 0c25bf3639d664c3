"""Many invocations at once, in threads."""

from __future__ import annotations

from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

C = TypeVar("C")
T = TypeVar("T")


def run_many(work: Callable[[C], T], calls: Iterable[C], *, concurrency: int, ordered: bool) -> Iterator[T]:
    """Yield ``work(call)`` for each of *calls*, of which *concurrency* run at once.

    *calls* is read as room becomes free, never ahead of it. Whoever stops reading ends the rest.
    """
    left = iter(calls)
    pool = ThreadPoolExecutor(concurrency, thread_name_prefix="lpfunctions-many")
    running = deque(pool.submit(work, call) for call in islice(left, concurrency))
    try:
        while running:
            done = running.popleft() if ordered else _first_done(running)
            result = done.result()
            running.extend(pool.submit(work, call) for call in islice(left, 1))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)


def _first_done(running: deque[Future[T]]) -> Future[T]:
    done = wait(running, return_when=FIRST_COMPLETED).done.pop()
    running.remove(done)
    return done
