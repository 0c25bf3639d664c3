"""The cases of `make bench-micro`, a program of pyperf: python -m benchmarks.cases [options of pyperf].

pyperf gives each case processes of its own, so what a case needs is made when it runs. Such a process times the
calibration loop first: the speed of the machine at that moment falls out of the ratio.
"""

from __future__ import annotations

import asyncio
import statistics
from functools import partial
from importlib import import_module
from itertools import repeat
from time import perf_counter
from typing import TYPE_CHECKING, Any, Final

from benchmarks import warm
from benchmarks.contenders import CREDENTIALS, UUID
from benchmarks.names import CACHED_ASYNC, CACHED_SYNC, CALIBRATION, INVOKE_ASYNC, INVOKE_SYNC, UNOBSERVED
from lpfunctions import HttpRequest, RetryPolicy
from lpfunctions.adapters.memory import AsyncMemoryTransport
from lpfunctions.core.config import ClientConfig
from lpfunctions.core.platform.error_codes import is_retryable
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.requests.calls import Invocation
from lpfunctions.core.requests.endpoints import Targets
from lpfunctions.core.retries.policy import delivered_by_response, is_transient_response, may_run_again
from lpfunctions.wiring import aio
from lpfunctions.wiring.options import sort

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PROCESSES, VALUES, LEAST_SECONDS = 6, 3, 0.05

# Status, code, whether the answer has a Retry-After: one for each fate that an answer can have.
ANSWERS = (
    (200, None, False),
    (901, "com.customer.faas.function.threw-error", False),
    (400, "com.liveperson.faas.es.badinput", False),
    (429, None, True),
    (503, "com.liveperson.faas.es.unavailable", True),
    (500, "com.liveperson.faas.evg.general", False),
)


def calibration() -> None:
    """About 1 µs of plain Python: a dictionary, a string, a call."""
    found: dict[str, int] = {}
    for number in range(10):
        found[str(number)] = number
    "".join(found)


def timed(call: Callable[[], object], loops: int) -> float:
    """Seconds that *loops* calls take."""
    started = perf_counter()
    for _ in repeat(None, loops):
        call()
    return perf_counter() - started


async def timed_awaiting(call: Callable[[], Awaitable[object]], loops: int) -> float:
    """Seconds that *loops* calls take, one awaited after the other; one more goes before, to warm up."""
    await call()
    started = perf_counter()
    for _ in repeat(None, loops):
        await call()
    return perf_counter() - started


def blocking(question: Callable[[Any], Callable[[], Any]], loops: int, *, is_observed: bool = True) -> float:
    """A call of the sync client."""
    with warm.client() as client:
        call = question(client if is_observed else warm.unobserved(client))
        call()
        return timed(call, loops)


def awaiting(question: Callable[[Any], Callable[[], Any]], loops: int) -> float:
    """A call of the async client."""

    async def run() -> float:
        async with warm.async_client() as client:
            return await timed_awaiting(question(client), loops)

    return asyncio.run(run())


def authorising(loops: int) -> float:
    """What every attempt asks of client credentials, the token being there."""

    async def run() -> float:
        transport = AsyncMemoryTransport(warm.handle)
        state, owned = aio.build(*sort(warm.ACCOUNT, {"transport": transport}))
        request = HttpRequest("POST", f"https://{warm.HOST}/")
        seconds = await timed_awaiting(partial(state.strategy(CREDENTIALS).authorize, request), loops)
        await owned.aclose()
        return seconds

    return asyncio.run(run())


def addressing(loops: int) -> float:
    """The URL and the headers of an invocation, of a function called before."""
    targets = Targets(ClientConfig(account_id=warm.ACCOUNT))
    call = Invocation(lambda_uuid=UUID, skill_id="7")

    def build() -> HttpRequest:
        return targets.invocation(call).request(warm.HOST, PlatformVersion.V2, "rid", b"{}", 1.0)

    return timed(build, loops)


def classifying(loops: int) -> float:
    """One answer, from its status and code: may the function have run, may it be repeated, is later better?"""
    policy = RetryPolicy()

    def classify() -> None:
        for status, code, has_retry_after in ANSWERS:
            delivered = delivered_by_response(status, code, has_retry_after=has_retry_after)
            if is_transient_response(status, delivered):
                may_run_again(policy, delivered, idempotent=False)
            is_retryable(status, code)

    return timed(classify, loops) / len(ANSWERS)


# Those that are compared with each other stand side by side: they are timed one after the other.
CASES: Final[dict[str, Callable[[int], float]]] = {
    CALIBRATION: partial(timed, calibration),
    INVOKE_ASYNC: partial(awaiting, warm.invoking),
    INVOKE_SYNC: partial(blocking, warm.invoking),
    UNOBSERVED: partial(blocking, warm.invoking, is_observed=False),
    CACHED_SYNC: partial(blocking, warm.asking),
    CACHED_ASYNC: partial(awaiting, warm.asking),
    "authorize with a valid token": authorising,
    "building URL and headers": addressing,
    "classifying an answer": classifying,
}


def calibrated() -> dict[str, float]:
    """Seconds of the calibration loop, for pyperf to keep beside what this process measures."""
    return {CALIBRATION: statistics.median(timed(calibration, 10_000) / 10_000 for _ in range(7))}


def main() -> None:
    """Be what pyperf wants: the one that starts processes, or such a process with one case to time."""
    pyperf: Any = import_module("pyperf")  # has no types
    runner = pyperf.Runner(
        values=VALUES, processes=PROCESSES, min_time=LEAST_SECONDS, program_args=("-m", "benchmarks.cases")
    )
    mine = runner.parse_args().worker_task
    for number, (name, case) in enumerate(CASES.items()):
        runner.bench_time_func(name, case, metadata=calibrated() if number == mine else {})


if __name__ == "__main__":
    main()
