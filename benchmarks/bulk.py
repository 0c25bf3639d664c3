"""A bulk run beside `AsyncClient.invoke_many` alone, against the same server: python -m benchmarks.bulk.

Both read the same payloads and have 50 calls under way; they take turns. The bulk run also reads its file twice, writes
journal and output, and keeps the order.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.server import ACCOUNT, apart
from lpfunctions import AsyncClient, ClientCredentials, Invocation
from lpfunctions.bulk import BulkRun

CONCURRENCY = 50
WAYS: dict[str, dict[str, Any]] = {
    "input": {"order": "input"},
    "completion": {"order": "completion"},
    "durable": {"durable": True},
}
UUID = "25af73bc-6075-5237-8bd8-725971a1b044"


def client_of(host: str) -> AsyncClient:
    """A client of the server."""
    credentials = ClientCredentials(client_id="id", client_secret="secret")
    options: dict[str, Any] = {"csds_domain": host, "protocol": "http", "platform_version": "v2"}
    return AsyncClient(account_id=ACCOUNT, auth_strategy=credentials, **options)


async def alone(host: str, records: int) -> tuple[float, float]:
    """Calls a second of `invoke_many`, and microseconds of our processor time for each."""
    async with client_of(host) as client:
        calls = (Invocation(lambda_uuid=UUID, payload={"n": number}) for number in range(records))
        started, used = time.perf_counter(), time.process_time()
        async for outcome in client.invoke_many(calls, concurrency=CONCURRENCY):
            assert outcome.ok, outcome.failure
        return _measured(records, started, used)


async def in_bulk(host: str, given: Path, output: Path, records: int, **options: Any) -> tuple[float, float]:
    """The same of a bulk run, the reading and writing of its files included."""
    async with client_of(host) as client:
        started, used = time.perf_counter(), time.process_time()
        run = BulkRun(client, given, output, lambda_uuid=UUID, concurrency=CONCURRENCY, **options)
        summary = await run.run()
        assert summary.ok, summary.counts
        return _measured(records, started, used)


def _measured(records: int, started: float, used: float) -> tuple[float, float]:
    spent = (time.process_time() - used) * 1e6 / records
    return records / (time.perf_counter() - started), spent


def resident_mib() -> float:
    """The largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    measured: dict[str, list[tuple[float, float]]] = {"alone": [], **{way: [] for way in WAYS}}
    with apart() as (host, _), tempfile.TemporaryDirectory() as name:
        given = Path(name, "in.jsonl")
        given.write_text("".join(json.dumps({"n": number}) + "\n" for number in range(asked.records)))
        for turn in range(asked.rounds):
            measured["alone"].append(asyncio.run(alone(host, asked.records)))
            for way, options in WAYS.items():
                output = Path(name, f"{way}-{turn}.jsonl")
                measured[way].append(asyncio.run(in_bulk(host, given, output, asked.records, **options)))
    for way, values in measured.items():
        rates = [rate / base for (rate, _), (base, _) in zip(values, measured["alone"], strict=True)]
        costs = [spent for _, spent in values]
        print(
            f"{way:<12}{statistics.median(rates):>6.2f} of the rate alone, {min(costs):>6.1f} µs of processor a record"
        )
    print(f"alone: {statistics.median(rate for rate, _ in measured['alone']):,.0f} calls a second")
    print(f"largest memory of this process: {resident_mib():.0f} MiB")


if __name__ == "__main__":
    main()
