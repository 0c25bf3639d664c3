"""Slots go to those who wait in their order, and none is lost when somebody gives up at the wrong moment."""

from __future__ import annotations

import asyncio

import pytest

from lpfunctions.adapters.aio.slots import Slots


async def one(slots: Slots, name: str, order: list[str]) -> None:
    if not slots.take():
        await slots.wait()
    order.append(name)
    await asyncio.sleep(0)
    slots.give_back()


async def test_those_who_wait_get_one_in_the_order_in_which_they_came() -> None:
    slots, order = Slots(1), list[str]()
    await asyncio.gather(*(one(slots, name, order) for name in "abcd"))
    assert "".join(order) == "abcd"
    assert slots.take()
    assert not slots.take()


async def test_nobody_takes_what_was_handed_to_one_who_waits() -> None:
    slots = Slots(1)
    assert slots.take()
    waiting = asyncio.ensure_future(slots.wait())
    await asyncio.sleep(0)
    slots.give_back()
    assert not slots.take()
    await waiting


@pytest.mark.parametrize("moment", ["before", "after"], ids=["while waiting", "when handed over"])
async def test_slot_of_one_who_gives_up_goes_to_the_next(moment: str) -> None:
    slots = Slots(1)
    assert slots.take()
    first, second = (asyncio.ensure_future(slots.wait()) for _ in range(2))
    await asyncio.sleep(0)
    if moment == "before":
        first.cancel()
        await asyncio.sleep(0)
        slots.give_back()
    else:
        slots.give_back()
        first.cancel()
    await asyncio.wait_for(second, 1)
    assert first.cancelled() or moment == "after"
    slots.give_back()
    assert slots.take()
