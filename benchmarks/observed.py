"""P9: what telemetry adds to a warm call, beside the same written by hand: python -m benchmarks.observed.

`benchmarks.telemetry` shows more of it; here are the figures alone, as medians of the differences within a round.
"""

from __future__ import annotations

import gc
import statistics
import sys
from functools import partial
from typing import Any, Final

from benchmarks.by_hand import ByHand
from benchmarks.results import Observed
from benchmarks.telemetry import InMemorySdk, clients, handle, sync_round
from lpfunctions import Client
from lpfunctions.adapters.memory import MemoryTransport

ROUNDS, CALLS = 41, 1000
CALL: Final[dict[str, Any]] = {"lambda_uuid": "8b6f2c1e", "payload": {"name": "Ada"}}


def measure(rounds: int = ROUNDS, calls: int = CALLS) -> Observed:
    """Let a client without telemetry, one with the API alone, one with the SDK and the handwork take turns."""
    sdk = InMemorySdk()
    known = clients(Client, MemoryTransport(handle), sdk)
    known["by hand"] = ByHand(known["none"], sdk.tracer_provider, sdk.meter_provider)
    taken: dict[str, list[float]] = {name: [] for name in known}
    for _ in range(rounds):
        for name, client in known.items():
            gc.collect()
            taken[name].append(sync_round(partial(client.invoke, **CALL), calls))
            sdk.exporter.clear()
    bare = taken.pop("none")
    api_only, with_sdk, by_hand = (
        statistics.median(time - without for time, without in zip(times, bare, strict=True)) for times in taken.values()
    )
    return Observed(api_only, with_sdk, by_hand)


if __name__ == "__main__":
    sys.stdout.write(f"{measure()}\n")
