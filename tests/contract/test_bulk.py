"""A bulk run over files: what it writes, when it is stopped, and when it goes on."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSConfigurationError, Invocation
from lpfunctions.bulk import BulkRun
from lpfunctions.testing import FakePlatform

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from lpfunctions.bulk import BulkProgress, BulkSummary
    from lpfunctions.testing import FunctionInput


class Stage:
    """A platform with one function that counts how often it ran with which payload, and the files of a run."""

    def __init__(self, folder: Path) -> None:
        self.platform = FakePlatform()
        self.ran: list[Any] = []
        self.behaviour: Callable[[Any], Any] = lambda payload: payload
        self.input, self.output = folder / "in.jsonl", folder / "out.jsonl"
        self.failures = folder / "failures.jsonl"
        self.journal = folder / "out.jsonl.journal"

        @self.platform.function(name="count")
        async def count(given: FunctionInput) -> Any:
            self.ran.append(given.payload)
            result = self.behaviour(given.payload)
            return await result if asyncio.iscoroutine(result) else result

        self.uuid = count.uuid

    def give(self, *payloads: Any) -> None:
        self.input.write_text("".join(json.dumps(payload) + "\n" for payload in payloads))

    def bulk_run(self, client: Any, **options: Any) -> BulkRun:
        if "invocation" not in options:
            options.setdefault("lambda_uuid", self.uuid)
        return BulkRun(client, self.input, self.output, **options)

    async def run(self, *, before: Callable[[BulkRun], object] = lambda _run: None, **options: Any) -> BulkSummary:
        async with self.platform.async_client() as client:
            run = self.bulk_run(client, **options)
            before(run)
            return await run.run()

    def outcomes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.output.read_text().splitlines()]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path).platform:
        yield Stage(tmp_path)


async def late_first(payload: Any) -> Any:
    """Return what came; the lower the number, the later."""
    for _ in range(100 - payload):
        await asyncio.sleep(0)
    return payload


async def test_every_record_is_answered_in_the_order_of_the_input(stage: Stage) -> None:
    stage.give(*range(100))
    stage.behaviour = late_first
    summary = await stage.run(concurrency=20)
    assert [(outcome["index"], outcome["body"]) for outcome in stage.outcomes()] == [(n, n) for n in range(100)]
    assert summary.ok
    assert (summary.counts["ok"], summary.sent, summary.latencies.count) == (100, 100, 100)
    assert sorted(stage.ran) == list(range(100))


async def test_in_the_order_of_completion_nothing_waits_for_a_slow_one(stage: Stage) -> None:
    stage.give(*range(20))
    stage.behaviour = late_first
    await stage.run(concurrency=20, order="completion")
    indexes = [outcome["index"] for outcome in stage.outcomes()]
    assert indexes != sorted(indexes)
    assert sorted(indexes) == list(range(20))


async def test_a_line_says_what_came_of_its_record(stage: Stage) -> None:
    def behave(payload: str) -> str:
        if payload == "fails":
            raise RuntimeError("as it was told")
        return payload.upper()

    stage.behaviour = behave
    stage.give("works", "fails")
    await stage.run()
    works, fails = stage.outcomes()
    assert works == {
        "index": 0,
        "kind": "ok",
        "delivered": "yes",
        "seconds": works["seconds"],
        "status": 200,
        "request_id": works["request_id"],
        "body": "WORKS",
    }
    assert (fails["kind"], fails["delivered"], fails["status"]) == ("function", "yes", 901)
    assert fails["error"]["type"] == "FaaSLambdaError"
    assert fails["error"]["code"] == "com.customer.faas.function.threw-error"


@pytest.mark.parametrize(
    ("fault", "kind", "delivered"),
    [
        ({"status": 500, "kind": "invoke"}, "platform", "unknown"),
        ({"status": 403, "kind": "invoke"}, "authentication", "no"),
        ({"status": 401, "kind": "token"}, "authentication", "no"),
        ({"drop_connection": True, "kind": "invoke"}, "network", "unknown"),
        ({"status": 500, "kind": "discovery"}, "platform", "no"),
    ],
    ids=["status", "forbidden", "token", "reset", "discovery"],
)
async def test_failures_are_told_apart(fault: dict[str, Any], kind: str, delivered: str, stage: Stage) -> None:
    stage.give(1)
    stage.platform.fail_next(**fault, times=None)
    summary = await stage.run()
    (outcome,) = stage.outcomes()
    assert (outcome["kind"], outcome["delivered"]) == (kind, delivered)
    assert summary.counts[outcome["kind"]] == 1
    assert not summary.ok


async def test_a_payload_that_cannot_be_sent_is_an_outcome_of_its_own_record(stage: Stage) -> None:
    stage.input.write_text("1\n1e999\n3\n")
    summary = await stage.run()
    assert [outcome["kind"] for outcome in stage.outcomes()] == ["ok", "usage", "ok"]
    assert summary.counts["usage"] == 1


async def test_failures_are_an_input_of_the_next_run(stage: Stage) -> None:
    stage.give(*range(10))
    stage.behaviour = lambda payload: 1 // (payload % 3)
    await stage.run(failures_path=stage.failures)
    assert sorted(stage.failures.read_text().split()) == ["0", "3", "6", "9"]

    again = Stage(stage.failures.parent)
    again.input, again.output = stage.failures, stage.output.with_name("again.jsonl")
    assert (await again.run()).ok
    assert sorted(again.ran) == [0, 3, 6, 9]


async def test_those_that_may_have_run_are_no_failures_to_repeat_unless_told_to(stage: Stage) -> None:
    stage.give("a", "b")
    stage.platform.fail_next(status=500, kind="invoke")
    await stage.run(failures_path=stage.failures, concurrency=1)
    assert stage.failures.read_text() == ""

    stage.platform.fail_next(status=500, kind="invoke")
    await stage.run(failures_path=stage.failures, resume=True, repeat_unknown=True)
    assert stage.failures.read_text() == '"a"\n'


async def test_a_run_that_was_stopped_drains_and_goes_on_where_it_stopped(stage: Stage) -> None:
    stage.give(*range(50))
    run: list[BulkRun] = []

    def stop(progress: BulkProgress) -> None:
        if progress.done == 20:
            run[0].stop()

    summary = await stage.run(before=run.append, on_progress=stop, concurrency=5)
    assert 20 <= summary.counts["ok"] <= 25
    assert summary.not_sent == 50 - summary.counts["ok"]
    assert summary.may_have_run == 0
    assert [outcome["index"] for outcome in stage.outcomes()] == list(range(summary.counts["ok"]))

    rest = await stage.run(resume=True)
    assert rest.ok
    assert rest.sent == 50 - summary.counts["ok"]
    assert sorted(stage.ran) == list(range(50))
    assert [outcome["index"] for outcome in stage.outcomes()] == list(range(50))


@pytest.mark.parametrize("order", ["input", "completion"])
async def test_calls_cut_off_are_listed_as_unknown_and_not_repeated_unless_told_to(stage: Stage, order: str) -> None:
    stage.give(*range(6))
    reached, never = asyncio.Event(), asyncio.Event()

    async def hang(payload: int) -> int:
        if payload == 4:
            reached.set()
        if payload in {2, 4}:
            await never.wait()
        return payload

    stage.behaviour = hang
    running = asyncio.create_task(stage.run(concurrency=2, order=order))
    await reached.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    kinds = {outcome["index"]: outcome["kind"] for outcome in stage.outcomes()}
    assert kinds == {0: "ok", 1: "ok", 2: "unknown", 3: "ok", 4: "unknown"}

    stage.behaviour = lambda payload: payload
    summary = await stage.run(resume=True, order=order)
    assert (summary.sent, summary.counts["unknown"], summary.may_have_run) == (1, 2, 2)
    assert sorted(stage.ran) == [0, 1, 2, 3, 4, 5]
    assert sorted(outcome["index"] for outcome in stage.outcomes()) == list(range(6))

    summary = await stage.run(resume=True, order=order, repeat_unknown=True)
    assert (summary.sent, summary.ok) == (2, True)
    assert sorted(stage.ran) == [0, 1, 2, 2, 3, 4, 4, 5]
    assert sorted(outcome["index"] for outcome in stage.outcomes()) == list(range(6))


async def test_a_finished_run_that_is_resumed_sends_nothing(stage: Stage) -> None:
    stage.give(1, 2)
    await stage.run()
    before = stage.output.read_bytes()
    summary = await stage.run(resume=True)
    assert (summary.sent, summary.ok, summary.latencies.count) == (0, True, 2)
    assert stage.output.read_bytes() == before


async def test_resume_without_a_journal_starts_a_run(stage: Stage) -> None:
    stage.give(1)
    assert (await stage.run(resume=True)).sent == 1


async def test_resume_refuses_an_input_that_has_changed(stage: Stage) -> None:
    stage.give(1, 2)
    await stage.run()
    stage.give(1, 3)
    with pytest.raises(FaaSConfigurationError, match="it differs in content of the input"):
        await stage.run(resume=True)
    assert stage.ran == [1, 2]


async def test_resume_refuses_another_function(stage: Stage) -> None:
    stage.give(1)
    await stage.run()
    stage.uuid = "another"
    with pytest.raises(FaaSConfigurationError, match="it differs in function"):
        await stage.run(resume=True)


async def test_a_run_never_writes_over_another(stage: Stage) -> None:
    stage.give(1)
    await stage.run()
    with pytest.raises(FaaSConfigurationError, match="there is a journal of an earlier run"):
        await stage.run()
    stage.journal.unlink()
    with pytest.raises(FaaSConfigurationError, match=r"out.jsonl' exists and has no journal: name another output"):
        await stage.run(resume=True)


async def test_events_headers_and_skills_come_from_an_invocation_of_ones_own(stage: Stage) -> None:
    @stage.platform.function(name="hears", event_id="order_placed")
    def hears(given: FunctionInput) -> Any:
        return [given.payload, given.headers]

    def make(payload: Any) -> Invocation:
        return Invocation(event_id="order_placed", payload=payload, headers={"k": "v"})

    stage.give("a")
    summary = await stage.run(invocation=make)
    assert summary.ok
    (outcome,) = stage.outcomes()
    assert outcome["body"][0]["result"] == ["a", [{"key": "k", "value": "v"}]]


async def test_what_the_callable_of_the_user_raises_ends_the_run_when_the_calls_under_way_have_ended(
    stage: Stage,
) -> None:
    def make(payload: int) -> Invocation:
        if payload == 3:
            raise KeyError("mine")
        return Invocation(lambda_uuid=stage.uuid, payload=payload)

    stage.give(*range(10))
    with pytest.raises(KeyError, match="mine"):
        await stage.run(invocation=make, concurrency=3)
    assert [outcome["kind"] for outcome in stage.outcomes()] == ["ok"] * len(stage.ran)


async def test_a_stop_ends_the_wait_for_the_rate(stage: Stage) -> None:
    stage.give(1, 2)
    run: list[BulkRun] = []

    def stop(_progress: BulkProgress) -> None:
        run[0].stop()

    summary = await stage.run(before=run.append, on_progress=stop, concurrency=1, per_second=1 / 3600)
    assert (summary.sent, summary.not_sent) == (1, 1)


async def test_at_a_rate_a_run_ends_with_its_last_call(stage: Stage) -> None:
    """Workers that find no record wait for nothing: 50 of them would take 50 hours."""
    stage.give("only")
    async with asyncio.timeout(30):
        assert (await stage.run(concurrency=50, per_second=1 / 3600)).ok


async def test_progress_tells_the_rate_and_what_is_left(stage: Stage) -> None:
    stage.give(*range(4))
    told: list[BulkProgress] = []
    await stage.run(on_progress=told.append, concurrency=1)
    assert [(each.total, each.done, each.failed, each.sent) for each in told] == [(4, n, 0, n) for n in (1, 2, 3, 4)]
    assert told[-1].seconds_left == 0
    assert told[0].per_second > 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"concurrency": 0}, "concurrency must be a positive integer, not 0"),
        ({"per_second": 0}, "per_second must be a positive number, not 0"),
        ({"failures_path": "failures.csv"}, "failures are written as JSON Lines: name a file that ends in .jsonl"),
        ({"order": "random"}, "order must be 'input' or 'completion', not 'random'"),
        ({"lambda_uuid": "f", "invocation": print}, "pass exactly one of lambda_uuid and invocation"),
    ],
)
async def test_what_cannot_work_is_refused_before_anything_is_sent(
    options: dict[str, Any], sentence: str, stage: Stage
) -> None:
    stage.give(1)
    async with stage.platform.async_client() as client:
        with pytest.raises(FaaSConfigurationError, match=sentence):
            stage.bulk_run(client, **options)
    assert not stage.journal.exists()


async def test_a_durable_run_does_the_same(stage: Stage) -> None:
    stage.give(*range(30))
    assert (await stage.run(durable=True, concurrency=10)).ok
