"""The DAG of the examples in a real Airflow, killed while a function runs and tried again: nothing runs twice."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.external, pytest.mark.timeout(400)]

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = ROOT / "examples" / "airflow"
PYTHON: Final = ROOT / ".venv-airflow" / "bin" / "python"

RUN: Final = """if True:
    import datetime, json, sys
    from invoke_file import invoke_file_dag
    at = datetime.datetime(2026, 11, 25, tzinfo=datetime.timezone.utc)  # names the run: it is the same when tried again
    run = invoke_file_dag.test(run_after=at, logical_date=at, run_conf=json.loads(sys.argv[1]))
    sys.exit({"success": 0, "failed": 1}[run.state])
"""


class Try:
    """One try of the DAG's run, in a process of its own."""

    def __init__(self, home: Path, environ: dict[str, str], conf: dict[str, str]) -> None:
        self.environ = {
            **os.environ,
            **environ,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_FOLDER": str(FOLDER),
            "PYTHONPATH": f"{FOLDER}:{ROOT}",
        }
        self._conf = json.dumps(conf)

    def prepare(self) -> None:
        command = [str(PYTHON), "-m", "airflow", "db", "migrate"]
        subprocess.run(command, env=self.environ, check=True, capture_output=True)

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen([str(PYTHON), "-c", RUN, self._conf], env=self.environ, stdout=subprocess.DEVNULL)


def test_a_task_that_is_tried_again_goes_on_where_it_was_killed(tmp_path: Path) -> None:
    if not PYTHON.exists():
        assert not os.environ.get("CI"), "Airflow is missing: make .venv-airflow/ready"
        pytest.skip("Airflow is missing: make .venv-airflow/ready")
    platform, released = FakePlatform(), threading.Event()
    ran: Counter[int] = Counter()

    @platform.function("echo")
    def echo(given: FunctionInput) -> Any:
        ran[given.payload["n"]] += 1
        if given.payload["n"] == 2:
            released.wait()
        return given.payload

    (tmp_path / "in.jsonl").write_text("".join(f'{{"n": {number}}}\n' for number in range(5)))
    with Emulator(platform) as emulator:
        conf = {"uuid": echo.uuid, "input": str(tmp_path / "in.jsonl"), "folder": str(tmp_path / "outcomes")}
        (tmp_path / "outcomes").mkdir()
        run = Try(tmp_path / "home", emulator.environment(), conf)
        run.prepare()
        killed = run.start()
        while ran.total() < 5 or len(lines_of(tmp_path / "outcomes", "*.journal")) < 1 + 5 + 4:
            assert killed.poll() is None
            time.sleep(0.02)
        killed.kill()
        killed.wait()
        released.set()
        assert run.start().wait() == 1, "a record is unknown"

    outcomes = [json.loads(line) for line in lines_of(tmp_path / "outcomes", "*.jsonl")]
    assert [outcome["kind"] for outcome in outcomes] == ["ok", "ok", "unknown", "ok", "ok"]
    assert ran == Counter(range(5))


def lines_of(folder: Path, pattern: str) -> list[str]:
    return [line for file in folder.glob(pattern) for line in file.read_text().splitlines()]
