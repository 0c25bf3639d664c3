"""`make figures`: measure P1 to P10 on an idle machine, print one table, keep everything as JSON, publish it.

The parts run one after the other, each in a process of its own, so that none inherits the memory, the core or the
warm code of another. The whole takes about ten minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final, NamedTuple, ParamSpec, TypeVar

from benchmarks import (
    cold,
    compare,
    first_answer,
    imports,
    large,
    locks,
    micro,
    observed,
    publish,
    scaling,
    soak,
    verdicts,
    versions,
)
from benchmarks.results import Measured

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")


def apart(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Return what *work* returns in a fresh process; say how long it took."""
    name = work.__module__.rpartition(".")[2]
    sys.stderr.write(f"{name} …\n")
    started = perf_counter()
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        found = process.submit(work, *args, **kwargs).result()
    sys.stderr.write(f"{name}: {perf_counter() - started:.0f} s\n")
    return found


class Sizes(NamedTuple):
    """How much is measured; the defaults are those of each benchmark."""

    imports: int = imports.ROUNDS
    first_answer: int = first_answer.ROUNDS
    large: tuple[int, int] = (large.BYTES, large.ROUNDS)
    observed: tuple[int, int] = (observed.ROUNDS, observed.CALLS)
    versions: tuple[int, int] = (versions.ROUNDS, versions.CALLS)
    micro: tuple[str, ...] = ()
    scaling: int = scaling.ROUNDS
    soak: tuple[int, int] = (soak.CALLS, soak.WARM_UP)
    race: tuple[int, int, float] = (compare.REPETITIONS, compare.CALLS, compare.SECONDS)


QUICK: Final = Sizes(
    imports=1,
    first_answer=1,
    large=(large.BYTES, 1),
    observed=(1, 20),
    versions=(1, 50),
    micro=("--processes=1", "--values=1", "--min-time=0.001"),
    scaling=1,
    soak=(2000, 800),
    race=(1, 50, 0.01),
)


def measure(sizes: Sizes) -> Measured:
    """All of it. What fails fails early: the longest part is the last."""
    return Measured(
        python=f"{platform.python_implementation()} {platform.python_version()}",
        cores=os.cpu_count() or 1,
        locks=apart(locks.measure),
        crowds=apart(cold.measure),
        imports=apart(imports.measure, sizes.imports),
        first_answers=apart(first_answer.milliseconds, sizes.first_answer),
        large=apart(large.measure, *sizes.large),
        json_milliseconds=apart(large.of_json, sizes.large[0]),
        observed=apart(observed.measure, *sizes.observed),
        versions=apart(versions.measure, *sizes.versions),
        costs=apart(micro.measure, sizes.micro),
        scales=apart(scaling.measure, sizes.scaling),
        soak=apart(soak.measure, *sizes.soak),
        race=apart(compare.measure, *sizes.race),
    )


def main() -> None:
    """Measure, keep, publish, print. A figure that is missed is a finding, no failure of the command."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--json", type=Path, default=Path(".bench/figures.json"), help="where everything is kept")
    options.add_argument("--publish", action="store_true", help="write the tables and pictures of docs/ anew")
    options.add_argument("--quick", action="store_true", help="tiny sizes, to try this out; the numbers mean nothing")
    given = options.parse_args()
    found = measure(QUICK if given.quick else Sizes())
    figures = verdicts.of_all(found)
    given.json.parent.mkdir(parents=True, exist_ok=True)
    kept = {**asdict(found), "figures": [figure._asdict() for figure in figures]}
    given.json.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")
    if given.publish:
        publish.publish(json.loads(given.json.read_text(encoding="utf-8")))
    sys.stdout.write(verdicts.table(figures) + "\n")


if __name__ == "__main__":
    main()
