"""Tell every observer, and let none of them change a call."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, TypeVar

from lpfunctions.core.interrupts import ignoring_failures, raise_if_of_signal_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from types import TracebackType

    from lpfunctions.core.telemetry.events import (
        Denial,
        FailedRefresh,
        ObservedAttempt,
        ObservedOperation,
        RecoveredRefresh,
    )
    from lpfunctions.ports.telemetry import Ending, Observer

T = TypeVar("T")

_MOST_WARNINGS: Final = 64

_log: Final = logging.getLogger("lpfunctions.telemetry")


class ObserverError(Exception):
    """What a part of telemetry says of itself when it fails. Its message is logged; keep secrets out of it."""


class IsolatedTelemetry:
    """Tell each of *observers*; one that raises is logged, and the call goes on.

    Args:
        observers: told in this order of a beginning, in reverse order of an end.
        monotonic: tells the time, seconds.
    """

    def __init__(self, observers: Sequence[Observer], monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._on_failure = [observer.operation_failed for observer in observers]
        self._on_operation = [observer.operation_began for observer in observers]
        self._on_attempt = [observer.attempt_began for observer in observers]
        self._on_denial = [observer.retry_denied for observer in observers]
        self._on_rate_limit = [observer.rate_limited for observer in observers]
        self._on_failed_refresh = [observer.refresh_failed for observer in observers]
        self._on_recovered_refresh = [observer.refresh_recovered for observer in observers]

    def operation(self, operation: ObservedOperation) -> AbstractContextManager[object, None]:
        """Watch an operation while the ``with`` block runs."""
        endings = _begin(self._on_operation, operation)
        operation.is_observed = bool(endings)
        return _WatchedOperation(operation, endings, self._on_failure, self._monotonic)

    def attempt(self, attempt: ObservedAttempt) -> AbstractContextManager[object, None]:
        """Watch an attempt while the ``with`` block runs."""
        endings = _begin(self._on_attempt, attempt)
        return _Watched(endings) if endings else _UNWATCHED

    def retry_denied(self, purpose: str, reason: Denial) -> None:
        """Tell the observers that something repeatable is not repeated."""
        _tell(self._on_denial, purpose, reason)

    def rate_limited(self, purpose: str, seconds: float) -> None:
        """Tell the observers that a request was held back."""
        _tell(self._on_rate_limit, purpose, seconds)

    def refresh_failed(self, refresh: FailedRefresh) -> None:
        """Tell the observers that hosts or a token could not be refreshed."""
        _tell(self._on_failed_refresh, refresh)

    def refresh_recovered(self, refresh: RecoveredRefresh) -> None:
        """Tell the observers that they were fetched again."""
        _tell(self._on_recovered_refresh, refresh)


class _Unwatched:
    """What is left of an attempt when nobody waits for its end, as with the OpenTelemetry API alone."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_exception: object) -> None:
        pass


_UNWATCHED: Final = _Unwatched()


class _Watched:
    __slots__ = ("_endings",)

    def __init__(self, endings: list[Ending]) -> None:
        self._endings = endings

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_exception: object) -> None:
        _end(self._endings)


class _WatchedOperation:
    __slots__ = ("_endings", "_monotonic", "_on_failure", "_operation")

    def __init__(
        self,
        operation: ObservedOperation,
        endings: list[Ending],
        on_failure: Sequence[Callable[[ObservedOperation], None]],
        monotonic: Callable[[], float],
    ) -> None:
        self._operation = operation
        self._endings = endings
        self._on_failure = on_failure
        self._monotonic = monotonic

    def __enter__(self) -> None:
        self._operation.started = self._monotonic()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        operation, response = self._operation, self._operation.response
        went_well = error is None and (response is None or response.ok)
        if went_well and not self._endings:
            return
        operation.duration_seconds = self._monotonic() - operation.started
        operation.error = error
        if error is None and response is not None and not response.ok:
            with ignoring_failures():  # a response that can be returned need not make sense
                operation.error = response.error
        if operation.error is not None:
            _tell(self._on_failure, operation)
        _end(self._endings)
        operation.error = None  # its traceback holds the frame that holds the operation


def _begin(observers: Sequence[Callable[[T], Ending | None]], observed: T) -> list[Ending]:
    endings: list[Ending] = []
    for began in observers:
        try:
            if (ending := began(observed)) is not None:
                endings.append(ending)
        except Exception as failure:  # noqa: BLE001 (telemetry never changes a call)
            raise_if_of_signal_handler(failure)
            log_failure(began, failure)
    return endings


def _end(endings: list[Ending]) -> None:
    _tell(reversed(endings))


def _tell(those: Iterable[Callable[..., object]], *what: object) -> None:
    for tell in those:
        try:
            tell(*what)
        except Exception as failure:  # noqa: BLE001 (telemetry never changes a call)
            raise_if_of_signal_handler(failure)
            log_failure(tell, failure)


def log_failure(who: object, failure: BaseException) -> None:
    """Log that *who*, a part of telemetry, failed: a warning the first time, DEBUG when it says the same again.

    Even that may fail, if a filter of the application's raises, and changes nothing.
    """
    with ignoring_failures():
        said = f"{_name(who)}: {type(failure).__name__}"
        if isinstance(failure, ObserverError):
            said = str(failure)
        is_new = said not in _warned_of and len(_warned_of) < _MOST_WARNINGS
        _warned_of.add(said) if is_new else None
        _log.log(logging.WARNING if is_new else logging.DEBUG, "telemetry failed; the call goes on: %s", said)


_warned_of: Final[set[str]] = set()


def forget_warnings() -> None:
    """Let what was said once be said again, for tests."""
    _warned_of.clear()


def _name(who: object) -> str:
    return getattr(getattr(who, "func", who), "__qualname__", type(who).__name__)
