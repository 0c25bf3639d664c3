"""`make bench-micro`: our own work per call, over a transport in memory, as a ratio to a calibration loop.

The machine's speed falls out of the ratio: the calibration loop does plain Python work and is timed beside each case.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

import jwt

from benchmarks.contenders import CREDENTIALS, PAYLOAD, UUID
from lpfunctions import AsyncClient, Client, HttpRequest, HttpResponse
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport

CALLS, REPETITIONS = 5_000, 15
DOMAINS = {"faasGW": "va.fninvocations.liveperson.net", "sentinel": "va.sentinel.liveperson.net"}
DISCOVERY = HttpResponse(
    200, content=json.dumps({"baseURIs": [{"service": s, "baseURI": h} for s, h in DOMAINS.items()]}).encode()
)
TOKEN = HttpResponse(200, content=json.dumps({"access_token": jwt.encode({"iat": 1, "exp": 3601}, "k" * 32)}).encode())
ANSWER = HttpResponse(200, "OK", {"content-type": "application/json"}, b'{"implemented":true}')


def handle(request: HttpRequest) -> HttpResponse:
    """A platform that does no work."""
    if request.content is not None and b'"payload"' in request.content:
        return ANSWER
    if "baseURI" in request.url:
        return DISCOVERY
    return TOKEN if "/token" in request.url else ANSWER


def calibration() -> None:
    """About 1 µs of plain Python: a dictionary, a string, a call."""
    found = {}
    for number in range(10):
        found[str(number)] = number
    "".join(found)


def seconds(work: Callable[[], object], calls: int) -> float:
    """Time of one call."""
    started = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - started) / calls


def side_by_side(work: Callable[[], float]) -> tuple[float, float]:
    """Median µs of *work*, and median ratio to the calibration loop beside it."""
    times, ratios = [], []
    for _ in range(REPETITIONS):
        unit, took = seconds(calibration, CALLS), work()
        times.append(took * 1e6)
        ratios.append(took / unit)
    return statistics.median(times), statistics.median(ratios)


def main() -> None:
    """Print the table."""
    rows = list(blocking()) + asyncio.run(awaiting())
    rows += [(name, took * 1e3, float("nan")) for name, took in imports()]
    unit = statistics.median(seconds(calibration, CALLS) for _ in range(REPETITIONS)) * 1e6
    sys.stdout.write(f"calibration loop: {unit:.2f} µs\n")
    for name, micros, ratio in rows:
        sys.stdout.write(f"{name:44} {micros:9.2f} µs   {ratio:6.2f} x calibration\n")


def blocking() -> list[tuple[str, float, float]]:
    """The sync client."""
    with Client(account_id="1", auth_strategy=CREDENTIALS, transport=MemoryTransport(handle)) as client:

        def invoke() -> object:
            return client.invoke(lambda_uuid=UUID, payload=PAYLOAD, lp_event_source="bench")

        def cached() -> object:
            return client.is_implemented(event_id="event", lp_event_source="bench")

        invoke(), cached()
        return [
            ("warm invoke, sync", *side_by_side(lambda: seconds(invoke, CALLS))),
            ("cached is_implemented, sync", *side_by_side(lambda: seconds(cached, CALLS))),
        ]


async def awaiting() -> list[tuple[str, float, float]]:
    """The async client."""
    rows: list[tuple[str, float, float]] = []
    async with AsyncClient(account_id="1", auth_strategy=CREDENTIALS, transport=AsyncMemoryTransport(handle)) as client:
        cases = {
            "warm invoke, async": lambda: client.invoke(lambda_uuid=UUID, payload=PAYLOAD, lp_event_source="bench"),
            "cached is_implemented, async": lambda: client.is_implemented(event_id="event", lp_event_source="bench"),
        }
        for name, make in cases.items():
            await make()
            times, ratios = [], []
            for _ in range(REPETITIONS):
                unit, started = seconds(calibration, CALLS), time.perf_counter()
                for _ in range(CALLS):
                    await make()
                took = (time.perf_counter() - started) / CALLS
                times.append(took * 1e6)
                ratios.append(took / unit)
            rows.append((name, statistics.median(times), statistics.median(ratios)))
    return rows


def imports() -> list[tuple[str, float]]:
    """Milliseconds that an import takes over a bare interpreter; medians of processes started one after the other."""
    codes = {
        "import lpfunctions": "import lpfunctions",
        "from lpfunctions import Client": "from lpfunctions import Client",
        "  its libraries alone": "import requests, pydantic, structlog, opentelemetry.trace",
        "from lpfunctions import AsyncClient": "from lpfunctions import AsyncClient",
        "  its libraries alone (aiohttp)": "import aiohttp, pydantic, structlog, opentelemetry.trace",
    }
    bare = _start("pass")
    return [(name + ", over a bare interpreter", (_start(code) - bare)) for name, code in codes.items()]


def _start(code: str) -> float:
    found = []
    for _ in range(9):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        found.append((time.perf_counter() - started) * 1e3)
    return statistics.median(found)


if __name__ == "__main__":
    main()
