"""The Celery worker of the examples, killed while a function runs: the next one reports the task and runs nothing."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.redis_server import need_redis, redis_server

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

pytestmark = [pytest.mark.external, pytest.mark.timeout(180)]

ROOT: Final = Path(__file__).parents[2]
COMMAND: Final = (sys.executable, "-m", "celery", "-A", "tasks", "worker", "--pool", "solo", "--loglevel", "ERROR")


@contextmanager
def worker(environ: Mapping[str, str]) -> Generator[subprocess.Popen[bytes]]:
    """A worker in a process of its own."""
    started = subprocess.Popen(COMMAND, cwd=ROOT / "examples" / "worker", env=environ, stdout=subprocess.DEVNULL)
    try:
        yield started
    finally:
        started.kill()
        started.wait()


def wait_until(is_so: Callable[[], object], running: subprocess.Popen[bytes]) -> None:
    while not is_so():
        assert running.poll() is None, "the worker ended"
        time.sleep(0.02)


def test_the_task_of_a_worker_that_died_is_reported_and_not_run_again(tmp_path: Path) -> None:
    need_redis()
    platform, is_running, released = FakePlatform(), threading.Event(), threading.Event()

    @platform.function("slow")
    def slow(given: Any) -> Any:
        is_running.set()
        released.wait()
        return given.payload

    with redis_server(tmp_path) as (url, _), Emulator(platform) as emulator:
        brokers = {"CELERY_BROKER_URL": url, "CELERY_RESULT_BACKEND": url, "PYTHONPATH": str(ROOT)}
        environ = {**os.environ, **emulator.environment(), **brokers}
        app: Any = import_module("celery").Celery(broker=url, backend=url)
        with app:
            task = app.send_task("tasks.invoke", [slow.uuid, {"order": 1}])
            with worker(environ) as first:
                wait_until(is_running.is_set, first)
            released.set()
            requeue(app)
            with worker(environ) as second:
                wait_until(task.ready, second)
            state, result = task.state, task.result

    assert state == "FAILURE", "it ran again"
    (record,) = result.args
    assert (record["error"], record["delivered"]) == ("FaaSRequestError", "unknown")
    assert len(platform.requests.invocations) == 1


def requeue(app: Any) -> None:
    """Put the tasks of dead workers into the queue again, as Celery does when `visibility_timeout` is over."""
    app.conf.broker_transport_options = {"visibility_timeout": 0}
    with app.connection_for_write() as connection:
        qos = connection.default_channel.qos
        assert qos.channel.client.hlen("unacked") == 1
        qos.restore_visible()
        assert qos.channel.client.llen("celery") == 1
