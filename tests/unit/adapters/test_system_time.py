"""The system's time, the same for both modes."""

from __future__ import annotations

import time
from functools import partial

import pytest

from lpfunctions.adapters.aio.clock import AsyncSystemClock
from lpfunctions.adapters.blocking.clock import SystemClock
from lpfunctions.adapters.system_time import SystemTime


@pytest.mark.parametrize("clock", [SystemClock(), AsyncSystemClock()], ids=lambda clock: type(clock).__name__)
def test_both_clocks_tell_the_time_without_a_frame_of_python(clock: SystemTime) -> None:
    assert clock.now is time.time
    assert clock.monotonic is SystemTime.monotonic
    assert isinstance(clock.monotonic, (partial, type(time.monotonic)))


@pytest.mark.skipif(not hasattr(time, "CLOCK_BOOTTIME"), reason="this system has no such clock")
def test_the_time_that_the_machine_was_suspended_counts() -> None:
    assert abs(SystemTime.monotonic() - time.clock_gettime(time.CLOCK_BOOTTIME)) < 1.0
