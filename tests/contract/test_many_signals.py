"""A batch that a signal or a `close` ends: no function is run twice, and no outcome is lost.

The program under test runs in a process of its own, and gets real signals at random points.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.sizes import FULL
from tests.support.untraced import untraced

if TYPE_CHECKING:
    from collections.abc import Generator

    from lpfunctions.testing import FunctionInput

pytestmark = pytest.mark.sockets

ROUNDS = 250 if FULL else 6
"""For each mode and each way to end; four of these make the 1 000 points."""

LONGEST_SECONDS = 0.15
CLOSED_CALLS = 200


class Ledger:
    """A platform that notes which invocations ran, by round."""

    def __init__(self) -> None:
        self.platform = FakePlatform(journal_limit=100)
        self.ran: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._random = random.Random(7)

        @self.platform.function(name="noted")
        async def noted(given: FunctionInput) -> None:
            number, index = given.payload.split("-")
            self.ran[int(number)][int(index)] += 1
            await asyncio.sleep(self._random.uniform(0, 0.02))

        self.uuid = noted.uuid


class Program:
    """The program, one round after the other."""

    def __init__(self, process: subprocess.Popen[str], ledger: Ledger) -> None:
        self._process = process
        self._ledger = ledger
        self._numbers = iter(range(10_000))
        self._reports: dict[int, dict[str, Any]] = {}

    def round(self, after_seconds: float, *, number: signal.Signals | None) -> dict[str, Any]:
        """One batch that signal *number* ends, or that goes on while its client is closed."""
        this = next(self._numbers)
        self.say(
            {
                "number": this,
                "uuid": self._ledger.uuid,
                "calls": None if number is not None else CLOSED_CALLS,
                "close_after_seconds": after_seconds if number is None else None,
            }
        )
        assert self._hear() == "begun"
        if number is not None:
            time.sleep(after_seconds)
            os.kill(self._process.pid, number)
        report: dict[str, Any] = self._hear()
        self._reports[this] = report
        return report

    def check(self) -> None:
        """No function ran twice, and whatever ran was heard of."""
        for this, report in self._reports.items():
            ran = self._ledger.ran[this]
            assert ran, "it had begun"
            assert max(ran.values()) == 1, "no function is run twice"
            assert set(report["yielded"]) <= set(report["told"])
            assert set(ran) <= set(report["told"]), "no outcome of what ran is lost"
            assert len(report["told"]) - len(set(report["told"])) <= 1

    def say(self, order: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _hear(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the program has ended"
        return json.loads(line)


@contextmanager
def program(mode: str) -> Generator[Program]:
    ledger = Ledger()
    with Emulator(ledger.platform) as emulator:
        account = ledger.platform.account
        options: dict[str, Any] = {
            **emulator.client_options(),
            "account_id": account.account_id,
            "credentials": {"client_id": account.client_id, "client_secret": account.client_secret},
            "timeout": 30.0,
        }
        command = [sys.executable, "-W", "error", "-m", "tests.support.interrupted_batch", mode]
        with subprocess.Popen(
            command,
            env=untraced(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            running = Program(process, ledger)
            running.say(options)
            try:
                yield running
            except BaseException:
                process.kill()
                raise
            finally:
                # Its input ends, and so does it.
                _, error_output = process.communicate(timeout=60)
        # By now the emulator has ended what was sent.
    running.check()
    assert "Traceback" not in error_output, error_output
    assert process.returncode == 0


@pytest.mark.timeout(900 if FULL else 60)
@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["ctrl-c", "sigterm"])
def test_a_signal_at_any_point_loses_no_outcome_and_runs_nothing_twice(mode: str, number: signal.Signals) -> None:
    chance = random.Random(f"{mode}{number}")
    with program(mode) as running:
        ended_by = {running.round(chance.uniform(0, LONGEST_SECONDS), number=number)["ended_by"] for _ in range(ROUNDS)}
    assert ended_by == {"KeyboardInterrupt" if number == signal.SIGINT else "SystemExit"}


@pytest.mark.timeout(900 if FULL else 60)
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_closing_the_client_at_any_point_loses_no_outcome_and_runs_nothing_twice(mode: str) -> None:
    chance = random.Random(mode)
    with program(mode) as running:
        for _ in range(ROUNDS):
            report = running.round(chance.uniform(0, LONGEST_SECONDS), number=None)
            assert report["ended_by"] is None
            assert sorted(report["yielded"]) == list(range(CLOSED_CALLS))
