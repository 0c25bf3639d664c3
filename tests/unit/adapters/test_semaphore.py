"""The semaphore admits waiting tasks in order, loses no place when one of them is cancelled, and counts both."""

from __future__ import annotations

import asyncio

import pytest

from lpfunctions.adapters.aio.semaphore import CountingSemaphore


def usage(semaphore: CountingSemaphore) -> tuple[int, int]:
    return semaphore.acquired, semaphore.waiting


async def hold(semaphore: CountingSemaphore, end: asyncio.Event, admitted: asyncio.Event | None = None) -> None:
    async with semaphore:
        if admitted is not None:
            admitted.set()
        await end.wait()


async def is_free(semaphore: CountingSemaphore) -> bool:
    async with asyncio.timeout(1), semaphore:
        return usage(semaphore) == (1, 0)


async def test_waiting_tasks_are_admitted_in_the_order_in_which_they_came() -> None:
    semaphore, order = CountingSemaphore(1), list[str]()

    async def one(name: str) -> None:
        async with semaphore:
            order.append(name)
            await asyncio.sleep(0)

    await asyncio.gather(*map(one, "abcd"))
    assert "".join(order) == "abcd"
    assert await is_free(semaphore)


async def test_no_more_are_admitted_than_allowed() -> None:
    semaphore, end = CountingSemaphore(2), asyncio.Event()
    tasks = [asyncio.create_task(hold(semaphore, end)) for _ in range(5)]
    await asyncio.sleep(0)
    assert usage(semaphore) == (2, 3)
    end.set()
    await asyncio.gather(*tasks)
    assert usage(semaphore) == (0, 0)


@pytest.mark.parametrize("moment", ["while waiting", "when admitted"])
async def test_the_place_of_a_task_that_is_cancelled_goes_to_the_next(moment: str) -> None:
    semaphore, end, never = CountingSemaphore(1), asyncio.Event(), asyncio.Event()
    holder = asyncio.create_task(hold(semaphore, end))
    await asyncio.sleep(0)
    admitted = asyncio.Event()
    first = asyncio.create_task(hold(semaphore, never))
    second = asyncio.create_task(hold(semaphore, never, admitted))
    await asyncio.sleep(0)
    if moment == "when admitted":
        end.set()
        await holder  # which hands its place to the first, whose task has not run since
    first.cancel()
    await asyncio.wait([first])
    end.set()
    await holder
    await asyncio.wait_for(admitted.wait(), 1)
    assert usage(semaphore) == (1, 0)
    second.cancel()
    await asyncio.wait([second])
    assert await is_free(semaphore)
