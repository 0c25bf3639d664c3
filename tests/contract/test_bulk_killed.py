"""`invoke-many` killed with SIGKILL at three random times and resumed: every record once, or listed as unknown."""

from __future__ import annotations

import json
import random
import sys
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions.testing import Emulator, FakePlatform
from tests.support.commands import Shell
from tests.support.sizes import size

if TYPE_CHECKING:
    import subprocess

    from lpfunctions.testing import FunctionInput

pytestmark = [pytest.mark.sockets, pytest.mark.load, pytest.mark.timeout(900)]

RECORDS = size(100_000, 3_000)
CONCURRENCY = 20
BYTES_A_RECORD = 185  # of the journal, about
GROWTH_MIB = 8  # of the resident memory, from a tenth of a run to its end


class Watched:
    """A started command, whose journal is watched."""

    def __init__(self, process: subprocess.Popen[str], journal: Path) -> None:
        self.process = process
        self._journal = journal

    def done_when(self, size_bytes: float) -> bool:
        """Wait until the journal has *size_bytes*; False if the command ended before."""
        while self.process.poll() is None:
            if self._journal.exists() and self._journal.stat().st_size >= size_bytes:
                return True
            time.sleep(0.001)
        return False

    def resident_mib(self) -> float | None:
        """Return the memory that the process has, where the system tells."""
        status = Path(f"/proc/{self.process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), None)


def test_a_run_that_is_killed_three_times_answers_every_record_once_or_lists_it_as_unknown(tmp_path: Path) -> None:
    seed = random.randrange(1_000_000)
    drawn = random.Random(seed)
    ran: Counter[int] = Counter()
    platform = FakePlatform(journal_limit=100)

    @platform.function(name="count")
    async def count(given: FunctionInput) -> Any:
        ran[given.payload["n"]] += 1
        return given.payload

    with Emulator(platform) as emulator:
        shell = Shell(tmp_path / "work", emulator.environment())
        shell.write("in.jsonl", "".join(f'{{"n": {number}}}\n' for number in range(RECORDS)))
        journal = shell.folder / "out.jsonl.journal"
        given, options = ("invoke-many", count.uuid, "in.jsonl"), ("--failures", "failed.jsonl", "--resume")
        typed = (*given, "--output", "out.jsonl", *options, "--concurrency", str(CONCURRENCY))

        for share in sorted(drawn.uniform(0.02, 0.8) for _ in range(3)):
            watched = Watched(shell.start(*typed), journal)
            assert watched.done_when(share * RECORDS * BYTES_A_RECORD), f"seed {seed}"
            watched.process.kill()
            watched.process.communicate()
        memory = _memory_of_the_rest(shell, typed, journal)

        outcomes = [json.loads(line) for line in (shell.folder / "out.jsonl").read_text().splitlines()]
        assert [outcome["index"] for outcome in outcomes] == list(range(RECORDS)), f"seed {seed}"
        unknown = {outcome["index"] for outcome in outcomes if outcome["kind"] == "unknown"}
        assert all(outcome["kind"] == "ok" for outcome in outcomes if outcome["index"] not in unknown)
        assert len(unknown) <= 3 * CONCURRENCY
        assert all(outcome["body"] == {"n": outcome["index"]} for outcome in outcomes if outcome["kind"] == "ok")
        assert [number for number, times in ran.items() if times > 1] == [], f"run twice, seed {seed}"
        assert set(range(RECORDS)) - ran.keys() <= unknown
        assert (shell.folder / "failed.jsonl").read_text() == ""
        sys.stdout.write(f"{RECORDS} records, {len(unknown)} unknown, 0 run twice, seed {seed}; {memory}\n")

        repeated = shell.run(*typed, "--repeat-unknown")
        assert repeated.code == 0, repeated.err
        assert json.loads(repeated.out)["counts"]["ok"] == RECORDS
        assert {number for number, times in ran.items() if times > 1} <= unknown


def _memory_of_the_rest(shell: Shell, typed: tuple[str, ...], journal: Path) -> str:
    """Run to the end; return how the memory of that process grew, which is bounded."""
    at_start = journal.stat().st_size
    watched = Watched(shell.start(*typed), journal)
    left = RECORDS * BYTES_A_RECORD - at_start
    samples: list[float] = []
    for share in (0.2, 0.4, 0.6, 0.8, 0.95):
        if not watched.done_when(at_start + share * left):
            break
        samples += [mib for mib in [watched.resident_mib()] if mib is not None]
    _, told = watched.process.communicate()
    assert watched.process.returncode in {0, 5}, told
    growth = samples[-1] - samples[0] if samples else 0.0
    assert growth <= GROWTH_MIB
    return f"resident {samples[-1] if samples else 0:.0f} MiB, grew by {growth:.1f} MiB"
