"""The upkeep of a shared value, where order matters: who comes just before, and just after, a flight lands."""

from __future__ import annotations

import asyncio
import logging
import math
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.adapters.aio.single_flight import TasksSingleFlight
from lpfunctions.adapters.caching.refreshable import CachedValue, RefreshableValue
from lpfunctions.adapters.memory import AsyncManualClock
from lpfunctions.adapters.telemetry.isolation import IsolatedTelemetry
from lpfunctions.adapters.telemetry.logger import logger_for
from lpfunctions.adapters.telemetry.logs import LogsObserver
from lpfunctions.core.errors import CSDSFailure, FaaSError, FaaSTimeoutError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine


class Source:
    """Gives 1, 2, 3, …, or fails while it is told to; each value is fresh for 10 s and of use for 100 s."""

    def __init__(self, clock: AsyncManualClock) -> None:
        self.asked = 0
        self.failure: Exception | None = None
        self.takes_seconds = 0.0
        self._clock = clock

    async def fetch(self) -> CachedValue[int]:
        self.asked += 1
        await asyncio.sleep(self.takes_seconds)
        if self.failure is not None:
            raise self.failure
        now = self._clock.monotonic()
        return CachedValue(self.asked, now + 10, now + 100, now)


class Grounded:
    """A single flight that nobody may use."""

    async def join(self, work: Callable[[], Coroutine[Any, Any, Any]], *, timeout_seconds: float) -> Any:
        raise AssertionError("joined")

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        raise AssertionError("launched")


class Overtaken:
    """A single flight whose first passenger is held up while another flies, lands and leaves."""

    def __init__(self, clock: AsyncManualClock) -> None:
        self.before_boarding: list[Callable[[], Coroutine[Any, Any, object]]] = []
        self._flight = TasksSingleFlight()

    async def join(self, work: Callable[[], Coroutine[Any, Any, Any]], *, timeout_seconds: float) -> Any:
        if self.before_boarding:
            await self.before_boarding.pop()()
        return await self._flight.join(work, timeout_seconds=timeout_seconds)

    def launch(self, work: Callable[[], Coroutine[Any, Any, object]]) -> None:
        self._flight.launch(work)


@pytest.fixture
def clock() -> AsyncManualClock:
    return AsyncManualClock()


@pytest.fixture
def source(clock: AsyncManualClock) -> Source:
    return Source(clock)


def refreshing(source: Source, clock: AsyncManualClock, flight: Any = None) -> RefreshableValue[int]:
    telemetry = IsolatedTelemetry([LogsObserver(logger_for(None))], clock.monotonic)
    return RefreshableValue(
        source.fetch, flight=flight or TasksSingleFlight(), clock=clock, telemetry=telemetry, phase="token"
    )


async def landed() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_fresh_value_is_given_without_a_flight_or_a_lock(source: Source, clock: AsyncManualClock) -> None:
    values = refreshing(source, clock, Grounded())
    values.kept = CachedValue(7, 10, 100, 0)
    assert [await values.get(0.0) for _ in range(3)] == [7, 7, 7]


async def test_who_boards_just_after_a_flight_has_landed_fetches_nothing(
    source: Source, clock: AsyncManualClock
) -> None:
    flight = Overtaken(clock)
    values = refreshing(source, clock, flight)
    flight.before_boarding.append(lambda: values.get(1.0))
    assert await values.get(1.0) == 1
    assert source.asked == 1


async def test_who_boards_just_after_a_flight_has_failed_fetches_nothing(
    source: Source, clock: AsyncManualClock
) -> None:
    source.failure = CSDSFailure("down")
    flight = Overtaken(clock)
    values = refreshing(source, clock, flight)

    async def fail() -> None:
        with pytest.raises(CSDSFailure, match="down"):
            await values.get(1.0)

    flight.before_boarding.append(fail)
    await fail()
    assert source.asked == 1


async def test_each_waiter_gets_an_error_of_his_own(source: Source, clock: AsyncManualClock) -> None:
    source.failure = CSDSFailure("down", status=500, retryable=True)
    source.failure.__cause__ = FaaSError("why")
    values = refreshing(source, clock)
    failures = await asyncio.gather(*(values.get(1.0) for _ in range(5)), return_exceptions=True)
    assert len({id(failure) for failure in failures}) == 5
    for failure in failures:
        assert isinstance(failure, CSDSFailure)
        assert (str(failure), failure.status, failure.retryable, str(failure.__cause__)) == ("down", 500, True, "why")
        assert failure.__context__ is None


async def test_a_failure_that_is_remembered_keeps_no_frame_alive(source: Source, clock: AsyncManualClock) -> None:
    source.failure = CSDSFailure("down")
    values = refreshing(source, clock)
    with pytest.raises(CSDSFailure):
        await values.get(1.0)
    assert values.record.failure is not None
    assert values.record.failure.__traceback__ is None


async def test_a_value_that_was_invalidated_is_used_by_nobody_and_fetched_once(
    source: Source, clock: AsyncManualClock
) -> None:
    values = refreshing(source, clock)
    assert await values.get(1.0) == 1
    assert values.kept is not None
    values.kept.invalidate()
    values.kept.invalidate()
    assert await asyncio.gather(*(values.get(1.0) for _ in range(5))) == [2] * 5
    assert source.asked == 2


