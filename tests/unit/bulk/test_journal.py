"""What a journal remembers of a run that ended in the middle of anything."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.bulk import Journal

if TYPE_CHECKING:
    from pathlib import Path

RUN = {"function": "f", "content of the input": "abc"}


def opened(path: Path, *, run: dict[str, Any] = RUN, durable: bool = False) -> Journal:
    return Journal(path, run, count=5, durable=durable)


def outcome(index: int, kind: str = "ok", delivered: str = "yes", seconds: float = 0.01) -> dict[str, Any]:
    return {"index": index, "kind": kind, "delivered": delivered, "seconds": seconds, "body": "x" * 5000}


async def fill(journal: Journal) -> None:
    """0 is ok, 1 started, 2 failed, 3 may have run, 4 pending."""
    for index in range(4):
        await journal.start(index)
    journal.finish(outcome(3, "network", "unknown"))
    journal.finish(outcome(0))
    journal.finish(outcome(2, "function"))


def filled(path: Path) -> None:
    with opened(path) as journal:
        asyncio.run(fill(journal))


def test_what_was_started_and_what_came_of_it_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with opened(tmp_path / "j") as journal:
        states = journal.states
        assert [states.is_pending(index) for index in range(5)] == [False, False, False, False, True]
        assert list(states.started()) == [1]
        assert {kind: count for kind, count in states.counts().items() if count} == {
            "ok": 1,
            "function": 1,
            "network": 1,
            "unknown": 1,
        }
        assert (states.pending_count, states.may_have_run_count) == (1, 2)
        assert journal.latencies.count == 3
        assert json.loads(journal.outcome(2) or b"") == outcome(2, "function")
        assert [json.loads(line)["index"] for line in journal.outcomes()] == [3, 0, 2]


def test_those_that_may_have_run_are_pending_again_only_when_asked(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with opened(tmp_path / "j") as journal:
        journal.states.reset_unknown()
        assert [index for index in range(5) if journal.states.is_pending(index)] == [1, 3, 4]
        asyncio.run(journal.start(3))
        journal.finish(outcome(3))
    with opened(tmp_path / "j") as journal:
        assert journal.states.counts()["ok"] == 2
        assert [json.loads(line)["index"] for line in journal.outcomes()] == [0, 2, 3]


def test_failures_count_without_those_that_may_have_run(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with opened(tmp_path / "j") as journal:
        states = journal.states
        assert [index for index in range(5) if states.is_failed(index, or_may_have_run=False)] == [2]
        assert [index for index in range(5) if states.is_failed(index, or_may_have_run=True)] == [2, 3]


def test_a_journal_torn_at_any_byte_is_read_up_to_its_last_whole_line(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    whole = (tmp_path / "j").read_bytes()
    ends = [0] + [at + 1 for at, byte in enumerate(whole) if byte == 10]
    for cut in {*ends, *(end + 1 for end in ends[:-1]), *(end - 1 for end in ends[1:])}:
        torn = tmp_path / "torn"
        torn.write_bytes(whole[:cut])
        with opened(torn) as journal:
            known = max(end for end in ends if end <= cut)
            started = whole[:known].count(b'{"started"')
            assert 5 - journal.states.pending_count == started
            asyncio.run(journal.start(4))
        with opened(torn) as journal:
            assert not journal.states.is_pending(4)


def test_a_line_is_with_the_system_before_the_request_may_leave(tmp_path: Path) -> None:
    with opened(tmp_path / "j") as journal:
        asyncio.run(journal.start(2))
        assert (tmp_path / "j").read_bytes().endswith(b'{"started":2}\n')


async def test_one_sync_serves_all_that_wait(tmp_path: Path) -> None:
    with opened(tmp_path / "j", durable=True) as journal:
        await asyncio.gather(*(journal.start(index) for index in range(5)))
        written = (tmp_path / "j").read_bytes()
        assert written.count(b"started") == 5
        assert journal.synced_bytes == len(written)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"rubbish\n", "is damaged at byte"),
        (b'{"started":5}\n', "is damaged at byte"),
        (b'{"done":1}\n', "is damaged at byte"),
    ],
    ids=["rubbish", "unknown record", "no outcome"],
)
def test_a_damaged_journal_is_refused(line: bytes, sentence: str, tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with (tmp_path / "j").open("ab") as file:
        file.write(line)
    with pytest.raises(FaaSConfigurationError, match=sentence):
        opened(tmp_path / "j")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [(b'{"lpfunctions_journal":2,"run":{}}\n', "another version"), (b"[]\n", "is damaged at byte 0")],
    ids=["version", "no journal"],
)
def test_a_file_that_does_not_start_as_a_journal_is_refused(line: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / "j").write_bytes(line)
    with pytest.raises(FaaSConfigurationError, match=sentence):
        opened(tmp_path / "j")


def test_a_journal_of_another_run_is_refused_and_says_what_differs(tmp_path: Path) -> None:
    filled(tmp_path / "j")
    with pytest.raises(FaaSConfigurationError, match=r"it differs in content of the input\. Restore what has changed"):
        opened(tmp_path / "j", run={**RUN, "content of the input": "changed"})


@pytest.mark.sockets
@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held there")
@pytest.mark.sockets
def test_another_process_is_refused_while_the_journal_is_open(tmp_path: Path) -> None:
    code = "import sys; from lpfunctions.bulk import Journal; Journal(sys.argv[1], {}, count=5)"
    with opened(tmp_path / "j"):
        ended = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / "j")], capture_output=True, text=True, check=False
        )
    assert "another run is at work with the journal" in ended.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is held there")
def test_a_journal_that_is_held_can_be_waited_for(tmp_path: Path) -> None:
    waited = list[bool]()

    def wait() -> None:
        with Journal(tmp_path / "j", RUN, count=5, wait_seconds=60):
            waited.append(is_free)

    is_free, waiting = False, threading.Thread(target=wait)
    with opened(tmp_path / "j"):
        waiting.start()
        time.sleep(0.15)
        is_free = True
    waiting.join()
    assert waited == [True]
