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
from typing import TYPE_CHECKING

from benchmarks.server import ACCOUNT, apart
from lpfunctions import AsyncClient, ClientCredentials, Invocation
from lpfunctions.bulk import BulkRun

if TYPE_CHECKING:
    from typing import Any

CONCURRENCY = 50
UUID = "25af73bc-6075-5237-8bd8-725971a1b044"


def client_of(host: str) -> AsyncClient:
    """A client of the server."""
    credentials = ClientCredentials(client_id="id", client_secret="secret")
    options: dict[str, Any] = {"csds_domain": host, "protocol": "http", "platform_version": "v2"}
    return AsyncClient(account_id=ACCOUNT, auth_strategy=credentials, **options)


async def alone(host: str, records: int) -> float:
    """Calls a second of `invoke_many`."""
    async with client_of(host) as client:
        calls = (Invocation(lambda_uuid=UUID, payload={"n": number}) for number in range(records))
        started = time.perf_counter()
        async for outcome in client.invoke_many(calls, concurrency=CONCURRENCY):
            assert outcome.ok, outcome.failure
        return records / (time.perf_counter() - started)


async def in_bulk(host: str, given: Path, output: Path, records: int, **options: Any) -> float:
    """Records a second of a bulk run."""
    async with client_of(host) as client:
        started = time.perf_counter()
        run = BulkRun(client, given, output, lambda_uuid=UUID, concurrency=CONCURRENCY, **options)
        summary = await run.run()
        assert summary.ok, summary.counts
        return records / (time.perf_counter() - started)


def resident_mib() -> float:
    """The largest memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    ratios: dict[str, list[float]] = {"input": [], "completion": [], "durable": []}
    rates: list[float] = []
    with apart() as (host, _), tempfile.TemporaryDirectory() as name:
        given = Path(name, "in.jsonl")
        given.write_text("".join(json.dumps({"n": number}) + "\n" for number in range(asked.records)))
        for turn in range(asked.rounds):
            rates.append(asyncio.run(alone(host, asked.records)))
            for way, options in (
                ("input", {"order": "input"}),
                ("completion", {"order": "completion"}),
                ("durable", {"durable": True}),
            ):
                output = Path(name, f"{way}-{turn}.jsonl")
                ratios[way].append(asyncio.run(in_bulk(host, given, output, asked.records, **options)) / rates[-1])
    print(f"invoke_many alone: {statistics.median(rates):,.0f} calls a second")
    for way, values in ratios.items():
        print(f"bulk run, {way}: {statistics.median(values):.2f} of that ({min(values):.2f} to {max(values):.2f})")
    print(f"largest memory of this process: {resident_mib():.0f} MiB")


if __name__ == "__main__":
    main()
