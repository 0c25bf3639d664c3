"""A Celery worker that invokes functions, none of them twice; its failures travel as JSON.

pip install lpfunctions celery

The environment has what `Client.from_env` reads, and ``CELERY_BROKER_URL``. Start it with ``celery -A tasks worker``.
"""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from celery import Celery, Task

from lpfunctions import Client, FaaSError, FaaSRequestError

app = Celery("tasks", broker=os.environ.get("CELERY_BROKER_URL"), backend=os.environ.get("CELERY_RESULT_BACKEND"))
app.conf.update(
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    # The broker keeps a task until it has ended, and gives that of a worker that died to another one, which reports it.
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
)


class InvocationFailed(Exception):  # noqa: N818 (named as the state of the task is)
    """A task failed. Its one argument is the record of the error, plain JSON, as Celery's serializer needs it."""

    @property
    def error(self) -> FaaSError:
        """The error again, with ``delivered``, ``error_code``, ``request_id`` and the rest."""
        return FaaSError.from_dict(self.args[0])


@cache
def client() -> Client:
    """Return the client of this process, which keeps connections and a token from task to task."""
    return Client.from_env()


@app.task(bind=True, max_retries=5, throws=(InvocationFailed,))
def invoke(self: Task, uuid: str, payload: Any) -> Any:
    """Run a function, and return what it returned.

    A task is tried again only when the function cannot have run; otherwise somebody has to look. So it is with a task
    that another worker had when it died.
    """
    if self.request.delivery_info.get("redelivered"):
        lost = FaaSRequestError("the worker that had this task died; the function may have run", delivered="unknown")
        raise InvocationFailed(lost.as_dict())
    try:
        return client().invoke(lambda_uuid=uuid, payload=payload, fail_on_error_status_code=True).body
    except FaaSError as error:
        failed = InvocationFailed(error.as_dict())
        if error.retryable and error.delivered == "no":
            pause_seconds = error.retry_after or 2.0**self.request.retries
            raise self.retry(exc=failed, countdown=pause_seconds) from None
        raise failed from None
