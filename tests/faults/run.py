"""Run rounds, and count what was promised and not kept."""

from __future__ import annotations

import gc
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tests.faults.callers import Place, run_round, trusting
from tests.faults.machine import TimerLateness
from tests.faults.process import ServerProcess
from tests.faults.server import RoundScript, Truth
from tests.faults.verdicts import Violation, violations

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from tests.faults.plan import Round


def _no_kinds() -> Counter[str]:
    return Counter()


@dataclass(slots=True)
class Tally:
    """What a run came to.

    Attributes:
        calls, faults: how many there were.
        broken: how often each promise was broken.
        late_seconds: the longest that a call outlasted its deadline.
        timer_late_seconds: the longest that a plain timer did.
        results: how many calls came to what.
    """

    calls: int = 0
    faults: int = 0
    broken: Counter[str] = field(default_factory=_no_kinds)
    late_seconds: float = 0.0
    timer_late_seconds: float = 0.0
    results: Counter[str] = field(default_factory=_no_kinds)

    def add(self, other: Tally) -> None:
        """Add what another part of the run came to."""
        self.calls += other.calls
        self.faults += other.faults
        self.broken += other.broken
        self.results += other.results
        self.late_seconds = max(self.late_seconds, other.late_seconds)
        self.timer_late_seconds = max(self.timer_late_seconds, other.timer_late_seconds)


def run_rounds(rounds: Iterable[Round]) -> Generator[tuple[Round, Tally, list[Violation]]]:
    """Run each of *rounds*; yield it with what it came to."""
    with ServerProcess[Truth]() as server, trusting(server.authority) as bundle:
        for round_ in rounds:
            yield (round_, *_run(round_, server, bundle))


def _run(round_: Round, server: ServerProcess[Truth], bundle: str) -> tuple[Tally, list[Violation]]:
    gc.collect()  # the errors of the round before, whose frames hold all that was sent and observed
    host = server.open(partial(RoundScript, round_.seed, round_.number, round_.size))
    with TimerLateness() as timer:
        seen = run_round(round_, Place(host, bundle))
    truth = server.close()
    found = [violation for one in seen for violation in violations(one, truth, round_.setting, timer.between)]
    tally = Tally(
        calls=len(seen),
        faults=truth.faults,
        broken=Counter(violation.kind for violation in found),
        late_seconds=max(one.ended - one.began - one.call.timeout_seconds for one in seen),
        timer_late_seconds=timer.worst,
        results=Counter(_result(one.response, one.error) for one in seen),
    )
    return tally, found


def _result(response: object, error: BaseException | None) -> str:
    told = response if error is None else error
    return f"{type(error.__cause__ or error).__name__ if error else 'answer'}, {getattr(told, 'delivered', '-')}"
