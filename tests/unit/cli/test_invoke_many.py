"""`lpfunctions invoke-many` as a user runs it: files, screens, exit codes, Ctrl-C."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.commands import COMMAND, Shell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lpfunctions.testing import FunctionInput
    from tests.support.commands import Ended

pytestmark = pytest.mark.sockets


class Stage:
    """An emulator with one function, and a shell whose variables lead there."""

    def __init__(self, emulator: Emulator, folder: Path) -> None:
        self.platform = emulator.platform
        self.shell = Shell(folder / "work", emulator.environment())
        self.ran: list[Any] = []
        self.pause_seconds, self.hangs = 0.0, False

        @self.platform.function(name="run")
        async def run(given: FunctionInput) -> Any:
            self.ran.append(given.payload)
            await asyncio.sleep(3600 if self.hangs else self.pause_seconds)
            if given.payload == "fails":
                raise RuntimeError("as it was told")
            return given.payload

        self.uuid = run.uuid

    def typed(self, *options: str, name: str = "in.jsonl") -> tuple[str, ...]:
        return "invoke-many", self.uuid, name, "--output", "out.jsonl", *options

    def run(self, *options: str, name: str = "in.jsonl") -> Ended:
        return self.shell.run(*self.typed(*options, name=name))

    def outcomes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.shell.folder / "out.jsonl").read_text().splitlines()]

    def give(self, *payloads: Any) -> None:
        self.shell.write("in.jsonl", "".join(json.dumps(payload) + "\n" for payload in payloads))


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    with Emulator(FakePlatform()) as emulator:
        yield Stage(emulator, tmp_path)


def test_outcomes_go_to_the_file_the_summary_to_stdout_and_the_report_to_stderr(stage: Stage) -> None:
    stage.give("a", "b", "c")
    ended = stage.run()
    assert ended.code == 0
    assert [outcome["body"] for outcome in stage.outcomes()] == ["a", "b", "c"]
    summary = json.loads(ended.out)
    assert (summary["total"], summary["counts"]["ok"], summary["sent"]) == (3, 3, 3)
    assert sum(row["count"] for row in summary["histogram"]) == 3
    assert summary["latency_seconds"]["p50"] <= summary["latency_seconds"]["max"]
    lines = ended.err.splitlines()
    assert lines[0].startswith("3 records, 3 sent in ")
    assert lines[1].split() == ["3", "ok", "ok"]
    assert lines[2].startswith("latency: p50 ")
    assert "█" in lines[3]


def test_failures_are_counted_by_kind_and_go_to_a_file_that_is_an_input(stage: Stage) -> None:
    stage.give("a", "fails", "b", "fails")
    ended = stage.run("--failures", "failed.jsonl")
    assert ended.code == 1
    assert json.loads(ended.out)["counts"]["function"] == 2
    assert "2  function        the function failed" in ended.err
    assert (stage.shell.folder / "failed.jsonl").read_text() == '"fails"\n"fails"\n'


@pytest.mark.parametrize(
    ("fault", "code", "kind"),
    [
        ({"status": 500}, 3, "platform"),
        ({"status": 403}, 4, "authentication"),
        ({"drop_connection": True}, 5, "network"),
    ],
    ids=["platform", "authentication", "network"],
)
def test_the_exit_code_is_that_of_the_gravest_record(fault: dict[str, Any], code: int, kind: str, stage: Stage) -> None:
    stage.give("a", "fails")
    stage.platform.fail_next(**fault, kind="invoke", times=1)
    ended = stage.run("--concurrency", "1")
    assert ended.code == code
    assert {each: count for each, count in json.loads(ended.out)["counts"].items() if count} == {kind: 1, "function": 1}


def test_a_csv_file_an_order_and_a_header(stage: Stage) -> None:
    stage.shell.write("in.csv", "order,note\nA-1,x\nA-2,\n")
    ended = stage.run("--order", "completion", "--header", "tenant=7", "--rate", "1000", name="in.csv")
    assert ended.code == 0
    bodies = sorted((outcome["body"] for outcome in stage.outcomes()), key=str)
    assert bodies == [{"order": "A-1", "note": "x"}, {"order": "A-2", "note": ""}]
    assert stage.platform.requests.invocations[0].json()["headers"] == [{"key": "tenant", "value": "7"}]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["--concurrency", "0"], "concurrency must be a positive integer, not 0"),
        (["--failures", "failed.csv"], "name a file that ends in .jsonl"),
        (["--header", "x"], "--header takes KEY=VALUE"),
        (["--order", "random"], "'random' is not one of 'input', 'completion'"),
    ],
)
def test_what_cannot_work_is_said_before_anything_is_sent(typed: list[str], said: str, stage: Stage) -> None:
    stage.give("a")
    ended = stage.run(*typed)
    assert (ended.code, ended.out) == (2, "")
    assert said in " ".join(ended.err.replace("│", " ").split())
    assert not stage.platform.requests


def test_an_earlier_run_is_resumed_and_never_written_over(stage: Stage) -> None:
    stage.give("a", "b")
    assert stage.run("--resume").code == 0
    ended = stage.run()
    assert (ended.code, ended.out) == (2, "")
    assert "there is a journal of an earlier run" in ended.err
    ended = stage.run("--resume")
    assert (ended.code, json.loads(ended.out)["sent"]) == (0, 0)
    stage.give("a", "changed")
    ended = stage.run("--resume")
    assert (ended.code, ended.out) == (2, "")
    assert "content of the input. Restore what has changed" in ended.err
    assert sorted(stage.ran) == ["a", "b"]


def test_a_folder_that_cannot_be_written_to_is_said(stage: Stage) -> None:
    stage.give("a")
    ended = stage.shell.run("invoke-many", stage.uuid, "in.jsonl", "--output", "missing/out.jsonl")
    assert (ended.code, ended.out) == (2, "")
    assert "a file cannot be written: " in ended.err
    assert "Traceback" not in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="needs a terminal of POSIX")
def test_at_a_terminal_a_bar_shows_rate_time_left_and_failures(stage: Stage) -> None:
    import pty

    stage.give(*range(40), "fails")
    stage.pause_seconds = 0.05
    ours, its = pty.openpty()
    stage.shell.variables["TERM"] = "xterm"
    with subprocess.Popen(
        [*COMMAND, *stage.typed("--concurrency", "2", "--order", "completion")],
        stdout=subprocess.PIPE,
        stderr=its,
        cwd=stage.shell.folder,
        env=stage.shell.environment,
    ) as process:
        os.close(its)
        seen = _all_of(ours)
    assert process.returncode == 1
    assert re.search(r"\d+/41 .*\d+/s .*\d:\d\d:\d\d .*\d failed", re.sub(r"\x1b\[[\d;?]*\w", "", seen)), seen


def _all_of(terminal: int) -> str:
    """Return all that is written to *terminal* until nobody has it open any more."""
    pieces: list[bytes] = []
    with contextlib.suppress(OSError), open(terminal, "rb", buffering=0) as file:
        while piece := file.read(4096):
            pieces.append(piece)
    return b"".join(pieces).decode()


def _wait_for(stage: Stage, process: subprocess.Popen[str], calls: int) -> None:
    while len(stage.ran) < calls:
        assert process.poll() is None
        time.sleep(0.005)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["Ctrl-C", "kill"])
def test_ctrl_c_drains_and_the_run_can_be_resumed(number: signal.Signals, stage: Stage) -> None:
    stage.give(*range(400))
    stage.pause_seconds = 0.1
    with stage.shell.start(*stage.typed("--concurrency", "4")) as process:
        _wait_for(stage, process, 8)
        process.send_signal(number)
        out, told = process.communicate()
    assert process.returncode == 130, told
    assert "stopping: the calls under way are ending; Ctrl-C again stops at once" in told
    summary = json.loads(out)
    assert summary["not_sent"] == 400 - len(stage.ran) > 0
    assert (summary["counts"]["ok"], summary["may_have_run"]) == (len(stage.ran), 0)
    stage.pause_seconds = 0.0
    assert stage.run("--resume").code == 0
    assert sorted(stage.ran) == list(range(400))


def test_a_second_ctrl_c_stops_at_once_and_lists_what_may_have_run(stage: Stage) -> None:
    stage.give(*range(10))
    stage.hangs = True
    with stage.shell.start(*stage.typed("--concurrency", "3")) as process:
        _wait_for(stage, process, 3)
        process.send_signal(signal.SIGINT)
        assert process.stderr is not None
        for line in process.stderr:
            if "stopping" in line:
                break
        process.send_signal(signal.SIGINT)
        out, told = process.communicate()
    assert process.returncode == 130, told
    assert json.loads(out)["counts"]["unknown"] == 3
    assert [outcome["kind"] for outcome in stage.outcomes()] == ["unknown"] * 3
    assert "3 may have run; --resume --repeat-unknown sends them again" in told
    assert "not sent        go on with --resume" in told
