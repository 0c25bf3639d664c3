"""`invoke_partitions` on Dask's schedulers of this process; tests/contract/test_dask_killed.py has a cluster."""

from __future__ import annotations

import json
import signal
import threading
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import AsyncClient, FaaSConfigurationError, Invocation
from lpfunctions.contrib import dask as dask_runs
from lpfunctions.testing import Emulator, FakePlatform
from tests.support.dask_cluster import bag_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.sockets, pytest.mark.xdist_group("dask")]  # one process imports Dask


@pytest.fixture
def platform() -> FakePlatform:
    return FakePlatform()


@pytest.fixture
def emulator(platform: FakePlatform) -> Iterator[Emulator]:
    with Emulator(platform) as emulator:
        yield emulator


class Run:
    """A run over *records*: a function that fails for ``{"n": 3}``, and its arguments."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.platform = emulator.platform
        self.function = self.platform.function("echo")(fail_for_three)
        self.arguments: dict[str, Any] = {
            "client": emulator.async_client(),
            "lambda_uuid": self.function.uuid,
            "journal_folder": folder / "journals",
            "durable": False,
        }

    def outcomes(self, records: Any, **changed: Any) -> Any:
        return dask_runs.invoke_partitions(records, **self.arguments | changed)

    def rows(self, records: Any, **changed: Any) -> list[dict[str, Any]]:
        return rows_of(self.outcomes(records, **changed))

    @property
    def payloads(self) -> list[Any]:
        """What was sent."""
        return [request.json()["payload"] for request in self.platform.requests if request.kind == "invoke"]


def fail_for_three(given: FunctionInput) -> Any:
    if given.payload == {"n": 3}:
        raise ValueError("three")
    return given.payload


def rows_of(outcomes: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = outcomes.compute(scheduler="synchronous").to_dict("records")
    return rows


@pytest.fixture
def run(emulator: Emulator, tmp_path: Path) -> Run:
    return Run(emulator, tmp_path)


def test_a_bag_has_a_row_for_each_item_in_its_order(run: Run) -> None:
    rows = run.rows(bag_of(5, 2))

    assert [(row["partition"], row["index"]) for row in rows] == [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2)]
    assert [row["kind"] for row in rows] == ["ok", "ok", "ok", "function", "ok"]
    assert [json.loads(row["body"]) for row in rows if row["kind"] == "ok"] == [{"n": n} for n in (0, 1, 2, 4)]
    failed = rows[3]
    assert (failed["status"], failed["delivered"]) == (901, "yes")
    assert json.loads(failed["error"])["type"] == "FaaSLambdaError"
    assert failed["request_id"] in {request.request_id for request in run.platform.requests}
    assert sorted(payload["n"] for payload in run.payloads) == [0, 1, 2, 3, 4]


def test_a_row_of_a_dataframe_is_an_object_and_keeps_its_index(run: Run) -> None:
    pandas: Any = import_module("pandas")
    dataframe: Any = import_module("dask.dataframe")
    frame = pandas.DataFrame(
        {
            "order": ["A-1", None, "A-3"],
            "items": [1, 2, 3],
            "paid": [9.5, float("nan"), 0.0],
            "at": pandas.to_datetime(["2026-11-25", None, "2026-11-26"]).as_unit("us"),
        },
        index=[10, 20, 30],
    )

    outcomes = run.outcomes(dataframe.from_pandas(frame, npartitions=2)).compute(scheduler="synchronous")

    assert list(outcomes.index) == [10, 20, 30]
    assert list(outcomes["kind"]) == ["ok"] * 3
    assert sorted(run.payloads, key=lambda payload: payload["items"]) == [
        {"order": "A-1", "items": 1, "paid": 9.5, "at": "2026-11-25T00:00:00"},
        {"order": None, "items": 2, "paid": None, "at": None},
        {"order": "A-3", "items": 3, "paid": 0.0, "at": "2026-11-26T00:00:00"},
    ]


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # Dask 2026.8 with pandas 3.1
def test_the_columns_are_of_the_types_that_the_collection_tells(run: Run, tmp_path: Path) -> None:
    outcomes = run.outcomes(bag_of(3, 3))
    assert dict(outcomes.dtypes) == dict(outcomes.compute(scheduler="synchronous").dtypes)
    outcomes.to_parquet(tmp_path / "outcomes", compute_kwargs={"scheduler": "synchronous"})
    schema: Any = import_module("pyarrow.parquet").read_table(tmp_path / "outcomes").schema
    assert {field.name: str(field.type) for field in schema if field.name in {"index", "seconds", "status"}} == {
        "index": "int64",
        "seconds": "double",
        "status": "int64",
    }


def test_what_is_computed_again_is_read_from_the_journals(run: Run) -> None:
    first = run.outcomes(bag_of(5, 2))
    rows = rows_of(first)
    assert rows_of(first) == rows
    assert run.rows(bag_of(5, 2), resume=True) == rows
    assert len(run.payloads) == 5


def test_journals_of_an_earlier_run_are_refused_unless_they_are_resumed(run: Run) -> None:
    run.rows(bag_of(2, 1))
    with pytest.raises(FaaSConfigurationError, match="resume that run, or name another journal_folder"):
        run.outcomes(bag_of(2, 1))


@pytest.mark.parametrize(
    ("changed", "differs_in"),
    [
        ({"records": (6, 2)}, "content of the input"),
        ({"records": (5, 1)}, "partitions"),
        ({"lambda_uuid": "00000000-0000-4000-8000-000000000000"}, "function"),
    ],
    ids=["other records", "other partitions", "another function"],
)
def test_a_partition_that_is_not_the_same_is_refused(run: Run, changed: dict[str, Any], differs_in: str) -> None:
    run.rows(bag_of(5, 2))
    with pytest.raises(FaaSConfigurationError, match=f"of another run: it differs in .*{differs_in}"):
        run.rows(bag_of(*changed.pop("records", (5, 2))), resume=True, **changed)
    assert len(run.payloads) == 5


def test_what_was_started_and_has_no_outcome_is_reported_and_not_sent_again(run: Run, tmp_path: Path) -> None:
    run.rows(bag_of(4, 1))
    leave_without_outcome(tmp_path / "journals" / "partition-000000.journal", 2)

    rows = run.rows(bag_of(4, 1), resume=True)
    assert [row["kind"] for row in rows] == ["ok", "ok", "unknown", "function"]
    assert rows[2]["delivered"] == "unknown"
    assert "the function may have run" in json.loads(rows[2]["error"])["message"]
    assert len(run.payloads) == 4

    repeated = run.rows(bag_of(4, 1), resume=True, repeat_unknown=True)
    assert [row["kind"] for row in repeated] == ["ok", "ok", "ok", "function"]
    assert run.payloads[4:] == [{"n": 2}]


def leave_without_outcome(journal: Path, index: int) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(line for line in lines if not line.startswith(b'{"done":%d,' % index)))


def test_a_payload_that_cannot_be_sent_fails_alone(run: Run) -> None:
    bag: Any = import_module("dask.bag")
    rows = run.rows(bag.from_sequence([{"n": 1}, {"n": b"bytes"}, {"n": 2}], npartitions=1))
    assert [row["kind"] for row in rows] == ["ok", "usage", "ok"]
    assert "is bytes" in json.loads(rows[1]["error"])["message"]


def test_calls_of_another_kind_are_made_by_a_function(run: Run) -> None:
    def of_event(payload: Any) -> Invocation:
        return Invocation(event_id="shipped", payload=payload)

    run.platform.function("listener", event_id="shipped")(lambda given: given.payload)
    rows = run.rows(bag_of(2, 1), lambda_uuid=None, invocation=of_event, target={"event": "shipped"})
    assert [row["kind"] for row in rows] == ["ok", "ok"]


def test_the_partitions_of_one_process_share_a_client_and_leave_nothing_running(run: Run) -> None:
    outcomes = run.outcomes(bag_of(40, 8))
    frame = outcomes.compute(scheduler="threads", num_workers=4)

    assert (frame["kind"] == "ok").sum() == 39
    assert len(run.platform.requests.discovery_requests) == 1
    assert len(run.platform.requests.token_requests) == 1
    assert "lpfunctions" not in {thread.name for thread in threading.enumerate()}


def test_ctrl_c_ends_the_calls_under_way_before_their_journal_is_closed(run: Run) -> None:
    is_running, released = threading.Event(), threading.Event()

    @run.platform.function("slow")
    def slow(given: FunctionInput) -> Any:
        is_running.set()
        released.wait()
        return given.payload

    def interrupt() -> None:
        is_running.wait()
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    interrupting = threading.Thread(target=interrupt)
    interrupting.start()
    outcomes = run.outcomes(bag_of(3, 1), lambda_uuid=slow.uuid, concurrency=1)
    with pytest.raises(KeyboardInterrupt):
        rows_of(outcomes)
    interrupting.join()
    released.set()

    assert "lpfunctions" not in {thread.name for thread in threading.enumerate()}
    assert [row["kind"] for row in rows_of(outcomes)] == ["unknown", "ok", "ok"]
    assert [payload["n"] for payload in run.payloads] == [0, 1, 2]


def test_a_client_may_be_made_in_the_process_that_sends(
    run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in emulator.environment().items():
        monkeypatch.setenv(name, value)
    assert [row["kind"] for row in run.rows(bag_of(1, 1), client=AsyncClient.from_env)] == ["ok"]


def test_a_function_that_makes_something_else_is_named(run: Run) -> None:
    with pytest.raises(FaaSConfigurationError, match="must make an AsyncClient; it made a dict"):
        run.rows(bag_of(1, 1), client=dict)


@pytest.mark.parametrize(
    ("changed", "expected_message"),
    [
        ({"records": [1, 2]}, "takes a dask.bag.Bag or a dask.dataframe.DataFrame, not a list"),
        ({"lambda_uuid": None}, "exactly one of lambda_uuid and invocation"),
        ({"invocation": Invocation}, "exactly one of lambda_uuid and invocation"),
        ({"concurrency": 0}, "concurrency must be a positive integer, not 0"),
        ({"concurrency": True}, "concurrency"),
        ({"client": None}, "client must be an AsyncClient, or a function that makes one"),
    ],
)
def test_an_argument_that_cannot_work_is_refused_before_anything_is_sent(
    run: Run, changed: dict[str, Any], expected_message: str
) -> None:
    with pytest.raises(FaaSConfigurationError, match=expected_message):
        run.outcomes(changed.pop("records", bag_of(2, 1)), **changed)
    assert not (run.arguments["journal_folder"]).exists()


def test_a_client_that_cannot_go_to_a_worker_is_refused(run: Run) -> None:
    with pytest.raises(FaaSConfigurationError, match="this client cannot be pickled: its transport"):
        run.outcomes(bag_of(1, 1), client=run.platform.async_client())
    with (
        run.platform.client() as blocking,
        pytest.raises(FaaSConfigurationError, match=r"AsyncClient, .* not a Client"),
    ):
        run.outcomes(bag_of(1, 1), client=blocking)


def test_nothing_secret_is_in_what_a_task_shows(run: Run) -> None:
    outcomes = run.outcomes(bag_of(1, 1))
    secret = run.platform.account.client_secret
    shown = [repr(value) for value in dict(outcomes.dask).values()]
    assert shown
    assert not any(secret in text for text in shown)
