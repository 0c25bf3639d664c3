"""The contract of the ports `Clock` and `AsyncClock`, as tests. A subclass implements `build`."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions.testing.contracts.support.assertions import within
from lpfunctions.testing.contracts.support.both_modes import BothModes


class ClockContract(BothModes):
    """What a clock must do, blocking or async."""

    def build(self) -> Any:
        """Return a clock."""
        raise NotImplementedError

    def test_now_is_in_seconds_since_the_epoch(self) -> None:
        """``now`` is a float, and a time between 2001 and 2286."""
        now = self.build().now()
        assert isinstance(now, float)
        assert 1e9 < now < 1e10

    def test_monotonic_never_goes_back(self) -> None:
        """A thousand readings are in ascending order."""
        clock = self.build()
        read = [clock.monotonic() for _ in range(1000)]
        assert read == sorted(read)

    @pytest.mark.parametrize("seconds", [0.001, 0.02])
    def test_sleep_lasts_at_least_as_long_as_it_was_told(self, seconds: float) -> None:
        """``monotonic`` has advanced by at least the seconds that were slept."""
        clock = self.build()
        started = clock.monotonic()
        self.settle(clock.sleep(seconds))
        # Adding floats of different size loses the last digits.
        assert clock.monotonic() - started >= seconds - 1e-6

    @pytest.mark.parametrize("seconds", [0, 0.0, -1.0])
    def test_sleep_of_nothing_returns_at_once(self, seconds: float) -> None:
        """Zero and negative durations return at once and raise nothing."""
        clock = self.build()
        started = clock.monotonic()
        with within(0.1):
            self.settle(clock.sleep(seconds))
        assert clock.monotonic() - started >= 0
