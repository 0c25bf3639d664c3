"""Real signals at random moments: no call hangs, no place of the pool is lost, no interrupt is swallowed.

python -m tests.signals                      10 000 signals
python -m tests.signals --signals 500        fewer
python -m tests.signals --seed 7 --only 12   storm 12 of the run with seed 7, alone
"""

from __future__ import annotations

import argparse
import faulthandler
import itertools
import os
import random
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Final

from tests.signals.run import run_storms
from tests.signals.storm import KINDS, StormResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_HANGS_AFTER_SECONDS: Final = 180.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, and return how the process is to end: 0 when every promise was kept."""
    options = _parser().parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    numbers: Iterable[int] = itertools.count(options.first) if options.only is None else options.only
    total, began = StormResult(), time.monotonic()
    faulthandler.dump_traceback_later(_HANGS_AFTER_SECONDS, exit=True)
    with closing(run_storms(seed, numbers)) as storms:
        for number, setting, result in storms:
            faulthandler.dump_traceback_later(_HANGS_AFTER_SECONDS, exit=True)
            total.add(result)
            for text in result.texts:
                _say(text)
            if result.texts:
                _say(f"  in storm {number} ({setting})\n  again: python -m tests.signals --seed {seed} --only {number}")
            if options.only is None and total.signals >= options.signals:
                break
    faulthandler.cancel_dump_traceback_later()
    _report(total, seed, time.monotonic() - began)
    if total.broken["hangs"]:
        os._exit(1)  # a thread that hangs cannot be ended otherwise
    return 1 if total.broken else 0


def _report(total: StormResult, seed: int, seconds: float) -> None:
    _say(f"\nseed {seed}: {total.signals} signals, {total.others} calls of other threads, {seconds:.0f} s")
    for kind in KINDS:
        _say(f"  {total.broken[kind]:7} {kind}")
    _say("with session=, as docs/delivery.md says:")
    _say(f"  {total.locked:7} storms ended early, as urllib3's queue was left locked")
    _say(f"  {total.dropped:7} dropped by the interpreter, while it freed a response of urllib3's")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.signals", description="Real signals at random moments.")
    parser.add_argument("--signals", type=int, default=10_000, help="stop after so many (10 000)")
    parser.add_argument("--seed", type=int, help="of the run; without it, another one each time")
    parser.add_argument("--first", type=int, default=0, help="number of the first storm (0)")
    parser.add_argument("--only", type=int, nargs="+", help="numbers of the storms to run, instead of all")
    return parser


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
