"""Every clock is held to the contract of the port."""

from __future__ import annotations

import time
from typing import Any

from lpfunctions.adapters.aio.clock import AsyncSystemClock
from lpfunctions.adapters.blocking.async_shaped import AsyncShapedClock
from lpfunctions.adapters.blocking.clock import SystemClock
from lpfunctions.adapters.memory import AsyncManualClock, ManualClock
from lpfunctions.testing.contracts.clock import ClockContract


class TestSystemClock(ClockContract):
    def build(self) -> Any:
        return SystemClock()


class TestAsyncSystemClock(ClockContract):
    def build(self) -> Any:
        return AsyncSystemClock()


class TestManualClock(ClockContract):
    def build(self) -> Any:
        return ManualClock()


class TestAsyncManualClock(ClockContract):
    def build(self) -> Any:
        return AsyncManualClock()


class TestCoatedClock(ClockContract):
    def build(self) -> Any:
        return AsyncShapedClock(SystemClock())


def test_the_systems_clocks_tell_the_systems_time() -> None:
    for clock in (SystemClock(), AsyncSystemClock()):
        assert abs(clock.now() - time.time()) < 1.0


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    clock = ManualClock()
    before = (clock.now(), clock.monotonic())
    time.sleep(0.01)
    assert (clock.now(), clock.monotonic()) == before
    clock.advance(5)
    assert (clock.now() - before[0], clock.monotonic() - before[1]) == (5, 5)


def test_a_correction_of_the_wall_clock_lets_no_time_pass() -> None:
    clock = ManualClock()
    now = clock.now()
    clock.jump(-3600)
    assert (clock.now(), clock.monotonic()) == (now - 3600, 0)


def test_a_manual_clock_notes_how_long_was_slept() -> None:
    clock = ManualClock()
    clock.sleep(0.1)
    clock.sleep(2)
    assert clock.slept == [0.1, 2]
