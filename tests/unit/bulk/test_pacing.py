"""A steady rate of starts."""

from __future__ import annotations

import asyncio

from lpfunctions.bulk.pacing import Pace


async def test_starts_come_no_faster_than_the_rate_however_many_wait() -> None:
    pace, stop, loop = Pace(200), asyncio.Event(), asyncio.get_running_loop()
    starts: list[float] = []

    async def start() -> None:
        await pace.wait(stop)
        starts.append(loop.time())

    began = loop.time()
    await asyncio.gather(*(start() for _ in range(11)))
    clock_resolution_seconds = 0.001
    assert all(at - began >= number / 200 - clock_resolution_seconds for number, at in enumerate(starts))


async def test_a_pause_is_not_made_up_for() -> None:
    pace, stop, loop = Pace(100), asyncio.Event(), asyncio.get_running_loop()
    await pace.wait(stop)
    await asyncio.sleep(0.05)
    await pace.wait(stop)
    began = loop.time()
    await pace.wait(stop)
    assert loop.time() - began >= 0.005


async def test_a_stop_ends_every_wait() -> None:
    pace, stop = Pace(1 / 3600), asyncio.Event()
    await pace.wait(stop)
    waiting = asyncio.gather(*(pace.wait(stop) for _ in range(3)))
    stop.set()
    await waiting
