"""`invoke_partitions`: what is known where the collection is made, checked and put into a graph; nothing is sent."""

from __future__ import annotations

import pickle
import uuid
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from lpfunctions import AsyncClient, FaaSConfigurationError, Invocation
from lpfunctions.contrib.dask.journals import check_folder
from lpfunctions.contrib.dask.partition import Job, PartitionInvoker
from lpfunctions.contrib.dask.rows import empty_outcomes

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from dask.bag import Bag
    from dask.dataframe import DataFrame

    from lpfunctions.core.requests.calls import FunctionReference


def invoke_partitions(
    bag_or_dataframe: Bag | DataFrame,
    *,
    client: AsyncClient | Callable[[], AsyncClient],
    journal_folder: str | os.PathLike[str],
    lambda_uuid: FunctionReference | None = None,
    invocation: Callable[[Any], Invocation] | None = None,
    target: Mapping[str, Any] | None = None,
    concurrency: int = 50,
    resume: bool = False,
    repeat_unknown: bool = False,
    durable: bool = True,
) -> DataFrame:
    """Return the outcomes of invoking a function with every record, as a Dask DataFrame; computing it sends.

    ::

        outcomes = invoke_partitions(
            dask.dataframe.read_parquet("orders"),
            client=AsyncClient.from_env,
            journal_folder="/mnt/shared/orders-2026-11-25",
            lambda_uuid="8b6f…",
        )
        outcomes.to_parquet("outcomes")

    An item of a bag is a payload, and so is a row of a DataFrame, as an object of its columns; what is missing in a row
    is ``null``. A record is noted in the journal of its partition before its request leaves. When a worker dies, Dask
    computes its partitions again elsewhere: what is done is read from the journal, what was never started is sent, and
    what was started without an outcome may have run, is reported as ``unknown`` and not sent again.

    The outcomes have a partition for each of the input and a row for each record, in its order: ``partition``,
    ``index`` within it, ``kind``, ``delivered`` and ``seconds`` as in a bulk run, ``status``, ``request_id``, and
    ``body`` and ``error`` as JSON. The rows of a DataFrame keep its index.

    Args:
        bag_or_dataframe: the payloads. Computed twice, a partition must have the same records in the same order.
        client: sends. It is pickled by its configuration, credentials included; a function that makes one, such as
            ``AsyncClient.from_env``, is called in each worker process, and no secret passes through the scheduler.
        journal_folder: a folder that every worker sees under this name, whose file system has ``flock``. Made when it
            does not exist.
        lambda_uuid: the function; exactly one of this and *invocation*.
        invocation: makes the call of a payload, for anything else.
        target: with *invocation*: what the calls are, as plain JSON. A run is not resumed with another.
        concurrency: how many calls of one partition are under way at once. A worker computes as many partitions at once
            as it has threads.
        resume: *journal_folder* has the journals of an earlier run, which goes on where it stopped.
        repeat_unknown: send those again that may have run, whenever the outcomes are computed.
        durable: let no request leave before the disk has its line of the journal, which matters when a machine is lost
            and not its process alone.

    Raises:
        FaaSConfigurationError: an argument cannot work, or there are journals already.
    """
    collection: Any = bag_or_dataframe
    if not hasattr(collection, "to_delayed"):
        raise FaaSConfigurationError(
            f"invoke_partitions takes a dask.bag.Bag or a dask.dataframe.DataFrame, not a {type(collection).__name__}"
        )
    if (lambda_uuid is None) == (invocation is None):
        raise FaaSConfigurationError("pass exactly one of lambda_uuid and invocation")
    function = Invocation(lambda_uuid=lambda_uuid).lambda_uuid  # as text
    _check_concurrency(concurrency)
    folder = Path(journal_folder)
    check_folder(folder, resume=resume)
    job = Job(
        run_id=uuid.uuid4().hex,
        client=_portable(client),
        folder=folder,
        function=cast("str | None", function),
        invocation=invocation,
        target=dict(target or {"function": function}),
        concurrency=concurrency,
        repeat_unknown=repeat_unknown,
        durable=durable,
    )
    return _outcomes(collection, job)


def _outcomes(collection: Any, job: Job) -> DataFrame:
    delayed: Any = import_module("dask.delayed").delayed
    dataframe: Any = import_module("dask.dataframe")
    partitions = collection.to_delayed()
    invoke = delayed(PartitionInvoker(job, len(partitions)), pure=False)
    parts = [
        invoke(payloads, number, dask_key_name=f"invoke-{job.run_id}-{number}")
        for number, payloads in enumerate(partitions)
    ]
    outcomes: DataFrame = dataframe.from_delayed(parts, meta=empty_outcomes(collection), verify_meta=False)
    return outcomes


def _portable(client: object) -> bytes | Callable[[], AsyncClient]:
    """*client* as its configuration, which is what a copy in a worker process is made of; a function stays one."""
    if isinstance(client, AsyncClient):
        return pickle.dumps(client)
    if callable(client):
        return cast("Callable[[], AsyncClient]", client)
    raise FaaSConfigurationError(
        "client must be an AsyncClient, or a function that makes one, such as AsyncClient.from_env; "
        f"not a {type(client).__name__}"
    )


def _check_concurrency(concurrency: object) -> None:
    if isinstance(concurrency, bool) or not isinstance(concurrency, int) or concurrency < 1:
        raise FaaSConfigurationError(f"concurrency must be a positive integer, not {concurrency!r}")
