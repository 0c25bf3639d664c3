"""A run on a Dask cluster one of whose workers is killed: every record once, or reported as unknown."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.contrib import dask as dask_runs
from lpfunctions.stores import FileStore
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.dask_cluster import bag_of, cluster, process_ids, read_parquet
from tests.support.sizes import FULL, size

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.external, pytest.mark.timeout(3600 if FULL else 180)]

RECORDS = size(100_000, 400)
PARTITIONS = size(50, 8)
CONCURRENCY = size(20, 5)


class Runs:
    """The function at the emulator: counts its runs, and holds those after the first *before_hold* until `release`."""

    def __init__(self, before_hold: int) -> None:
        self.of: Counter[int] = Counter()
        self._before_hold = before_hold
        self._released = False
        self.held: set[int] = set()

    async def __call__(self, given: FunctionInput) -> Any:
        number = given.payload["n"]
        self.of[number] += 1
        if self.of.total() > self._before_hold and not self._released:
            self.held.add(number)
            while not self._released:  # noqa: ASYNC110 (set by another thread)
                await asyncio.sleep(0.005)
        return given.payload

    def release(self) -> None:
        self._released = True


def test_each_record_is_answered_once_or_unknown_when_a_worker_is_killed(tmp_path: Path) -> None:
    platform, runs = FakePlatform(journal_limit=1000), Runs(before_hold=RECORDS // 3)
    function = platform.function(name="count")(runs)
    with Emulator(platform) as emulator, cluster(workers=2) as dask_client:
        outcomes: Any = dask_runs.invoke_partitions(
            bag_of(RECORDS, PARTITIONS),
            client=emulator.async_client(shared_store=FileStore(tmp_path / "store"), timeout=600.0),
            lambda_uuid=function.uuid,
            journal_folder=tmp_path / "journals",
            concurrency=CONCURRENCY,
        )
        computing = threading.Thread(target=outcomes.to_parquet, args=[tmp_path / "outcomes"], daemon=True)
        started = time.monotonic()
        computing.start()
        while len(runs.held) < 2 * CONCURRENCY:
            assert computing.is_alive()
            time.sleep(0.005)
        os.kill(process_ids(dask_client)[0], signal.SIGKILL)
        runs.release()
        computing.join()
        took_seconds = time.monotonic() - started

    rows = read_parquet(tmp_path / "outcomes")
    answered = [json.loads(row["body"])["n"] for row in rows if row["kind"] == "ok"]
    unknown = {number for number, row in enumerate(rows) if row["kind"] == "unknown"}
    assert sorted([*answered, *unknown]) == list(range(RECORDS))
    assert len(unknown) == CONCURRENCY, "those that the killed worker had under way"
    assert unknown < runs.held
    assert [number for number, times in runs.of.items() if times > 1] == [], "run twice"
    assert runs.of.keys() == set(range(RECORDS))
    assert (len(platform.requests.discovery_requests), len(platform.requests.token_requests)) <= (1, 1)
    sys.stdout.write(f"{RECORDS} records, {len(unknown)} unknown, 0 run twice, {took_seconds:.1f} s\n")
