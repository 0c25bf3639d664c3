"""A Dask cluster of its own for tests: processes of this machine; and what the tests ask of Dask, untyped as it is."""

from __future__ import annotations

import os
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from dask.bag import Bag


def bag_of(records: int, partitions: int) -> Bag:
    """Payloads ``{"n": 0}``, ``{"n": 1}``, … in *partitions*."""
    bag: Any = import_module("dask.bag")
    made: Bag = bag.range(records, npartitions=partitions).map(numbered)
    return made


def numbered(number: int) -> dict[str, int]:
    return {"n": number}


@contextmanager
def cluster(workers: int) -> Generator[Any]:
    """Start *workers* processes with one thread each; yield a client of theirs, which computes from now on."""
    distributed: Any = import_module("distributed")
    started = distributed.LocalCluster(n_workers=workers, threads_per_worker=1, processes=True, dashboard_address=None)
    with started, distributed.Client(started) as client:
        yield client


def process_ids(client: Any) -> list[int]:
    """The process of each worker."""
    return list(client.run(os.getpid).values())


def read_parquet(folder: Path) -> list[dict[str, Any]]:
    """The rows of the files in *folder*, in the order of their partitions."""
    parquet: Any = import_module("pyarrow.parquet")
    # Dask numbers the files: part.0.parquet, part.1.parquet, …
    files = sorted(folder.glob("*.parquet"), key=lambda file: int(file.name.split(".")[1]))
    return [row for file in files for row in parquet.read_table(file).to_pylist()]
