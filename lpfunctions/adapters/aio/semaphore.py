"""A semaphore that says how it is used."""

from __future__ import annotations

import asyncio


class CountingSemaphore:
    """An ``asyncio.Semaphore`` for ``async with`` blocks.

    Attributes:
        acquired: how many blocks are being run.
        waiting: how many tasks wait to run theirs.
    """

    def __init__(self, limit: int) -> None:
        self.acquired: int = 0
        self.waiting: int = 0
        self._semaphore = asyncio.Semaphore(limit)

    async def __aenter__(self) -> None:
        self.waiting += 1
        try:
            await self._semaphore.acquire()
        finally:
            self.waiting -= 1
        self.acquired += 1

    async def __aexit__(self, *_exception: object) -> None:
        self.acquired -= 1
        self._semaphore.release()
