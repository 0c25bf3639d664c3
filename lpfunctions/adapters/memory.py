"""Fakes that are little programs: a transport without sockets, a clock moved by hand, a collector that keeps."""

from __future__ import annotations

import inspect
import threading
from typing import TYPE_CHECKING

from lpfunctions.core.errors import FaaSTimeoutError
from lpfunctions.core.telemetry.metrics import EveryOperation

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.core.telemetry.metrics import InvocationMetricData


class MemoryTransport:
    """A `Transport` that asks *handle* instead of the network."""

    def __init__(self, handle: Callable[[HttpRequest], HttpResponse]) -> None:
        self._handle = handle

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return what *handle* returns."""
        _check_not_late(request)
        return self._handle(request)

    def close(self) -> None:
        """There is nothing to close."""


class AsyncMemoryTransport:
    """An `AsyncTransport` that asks *handle*, plain or async, instead of the network."""

    def __init__(self, handle: Callable[[HttpRequest], HttpResponse | Awaitable[HttpResponse]]) -> None:
        self._handle = handle

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Return what *handle* returns."""
        _check_not_late(request)
        result = self._handle(request)
        return await result if inspect.isawaitable(result) else result

    async def aclose(self) -> None:
        """There is nothing to close."""


def _check_not_late(request: HttpRequest) -> None:
    if request.timeout_seconds <= 0:
        raise FaaSTimeoutError("no time is left to send anything", phase="connect", delivered="no")


class RecordingMetrics(EveryOperation):
    """A `MetricCollector` that keeps what it is told.

    Attributes:
        told: hook and data of each operation, in the order in which they ended.
    """

    def __init__(self) -> None:
        self.told: list[tuple[str, InvocationMetricData]] = []

    @property
    def data(self) -> list[InvocationMetricData]:
        """The data alone."""
        return [data for _, data in self.told]

    def record(self, operation: str, data: InvocationMetricData) -> None:
        """Keep it."""
        self.told.append((f"on_{operation}", data))


class _Hands:
    """What both manual clocks share: hands that only a test moves.

    Attributes:
        slept: seconds of each ``sleep``, in order.
    """

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self.slept: list[float] = []
        self._now = now
        self._monotonic = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        """Wall clock, seconds since the epoch."""
        return self._now

    def monotonic(self) -> float:
        """Seconds since the clock was made."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let *seconds* pass."""
        with self._lock:
            self._now += seconds
            self._monotonic += seconds

    def jump(self, seconds: float) -> None:
        """Correct the wall clock by *seconds*; no time passes."""
        self._now += seconds

    def _note_sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(max(seconds, 0.0))


class ManualClock(_Hands):
    """A `Clock` that stands still until it is moved; ``sleep`` moves it and returns at once."""

    def sleep(self, seconds: float) -> None:
        """Let *seconds* pass, at once."""
        self._note_sleep(seconds)


class AsyncManualClock(_Hands):
    """An `AsyncClock` that stands still until it is moved; ``sleep`` moves it and returns at once."""

    async def sleep(self, seconds: float) -> None:
        """Let *seconds* pass, at once."""
        self._note_sleep(seconds)
