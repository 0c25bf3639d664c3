"""Random faults over real sockets: no foreign answer, no function run twice, no wrong ``delivered``, no late call.

python -m tests.faults                      100 000 faults
python -m tests.faults --faults 5000        fewer
python -m tests.faults --seed 7 --only 123  round 123 of the run with seed 7, alone
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

from tests.faults.plan import CALLS_A_ROUND, Round
from tests.faults.run import Tally, run_rounds
from tests.faults.verdicts import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and return how the process is to end: 0 when every promise was kept."""
    options = _parser().parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    numbers: Iterable[int] = itertools.count(options.first) if options.only is None else options.only
    total, began = Tally(), time.monotonic()
    with closing(run_rounds(Round(seed, number, options.size) for number in numbers)) as rounds:
        for round_, tally, found in rounds:
            total.add(tally)
            for violation in found:
                _say(f"{violation.kind}: {violation.text}")
            if found:
                again = f"python -m tests.faults --seed {seed} --size {options.size} --only {round_.number}"
                _say(f"  in {round_}\n  again: {again}")
            if "hangs" in tally.broken:
                break
            if options.only is None and total.faults >= options.faults:
                break
    _report(total, seed, time.monotonic() - began)
    sys.stdout.flush()
    if "hangs" in total.broken:
        os._exit(1)  # a thread that hangs cannot be ended otherwise
    return 1 if total.broken else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Random faults over real sockets.")
    parser.add_argument("--faults", type=int, default=100_000, help="stop after so many (100 000)")
    parser.add_argument("--seed", type=int, help="of the run; without it, another one each time")
    parser.add_argument("--size", type=int, default=CALLS_A_ROUND, help=f"calls a round ({CALLS_A_ROUND})")
    parser.add_argument("--first", type=int, default=0, help="number of the first round (0)")
    parser.add_argument("--only", type=int, nargs="+", help="numbers of the rounds to run, instead of all")
    return parser


def _report(total: Tally, seed: int, seconds: float) -> None:
    _say(f"\nseed {seed}: {total.faults} faults in {total.calls} calls, {seconds:.0f} s")
    for result, number in total.results.most_common():
        _say(f"  {number:7} {result}")
    for kind in KINDS:
        _say(f"  {total.broken[kind]:7} {kind}")
    late, timer = total.late_seconds * 1000, total.timer_late_seconds * 1000
    _say(f"  the latest call ended {late:.0f} ms after its deadline; a plain timer was {timer:.0f} ms late")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
