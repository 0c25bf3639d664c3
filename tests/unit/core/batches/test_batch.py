"""One job for each invocation of a batch, and telling what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions.core.batches.batch import Job, Reporter
from lpfunctions.core.batches.outcome import Outcome
from lpfunctions.core.errors import FaaSInvokeError
from lpfunctions.core.requests.calls import Invocation
from tests.support.responses import response_of

CALL = Invocation(lambda_uuid="a1b2")


def job(index: int, *, request_id: str | None = None, outcome: Outcome[Any] | None = None) -> Job:
    return Job(index, CALL, index, request_id=request_id, outcome=outcome, seconds=0.25)


def ok(request_id: str = "rid") -> Outcome[Any]:
    return Outcome(CALL, response_of(200, request_id=request_id), None)


def failed() -> Outcome[Any]:
    return Outcome(CALL, None, FaaSInvokeError("m", delivered="no"))


class Heard:
    """What a reporter told, and to whom."""

    def __init__(self) -> None:
        self.progress: list[tuple[int, Outcome[Any]]] = []
        self.warnings: list[tuple[str, dict[str, Any]]] = []
        self.abandoned: list[Job] = []

    def reporter(self, *, is_hooked: bool) -> Reporter:
        return Reporter(self.on_progress if is_hooked else None, self.abandon, self.warn)

    def on_progress(self, total: int, outcome: Outcome[Any]) -> None:
        self.progress.append((total, outcome))

    def abandon(self, abandoned: Job) -> Outcome[Any]:
        self.abandoned.append(abandoned)
        return Outcome(CALL, None, FaaSInvokeError("interrupted"))

    def warn(self, message: str, **fields: Any) -> None:
        self.warnings.append((message, fields))


def test_a_job_is_started_or_dropped_whichever_is_first() -> None:
    started, dropped = job(0), job(1)
    assert started.start()
    assert not started.drop()
    assert dropped.drop()
    assert not dropped.start()
    assert dropped.drop(), "it may be asked again"


def test_jobs_are_compared_by_identity() -> None:
    assert job(0) != job(0)


def test_each_outcome_is_counted_once_and_told() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=True)
    first, second = job(0), job(1)
    outcomes = [ok(), failed()]
    reporter.tell(first, outcomes[0])
    reporter.tell(second, outcomes[1])
    reporter.tell(second, outcomes[1])
    assert heard.progress == [(1, outcomes[0]), (2, outcomes[1]), (2, outcomes[1])]
    assert (reporter.summary.total, reporter.summary.ok) == (2, 1)
    assert first.is_told
    assert first.is_counted
    assert not heard.warnings


def test_the_time_that_a_job_took_is_part_of_the_summary() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=False)
    reporter.tell(job(0), ok())
    assert reporter.summary.latency_seconds.longest == 0.25


def test_an_outcome_that_nobody_is_told_of_is_counted_but_not_told() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=False)
    one = job(0)
    reporter.tell(one, ok())
    assert reporter.summary.total == 1
    assert not one.is_told


def test_a_hook_that_raises_is_warned_of_once_and_ends_nothing() -> None:
    heard = Heard()
    mistake = ZeroDivisionError()

    def on_progress(total: int, outcome: Outcome[Any]) -> None:
        raise mistake

    reporter = Reporter(on_progress, heard.abandon, heard.warn)
    jobs = [job(0), job(1)]
    for each in jobs:
        reporter.tell(each, ok())
    assert heard.warnings == [
        ("on_progress raised ZeroDivisionError; invoke_many goes on", {"exc_info": mistake}),
    ]
    assert all(each.is_told for each in jobs)


def test_the_rest_is_told_to_the_hook() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=True)
    known = ok()
    told, ended, under_way = job(0), job(1, outcome=known), job(2)
    reporter.tell(told, ok())
    reporter.tell_rest([told, ended, under_way])
    assert [total for total, _ in heard.progress] == [1, 2, 3]
    assert heard.progress[1][1] is known
    assert heard.abandoned == [under_way]
    assert not heard.warnings
    reporter.tell_rest([told, ended, under_way])
    assert len(heard.progress) == 3, "whoever has heard is not told again"


def test_without_a_hook_the_rest_is_told_in_one_warning() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=False)
    jobs = [job(0, request_id="r0", outcome=failed()), job(1, outcome=ok("r1")), job(2, request_id="r2")]
    reporter.tell_rest(jobs)
    [(message, fields)] = heard.warnings
    assert message == (
        "invoke_many ended early, and 3 outcomes were not read: "
        'r0 FaaSInvokeError (delivered "no"), r1 ok, r2 FaaSInvokeError (delivered "unknown")'
    )
    assert fields == {"request_ids": ["r0", "r1", "r2"]}
    assert all(each.is_told for each in jobs)
    reporter.tell_rest(jobs)
    assert len(heard.warnings) == 1


def test_nothing_left_is_no_warning() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=False)
    reporter.tell_rest([])
    assert not heard.warnings


def test_a_warning_shows_a_hundred_outcomes_and_has_all_request_ids() -> None:
    heard = Heard()
    reporter = heard.reporter(is_hooked=False)
    reporter.tell_rest([job(index, request_id=f"r{index}", outcome=failed()) for index in range(101)])
    [(message, fields)] = heard.warnings
    assert message.startswith("invoke_many ended early, and 101 outcomes were not read: r0 ")
    assert message.count("FaaSInvokeError") == 100
    assert len(fields["request_ids"]) == 101


@pytest.mark.parametrize("is_hooked", [True, False])
def test_a_logger_that_raises_ends_nothing(is_hooked: bool) -> None:
    def raising(*_arguments: object, **_fields: object) -> None:
        raise ZeroDivisionError

    heard = Heard()
    reporter = Reporter(raising if is_hooked else None, heard.abandon, raising)
    one = job(0)
    reporter.tell_rest([one])
    assert one.is_told
