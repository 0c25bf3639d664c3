"""An Airflow DAG: invoke a function with every record of a file. A task that is tried again runs nothing twice.

pip install lpfunctions apache-airflow

The environment of the workers has what `AsyncClient.from_env` reads. Trigger it with a configuration such as
``{"uuid": "8b6f…", "input": "/mnt/shared/orders.jsonl", "folder": "/mnt/shared/outcomes"}``.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task
from airflow.sdk.exceptions import AirflowFailException

from lpfunctions import AsyncClient
from lpfunctions.bulk import BulkRun, BulkSummary


@task(retries=3, retry_delay=timedelta(minutes=1))
def invoke_file(uuid: str, input_path: str, output_path: str) -> dict[str, Any]:
    """Send what the journal beside *output_path* has not seen, and return how many records are of which kind.

    Airflow tries a task again whose process died. That try goes on where the journal ends: what may have run is listed
    as ``unknown`` and not sent again.

    Raises:
        AirflowFailException: there are records that are not ok; another try would not change that.
    """
    summary = asyncio.run(_run(uuid, input_path, output_path))
    if not summary.ok:
        raise AirflowFailException(f"not all records are ok: {summary.counts}; see {output_path}")
    return {"total": summary.total, "sent": summary.sent}


async def _run(uuid: str, input_path: str, output_path: str) -> BulkSummary:
    async with AsyncClient.from_env() as client:
        return await BulkRun(client, input_path, output_path, lambda_uuid=uuid, resume=True).run()


@dag(
    schedule=None,
    params={name: Param(type="string") for name in ("uuid", "input", "folder")},
)
def lpfunctions_invoke_file() -> None:
    """Each run of the DAG writes a file of its own; all tries of a task have the same ``run_id``."""
    invoke_file("{{ params.uuid }}", "{{ params.input }}", "{{ params.folder }}/{{ run_id | replace(':', '-') }}.jsonl")


invoke_file_dag = lpfunctions_invoke_file()