async def test_who_waits_too_long_is_told_what_for(source: Source, clock: AsyncManualClock) -> None:
    source.takes_seconds = 0.05
    values = refreshing(source, clock)
    with pytest.raises(FaaSTimeoutError, match="waiting for token") as late:
        await values.get(0.01)
    assert (late.value.phase, late.value.delivered) == ("token", "no")
    assert await values.get(1.0) == 1
    assert source.asked == 1


async def test_a_failure_of_the_users_code_backs_off_a_refresh_too(source: Source, clock: AsyncManualClock) -> None:
    values = refreshing(source, clock)
    await values.get(1.0)
    source.failure = ZeroDivisionError("a bug in a transport of the user's")
    clock.advance(20)
    for _ in range(10):
        assert await values.get(1.0) == 1
        await landed()
    assert source.asked == 2
    clock.advance(100)
    with pytest.raises(ZeroDivisionError):
        await values.get(1.0)


async def test_an_outage_that_harms_nobody_is_one_line_that_says_what_goes_on(
    source: Source, clock: AsyncManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    values = refreshing(source, clock)
    await values.get(1.0)
    source.failure = CSDSFailure("down")
    clock.advance(10)
    with caplog.at_level(logging.DEBUG, "lpfunctions"):
        for _ in range(40):
            await values.get(1.0)
            await landed()
            clock.advance(1)
    assert [record.levelname for record in caplog.records] == ["INFO"] + ["DEBUG"] * 5
    assert "token could not be refreshed; the old one serves" in caplog.text
    assert {record.cause for record in caplog.records} == {"down"}  # type: ignore[attr-defined]  # a field of ours


async def outage(values: RefreshableValue[int], clock: AsyncManualClock, seconds: float) -> None:
    """Ask once a second, and put up with what cannot be had."""
    for _ in range(int(seconds)):
        with suppress(CSDSFailure):
            await values.get(1.0)
        await landed()
        clock.advance(1)


def lines(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """The lines above DEBUG."""
    told = [record for record in caplog.records if record.levelno > logging.DEBUG]
    return [(record.levelname, record.getMessage()) for record in told]


SERVES = "token could not be refreshed; the old one serves"


async def test_each_stage_of_an_outage_is_one_line_and_its_end_says_how_long_no_call_could_succeed(
    source: Source, clock: AsyncManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    values = refreshing(source, clock)
    await values.get(1.0)
    source.failure = CSDSFailure("down")
    with caplog.at_level(logging.DEBUG, "lpfunctions"):
        await outage(values, clock, 200)
        source.failure = None
        await outage(values, clock, 2)
    stages = [record for record in caplog.records if record.levelno > logging.DEBUG]
    assert lines(caplog) == [
        ("INFO", SERVES),
        ("WARNING", SERVES),
        ("ERROR", "could not obtain a token; no call can succeed"),
        ("INFO", "token has recovered; calls can succeed again"),
    ]
    first, half, _, end = (vars(stage) for stage in stages)
    assert first["serves_for_seconds"] == 90
    # The value serves for 90 s after its refresh was due. It is asked for at least every 30 s.
    assert 15 < half["serves_for_seconds"] <= 45
    assert end["lasted_seconds"] == 100, "since the end of the old value"
    assert end["failures_in_a_row"] > 4


async def test_an_outage_without_an_old_value_is_an_error_at_once_and_once(
    source: Source, clock: AsyncManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    values = refreshing(source, clock)
    source.failure = CSDSFailure("down")
    with caplog.at_level(logging.INFO, "lpfunctions"):
        await outage(values, clock, 30)
        source.failure = None
        await outage(values, clock, 5)
    assert [level for level, _ in lines(caplog)] == ["ERROR", "INFO"]
    assert vars(caplog.records[1])["lasted_seconds"] == 30


async def test_a_short_trouble_that_nobody_noticed_is_told_at_info_and_so_is_its_end(
    source: Source, clock: AsyncManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    values = refreshing(source, clock)
    await values.get(1.0)
    clock.advance(10)
    source.failure = CSDSFailure("down")
    with caplog.at_level(logging.INFO, "lpfunctions"):
        await outage(values, clock, 1)
        source.failure = None
        await outage(values, clock, 2)
    assert lines(caplog) == [("INFO", SERVES), ("INFO", "token has recovered")]
    assert vars(caplog.records[1])["lasted_seconds"] == 1


async def test_a_value_that_was_invalidated_and_cannot_be_replaced_is_an_error_from_then_on(
    source: Source, clock: AsyncManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    values = refreshing(source, clock)
    await values.get(1.0)
    clock.advance(5)
    assert values.kept is not None
    values.kept.invalidate()
    source.failure = CSDSFailure("down")
    with caplog.at_level(logging.INFO, "lpfunctions"):
        await outage(values, clock, 7)
        source.failure = None
        await outage(values, clock, 1)
    assert [level for level, _ in lines(caplog)] == ["ERROR", "INFO"]
    assert vars(caplog.records[1])["lasted_seconds"] == 7


@pytest.mark.parametrize(
    ("expires_at", "now", "impact"),
    [
        (100.0, 10.0, "none"),
        (100.0, 54.9, "none"),
        (100.0, 55.0, "soon"),
        (100.0, 99.9, "soon"),
        (100.0, 100.0, "now"),
        (math.inf, 19.9, "none"),
        (math.inf, 20.0, "soon"),
        (math.inf, 1e9, "soon"),
    ],
)
def test_half_of_the_time_for_which_an_old_value_serves_is_when_it_becomes_serious(
    expires_at: float, now: float, impact: str
) -> None:
    assert CachedValue(1, 10.0, expires_at, 0.0).impact_at(now) == impact
