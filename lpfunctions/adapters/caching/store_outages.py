"""What becomes of failures of a shared store: one report for each outage, and no call that fails."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.core.interrupts import raise_if_of_signal_handler
from lpfunctions.core.telemetry.events import FailedRefresh, RecoveredRefresh

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lpfunctions.core.telemetry.events import Impact
    from lpfunctions.ports import Telemetry


class StoreOutages:
    """Count failures of a store in a row, and tell *telemetry* of them.

    Args:
        telemetry: told of failures, and of the end of an outage.
        monotonic: tells the time, seconds.
    """

    def __init__(self, telemetry: Telemetry, monotonic: Callable[[], float]) -> None:
        self._telemetry = telemetry
        self._monotonic = monotonic
        self._failures_in_a_row = 0
        self._failing_since = 0.0

    def failed(self, failure: Exception) -> None:
        """Note *failure*, which harms no call: INFO at first, and WARNING when the next use of the store fails too.

        What a signal handler raised is raised again.
        """
        raise_if_of_signal_handler(failure)
        self._failures_in_a_row += 1
        in_a_row = self._failures_in_a_row
        self._failing_since = self._monotonic() if in_a_row == 1 else self._failing_since
        impact: Impact = "none" if in_a_row == 1 else "soon"
        self._telemetry.refresh_failed(
            FailedRefresh("shared_store", failure, in_a_row, 0.0, impact, is_first=in_a_row <= 2)
        )

    def succeeded(self) -> None:
        """Note that the store answered."""
        in_a_row, self._failures_in_a_row = self._failures_in_a_row, 0
        if in_a_row:
            impact: Impact = "none" if in_a_row == 1 else "soon"
            lasted_seconds = self._monotonic() - self._failing_since
            self._telemetry.refresh_recovered(RecoveredRefresh("shared_store", in_a_row, impact, lasted_seconds))

    async def tolerate(self, work: Awaitable[object]) -> None:
        """Wait for *work* with the store; a failure is only noted."""
        try:
            await work
        except Exception as failure:  # noqa: BLE001 (a store never fails a call)
            self.failed(failure)
