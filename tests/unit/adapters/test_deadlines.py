"""`Deadlines` keep what ``asyncio.timeout`` promises, on one timer."""

from __future__ import annotations

import asyncio
import math
import random
import time

import pytest

from lpfunctions.adapters.aio.deadlines import Deadlines, is_cancelled
from tests.support.virtual_time import run

_GRACE = 0.1


async def _nap(deadlines: Deadlines, seconds: float, deadline_seconds: float) -> str:
    """Sleep until the deadline at most, which is kept as well as a plain timer beside it."""
    loop = asyncio.get_running_loop()
    started, control = loop.time(), list[float]()
    timer = loop.call_later(min(deadline_seconds, 60), lambda: control.append(loop.time()))
    try:
        with deadlines.after(deadline_seconds):
            await asyncio.sleep(seconds)
    except TimeoutError:
        ended = loop.time()
        assert ended - started >= deadline_seconds - 0.001
        assert not control or ended - control[0] <= _GRACE
        return "too late"
    finally:
        timer.cancel()
    return "in time"


def test_each_of_many_deadlines_is_kept() -> None:
    draw = random.Random(7)
    limits = [draw.uniform(0.0, 0.3) for _ in range(300)]

    async def naps() -> list[str]:
        deadlines = Deadlines()
        return await asyncio.gather(*(_nap(deadlines, 0.15, limit) for limit in limits))

    for limit, outcome in zip(limits, run(naps()), strict=True):
        if abs(limit - 0.15) > 0.001:
            assert outcome == ("in time" if limit > 0.15 else "too late")


async def test_a_nearer_deadline_rings_before_an_earlier_set_one() -> None:
    deadlines = Deadlines()
    far = asyncio.ensure_future(_nap(deadlines, 0.3, 10))
    await asyncio.sleep(0)
    assert await _nap(deadlines, 5, 0.05) == "too late"
    assert await far == "in time"


async def test_a_deadline_set_after_the_timer_has_rung_is_kept() -> None:
    deadlines = Deadlines()
    assert await _nap(deadlines, 5, 0.02) == "too late"
    assert await _nap(deadlines, 5, 0.02) == "too late"
    assert await _nap(deadlines, 0.01, 5) == "in time"


@pytest.mark.parametrize("seconds", [math.inf, 1e12])
async def test_endless_deadline_never_rings(seconds: float) -> None:
    deadlines = Deadlines()
    assert await _nap(deadlines, 0.01, seconds) == "in time"


async def test_resting_leaves_open_deadlines_alone() -> None:
    deadlines = Deadlines()
    napping = asyncio.ensure_future(_nap(deadlines, 5, 0.03))
    await asyncio.sleep(0)
    deadlines.stop_timer()
    assert await napping == "too late"
    deadlines.stop_timer()
    assert await _nap(deadlines, 5, 0.01) == "too late"


async def test_cancellation_by_another_passes() -> None:
    deadlines = Deadlines()
    task = asyncio.ensure_future(_nap(deadlines, 5, 5))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_cancellation_by_another_passes_although_the_deadline_rings_too() -> None:
    deadlines = Deadlines()
    task = asyncio.ensure_future(_nap(deadlines, 5, 0.02))
    asyncio.get_running_loop().call_later(0.02, task.cancel)
    await asyncio.sleep(0)
    time.sleep(0.05)  # noqa: ASYNC251 (so that both are due in one step of the loop)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_task_can_be_used_on_after_its_deadline_has_passed() -> None:
    deadlines = Deadlines()
    for _ in range(3):
        assert await _nap(deadlines, 5, 0.01) == "too late"
        assert not is_cancelled()
        async with asyncio.timeout(1):
            await asyncio.sleep(0.001)


async def _fail_when_cancelled() -> None:
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:
        raise KeyError from None


async def test_error_that_comes_with_the_deadline_passes_and_leaves_no_cancellation() -> None:
    deadlines = Deadlines()
    with pytest.raises(KeyError), deadlines.after(0.01):
        await _fail_when_cancelled()
    assert not is_cancelled()


async def test_timeout_around_it_does_not_ring_for_it() -> None:
    deadlines = Deadlines()
    async with asyncio.timeout(5) as outer:
        assert await _nap(deadlines, 5, 0.01) == "too late"
    assert not outer.expired()


async def test_timeout_around_it_passes() -> None:
    deadlines = Deadlines()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(_nap(deadlines, 5, 5), 0.01)
