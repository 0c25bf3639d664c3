"""Outages in virtual time: what the log says, and what Prometheus' exporter of the SDK shows at each scrape."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.sdk.metrics import MeterProvider
from prometheus_client import CollectorRegistry

from lpfunctions import FaaSError, FaaSTimeoutError, RateLimit
from lpfunctions.core.http.connections import ConnectionCounts
from lpfunctions.testing import FakePlatform
from tests.support.virtual_time import LoopClock, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from lpfunctions import AsyncClient, HttpRequest, HttpResponse

MINUTE: Final = 60.0
HOUR: Final = 3600.0

_EVENT: Final = "conversational_command"

Series = tuple[str, tuple[tuple[str, str], ...]]


class BoundedTransport:
    """A transport in memory that sends so many requests at a time to each host, and tells how many wait."""

    def __init__(self, platform: FakePlatform, most: int) -> None:
        self._platform = platform
        self._most = most
        self._places: dict[str, asyncio.Semaphore] = {}
        self._present: Counter[str] = Counter()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Ask the platform, once there is a place."""
        host = request.host
        places = self._places.setdefault(host, asyncio.Semaphore(self._most))
        self._present[host] += 1
        try:
            async with asyncio.timeout(request.timeout_seconds), places:
                return await self._platform.handle_async(request)
        except TimeoutError:
            raise FaaSTimeoutError("the deadline passed", phase="response", delivered="unknown") from None
        finally:
            self._present[host] -= 1

    async def aclose(self) -> None:
        """There is nothing to close."""

    def connection_counts(self) -> list[ConnectionCounts]:
        """How many requests have a place, and how many wait."""
        return [
            ConnectionCounts("https", host, min(present, self._most), 0, max(present - self._most, 0))
            for host, present in self._present.items()
        ]


class Lines(logging.Handler):
    """Keeps level and message of each line, with the time."""

    def __init__(self, now: Callable[[], float]) -> None:
        super().__init__(logging.INFO)
        self.seen: list[tuple[float, str, str]] = []
        self._now = now

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append((self._now(), record.levelname, record.getMessage()))


@dataclass
class Drill:
    """An outage, and how long to look on.

    Attributes:
        fault: what ``fail_next`` is told; nothing for none.
        begins: when, seconds.
        ends: when.
        looks_on: until when calls go on.
        call_every: seconds between the beginnings of two calls.
        call_every_meanwhile: the same, during the outage; None for no difference.
        scrape_every: seconds between two scrapes.
        at_a_time: requests that the transport sends at a time.
        rate_limit: of the client.
    """

    fault: dict[str, Any]
    begins: float
    ends: float
    looks_on: float
    call_every: float = 5.0
    call_every_meanwhile: float | None = None
    scrape_every: float = 30.0
    at_a_time: int = 8
    rate_limit: RateLimit | None = None
    lines: list[tuple[float, str, str]] = field(default_factory=list[tuple[float, str, str]])
    scrapes: list[dict[Series, float]] = field(default_factory=list[dict[Series, float]])

    def run(self) -> Drill:
        """Let it happen."""
        run(self._happen())
        return self

    async def _happen(self) -> None:
        clock, registry = LoopClock(), CollectorRegistry()
        platform = FakePlatform(clock=clock)
        uuid = platform.function(name="greet", event_id=_EVENT)(_greet).uuid
        reader = PrometheusMetricReader(registry=registry)
        handler, logger = Lines(clock.monotonic), logging.Logger("drill", logging.INFO)  # noqa: LOG001 (its own)
        logger.addHandler(handler)
        client = platform.async_client(
            clock=clock,
            logger=logger,
            meter_provider=MeterProvider([reader], shutdown_on_exit=False),
            transport=BoundedTransport(platform, self.at_a_time),
            rate_limit=self.rate_limit,
        )
        async with client, asyncio.TaskGroup() as tasks:
            tasks.create_task(self._call(client, uuid, tasks))
            tasks.create_task(self._scrape(registry))
            await clock.sleep(self.begins)
            if self.fault:
                platform.fail_next(**self.fault, times=None)
            await clock.sleep(self.ends - self.begins)
            platform.clear_faults()
        self.lines = handler.seen

    async def _call(self, client: AsyncClient, uuid: str, tasks: asyncio.TaskGroup) -> None:
        await client.is_implemented(event_id=_EVENT)
        begun = 0.0
        while begun < self.looks_on:
            tasks.create_task(_call_once(client, uuid))
            is_meanwhile = self.begins <= begun < self.ends
            pause = (is_meanwhile and self.call_every_meanwhile) or self.call_every
            await asyncio.sleep(pause)
            begun += pause

    async def _scrape(self, registry: CollectorRegistry) -> None:
        for _ in range(int(self.looks_on / self.scrape_every) + 1):
            self.scrapes.append(
                {
                    (sample.name, tuple(sorted(sample.labels.items()))): sample.value
                    for family in registry.collect()
                    for sample in family.samples
                }
            )
            await asyncio.sleep(self.scrape_every)

    def series(self, wanted: Iterable[str]) -> dict[Series, list[float | None]]:
        """Values of the series of the *wanted* metrics, scrape by scrape; None where there was none."""
        names = set(wanted)
        every = {series for scrape in self.scrapes for series in scrape if series[0] in names}
        return {series: [scrape.get(series) for scrape in self.scrapes] for series in sorted(every)}

    def told(self) -> list[tuple[float, str, str]]:
        """The lines that are not about one call."""
        return [line for line in self.lines if not line[2].startswith("invoke ")]


async def _greet(_given: Any) -> str:
    return "hello"


async def _call_once(client: AsyncClient, uuid: str) -> None:
    with suppress(FaaSError):
        await client.invoke(lambda_uuid=uuid, timeout=30.0)


def token_endpoint_down() -> Drill:
    """From the first refresh on, past the end of the token's hour."""
    fault = {"kind": "token", "status": 503}
    return Drill(fault, 20 * MINUTE, 80 * MINUTE, 110 * MINUTE)


def discovery_silent() -> Drill:
    """For longer than the day for which hosts serve."""
    fault = {"kind": "discovery", "drop_connection": True, "latency_seconds": 600.0}
    return Drill(fault, HOUR, 26 * HOUR, 27 * HOUR, call_every=120.0, scrape_every=120.0)


def gateway_unavailable() -> Drill:
    """503 for ten minutes, after an hour of good service."""
    fault = {"path_contains": "invoke", "status": 503}
    return Drill(fault, HOUR, HOUR + 10 * MINUTE, 2.5 * HOUR)


def gateway_slow() -> Drill:
    """Every answer takes 20 s, and two requests go at a time."""
    fault = {"path_contains": "invoke", "status": 200, "latency_seconds": 20.0}
    return Drill(fault, 10 * MINUTE, 25 * MINUTE, 45 * MINUTE, at_a_time=2)


def rate_limited() -> Drill:
    """For twenty minutes more calls than the client's own limit lets through, then fewer again."""
    limit = RateLimit(per_second=0.15, burst=1)
    return Drill({}, 10 * MINUTE, 30 * MINUTE, 50 * MINUTE, call_every=10.0, call_every_meanwhile=5.0, rate_limit=limit)
