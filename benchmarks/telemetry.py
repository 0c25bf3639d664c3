"""What telemetry costs a warm call: none, the OpenTelemetry API alone, and the SDK with exporters in memory.

    python -m benchmarks.telemetry [--rounds 41] [--calls 2000]

The variants take turns, round by round, so that a busy machine slows all of them; medians over the rounds, and the
median of the differences within a round, in microseconds of CPU per call.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
from functools import partial
from time import thread_time
from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from benchmarks.by_hand import ByHand
from benchmarks.warm import unobserved
from lpfunctions import AsyncClient, BearerToken, Client, HttpRequest, HttpResponse, StaticDomainResolver
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

HOSTS = {"faasGW": "va.faasgw.liveperson.net", "faasUI": "va.faasui.liveperson.net"}
ANSWER = HttpResponse(200, "OK", {"content-type": "application/json"}, b'{"ok":true}')
IMPLEMENTED = HttpResponse(200, "OK", {"content-type": "application/json"}, b'{"implemented":true}')


class InMemorySdk:
    """Providers whose exporters keep everything until it is cleared."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        self.tracer_provider = TracerProvider()
        self.tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        self.reader = InMemoryMetricReader()
        self.meter_provider = MeterProvider([self.reader])

    def options(self) -> dict[str, Any]:
        """What a client needs to report here."""
        return {"tracer_provider": self.tracer_provider, "meter_provider": self.meter_provider}


def handle(request: HttpRequest) -> HttpResponse:
    """Answer at once."""
    return IMPLEMENTED if request.method == "GET" else ANSWER


def make(cls: type[Client | AsyncClient], transport: Any, **options: Any) -> Any:
    """Make a client that neither discovers nor fetches a token."""
    return cls(
        account_id="12345678",
        auth_strategy=BearerToken("token"),
        domain_resolver=StaticDomainResolver(HOSTS),
        transport=transport,
        **options,
    )


def clients(cls: type[Client | AsyncClient], transport: Any, sdk: InMemorySdk) -> dict[str, Any]:
    """Make one client a variant."""
    bare = unobserved(make(cls, transport))
    return {"none": bare, "API only": make(cls, transport), "SDK": make(cls, transport, **sdk.options())}


def sync_round(call: Callable[[], object], calls: int) -> float:
    """Microseconds of CPU per call."""
    started = thread_time()
    for _ in range(calls):
        call()
    return (thread_time() - started) / calls * 1e6


async def async_round(call: Callable[[], Any], calls: int) -> float:
    """Microseconds of CPU per call."""
    started = thread_time()
    for _ in range(calls):
        await call()
    return (thread_time() - started) / calls * 1e6


def run_round(runner: asyncio.Runner, call: Callable[[], Any], calls: int) -> float:
    """Microseconds of CPU per call."""
    return runner.run(async_round(call, calls))


def report(title: str, taken: dict[str, list[float]]) -> None:
    """Print the medians."""
    print(title)
    for variant, times in taken.items():
        extra = statistics.median(time - bare for time, bare in zip(times, taken["none"], strict=True))
        print(f"  {variant:9} {statistics.median(times):7.2f} µs   telemetry {extra:+7.2f} µs")


def compare(
    title: str, calls: Mapping[str, Callable[[int], float]], rounds: int, number: int, sdk: InMemorySdk
) -> None:
    """Let the variants take turns."""
    taken: dict[str, list[float]] = {variant: [] for variant in calls}
    for _ in range(rounds):
        for variant, run in calls.items():
            gc.collect()
            gc.disable()
            taken[variant].append(run(number))
            gc.enable()
            sdk.exporter.clear()
    report(title, taken)


def main() -> None:
    """Compare them for invoke and for a remembered is_implemented, in both modes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rounds", type=int, default=41)
    parser.add_argument("--calls", type=int, default=2000)
    args = parser.parse_args()
    sdk = InMemorySdk()
    questions: dict[str, dict[str, Any]] = {
        "invoke": {"lambda_uuid": "8b6f2c1e", "payload": {"name": "Ada"}},
        "is_implemented": {"event_id": "conversational_command"},
    }
    for method, arguments in questions.items():
        blocking = {
            variant: partial(sync_round, partial(getattr(client, method), **arguments))
            for variant, client in clients(Client, MemoryTransport(handle), sdk).items()
        }
        if method == "invoke":
            bare = clients(Client, MemoryTransport(handle), sdk)["none"]
            by_hand = ByHand(bare, sdk.tracer_provider, sdk.meter_provider)
            blocking["by hand"] = partial(sync_round, partial(by_hand.invoke, **arguments))
        compare(f"{method}, blocking", blocking, args.rounds, args.calls, sdk)
        with asyncio.Runner() as runner:
            awaiting = {
                variant: partial(run_round, runner, partial(getattr(client, method), **arguments))
                for variant, client in clients(AsyncClient, AsyncMemoryTransport(handle), sdk).items()
            }
            compare(f"{method}, awaiting", awaiting, args.rounds, args.calls, sdk)


if __name__ == "__main__":
    main()
