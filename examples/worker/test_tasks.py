"""A worker runs tasks, and their failures arrive as JSON. Run it with: pytest examples/worker (needs celery)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from celery.contrib.testing.worker import start_worker
from tasks import InvocationFailed, app, client, invoke

from lpfunctions import FaaSLambdaError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing import Emulator, FakePlatform

LONGEST_SECONDS = 30


@pytest.fixture(autouse=True)
def _worker(lp_emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A worker in a thread of this process, with its queue and its results in memory."""
    for name, value in lp_emulator.environment().items():
        monkeypatch.setenv(name, value)
    app.conf.update(broker_url="memory://", result_backend="cache+memory://")
    with start_worker(app, pool="solo", perform_ping_check=False):
        yield
    client().close()
    client.cache_clear()


def test_a_task_returns_what_the_function_returned(lp_platform: FakePlatform) -> None:
    greet = lp_platform.function(name="greet")(lambda given: {"hello": given.payload["name"]})

    assert invoke.delay(greet.uuid, {"name": "Ada"}).get(timeout=LONGEST_SECONDS) == {"hello": "Ada"}


def test_a_failure_arrives_with_all_that_a_handler_asks_for(lp_platform: FakePlatform) -> None:
    def fail(_given: object) -> None:
        raise ValueError("no such order")

    failing = lp_platform.function(name="failing")(fail)

    with pytest.raises(InvocationFailed) as failed:
        invoke.delay(failing.uuid, {}).get(timeout=LONGEST_SECONDS)

    error = failed.value.error
    assert isinstance(error, FaaSLambdaError)
    assert (error.status, error.delivered, error.retryable) == (901, "yes", False)
    (sent,) = [request for request in lp_platform.requests if request.kind == "invoke"]
    assert error.request_id == sent.headers["x-request-id"]
