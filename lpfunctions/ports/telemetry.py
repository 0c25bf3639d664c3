"""Telling operators what happens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )

    Ending = Callable[[], object]


class Telemetry(Protocol):
    """What the operations and the request sender tell.

    Contract (tests/contract/test_telemetry_isolation.py):

    * nothing it does changes a call: it raises nothing of its own and swallows nothing
    * when an operation ends, however it does, those who wait for it find ``error`` and ``duration_seconds`` set
    * an operation whose attempts nobody wants to know of is no longer ``is_observed``; `attempt` is not called then
    * a failed operation is told as failed while what its beginning made current still is
    * it changes nothing of an attempt except that it may add headers to the request
    """

    def operation(self, operation: ObservedOperation) -> AbstractContextManager[object, None]:
        """Watch an operation while the ``with`` block runs."""
        ...

    def attempt(self, attempt: ObservedAttempt) -> AbstractContextManager[object, None]:
        """Watch an attempt while the ``with`` block runs."""
        ...

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        """Take note that something repeatable, done for *purpose*, is not repeated."""
        ...

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """Take note that a request, made for *purpose*, was held back for *seconds* by the rate limit."""
        ...

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Take note that hosts or a token could not be refreshed."""
        ...

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """Take note that they were fetched again, after failures."""
        ...


class Observer(Protocol):
    """One part of telemetry: spans, metrics, logs, a user's collector.

    It may raise: whoever tells it isolates the call from it. Its methods return what is to be called when the
    operation or the attempt has ended, with the facts filled in.
    """

    def operation_began(self, operation: ObservedOperation) -> Ending | None:
        """Take note of an operation."""
        ...

    def operation_failed(self, operation: ObservedOperation) -> None:
        """Take note that an operation has failed; comes before what `operation_began` returned is called."""
        ...

    def attempt_began(self, attempt: ObservedAttempt) -> Ending | None:
        """Take note of an attempt."""
        ...

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        """Take note that something repeatable is not repeated."""
        ...

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """Take note that a request, made for *purpose*, was held back for *seconds* by the rate limit."""
        ...

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Take note that hosts or a token could not be refreshed."""
        ...

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """Take note that they were fetched again, after failures."""
        ...
