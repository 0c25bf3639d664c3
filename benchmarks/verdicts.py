"""The figures to reach, P1 to P10, and whether what was measured reaches them. Pure: nothing is measured here.

What cannot be compared, because Node or nginx is missing, is neither reached nor missed.
"""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Final, NamedTuple

from benchmarks.first_answer import BY_HAND
from benchmarks.names import (
    CACHED_ASYNC,
    CACHED_SYNC,
    CALIBRATION,
    INVOKE_ASYNC,
    INVOKE_SYNC,
    LEAN_ASYNC,
    LEAN_SYNC,
    NAIVE_ASYNC,
    NAIVE_SYNC,
    NODE,
    OURS,
    TELEMETRY,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from benchmarks.results import Cost, Crowd, Imports, Large, Locks, Measured, Observed, Race, Reading, Scale, Soak


class Figure(NamedTuple):
    """One row of the table.

    Attributes:
        id: P1 to P10.
        what: what it is about.
        asked: the bound.
        measured: what was found.
        reached: is the bound kept? None when that cannot be told.
    """

    id: str
    what: str
    asked: str
    measured: str
    reached: bool | None

    @property
    def verdict(self) -> str:
        """In words."""
        return "not measured" if self.reached is None else "reached" if self.reached else "**missed**"


# id, row of the race, over whom, at least
_IN_FLIGHT: Final = (1, 16, 50, 256)
_RATIOS: Final = (
    *(("P1", f"async {number}", NAIVE_ASYNC, 1.15) for number in _IN_FLIGHT),
    *(("P1", f"async {number}", LEAN_ASYNC, 1.0) for number in _IN_FLIGHT),
    ("P1", "async 50", NODE, 2.4),
    ("P2", "sync 1", LEAN_SYNC, 1.5),
    ("P2", "sync 1", NAIVE_SYNC, 4.0),
    ("P2", "sync 1", NODE, 1.6),
)
_ROWS: Final = {
    **{f"async {number}": f"async invoke, {number} in flight" for number in _IN_FLIGHT},
    "sync 1": "sync invoke, 1 thread",
}

# id, case, at most so many µs
_COSTS: Final = (
    ("P3", INVOKE_SYNC, 10.0),
    ("P3", INVOKE_ASYNC, 12.0),
    ("P4", CACHED_SYNC, 2.5),
    ("P4", CACHED_ASYNC, 2.5),
    ("P9", TELEMETRY, 1.0),
)
_IMPORT_MILLISECONDS: Final = 40.0
_FIRST_ANSWER_RATIO: Final = 1.15
_MEMORY_RATIO: Final = 3.0
_HELD_MILLISECONDS: Final = 20.0
_GROWTH_KIB: Final = 4_000_000 / 1024
_DESCRIPTORS: Final = 2
_GROWTH: Final = 0.10


def of_race(race: Race) -> Iterator[Figure]:
    """P1 and P2: throughput beside others."""
    for id_, row, other, least in _RATIOS:
        ratio = race.over(row, OURS, other)
        what, asked = f"{_ROWS[row]}, over {other}", f"≥ {least:.2f}"
        if ratio is None:
            yield Figure(id_, what, asked, f"{other} is missing", None)
        elif race.server != "nginx":
            yield Figure(id_, what, asked, f"{ratio:.2f} against a stand-in: nginx is missing", None)
        else:
            yield Figure(id_, what, asked, f"{ratio:.2f} ({race.rate(row, OURS):,.0f} calls/s)", ratio >= least)


def of_costs(costs: dict[str, Cost]) -> Iterator[Figure]:
    """P3 and P4: our own work."""
    for id_, case, most in _COSTS:
        cost = costs[case]
        measured = f"{cost.micros:.1f} ± {cost.spread:.1f} µs, {cost.ratio:.2f} calibration loops"
        yield Figure(id_, case, f"≤ {most:g} µs", measured, cost.micros <= most)


def of_locks(locks: Locks) -> Iterator[Figure]:
    """P4: the valid-token path."""
    measured = f"{locks.warm} in {locks.calls:,} calls; {locks.cold} by the cold one"
    yield Figure("P4", "locks taken with a valid token", "0", measured, locks.warm == 0 if locks.cold else None)


def of_crowds(crowds: Iterable[Crowd]) -> Iterator[Figure]:
    """P5: a cold client asks once."""
    for crowd in crowds:
        asked_once = (crowd.discovery, crowd.token, crowd.is_implemented) == (1, 1, 1)
        measured = (
            f"{crowd.discovery} discovery, {crowd.token} token, {crowd.is_implemented} is_implemented; "
            f"{crowd.answered:,} of {crowd.number:,} answered"
        )
        what = f"cold start of {crowd.number:,} {crowd.callers}"
        yield Figure("P5", what, "1 request of each kind", measured, asked_once and crowd.answered == crowd.number)


def of_imports(imports: Imports, calibration: Cost) -> Iterator[Figure]:
    """P6: what importing takes."""
    milliseconds = imports.milliseconds["import lpfunctions"]
    measured = f"{milliseconds:.1f} ms, {milliseconds * 1e3 / calibration.micros:,.0f} calibration loops"
    asked = f"≤ {_IMPORT_MILLISECONDS:g} ms"
    yield Figure("P6", "import lpfunctions", asked, measured, milliseconds <= _IMPORT_MILLISECONDS)
    loaded = ", ".join(imports.transports) or "none"
    yield Figure("P6", "transports that it loads", "none", loaded, not imports.transports)


def of_first_answers(found: dict[str, dict[str, list[float]]]) -> Iterator[Figure]:
    """P6: from the start of the interpreter to the first answer, over the same by hand."""
    for ours, theirs in BY_HAND.items():
        used, hand = found[ours]["processor"], found[theirs]["processor"]
        ratio = statistics.median(one / other for one, other in zip(used, hand, strict=True))
        wall = statistics.median(found[ours]["wall"])
        measured = f"{ratio:.2f} ({statistics.median(used):.0f} ms of processor, {wall:.0f} ms in all)"
        what, asked = f"start to first answer, {ours} over {theirs} by hand", f"≤ {_FIRST_ANSWER_RATIO:g}"
        yield Figure("P6", what, asked, measured, ratio <= _FIRST_ANSWER_RATIO)


def of_soak(soak: Soak) -> Iterator[Figure]:
    """P7: what many calls leave behind."""
    for client, (warm, *later) in soak.readings.items():
        what = f"{later[-1].calls - warm.calls:,} calls of {client}"
        grown = max(_grown(warm, reading) for reading in later)
        more = max((reading.descriptors - warm.descriptors for reading in later), key=abs)
        yield Figure("P7", f"{what}: RSS", "≤ +4 MB", f"{grown * 1.024 / 1000:+.2f} MB", grown <= _GROWTH_KIB)
        yield Figure("P7", f"{what}: descriptors", f"± {_DESCRIPTORS}", f"{more:+}", abs(more) <= _DESCRIPTORS)


def _grown(warm: Reading, later: Reading) -> int:
    return later.rss_kib - warm.rss_kib


def of_scales(scales: Iterable[Scale]) -> Iterator[Figure]:
    """P8: the cost of a call does not grow with what is remembered or under way."""
    for scale in scales:
        if not scale.is_flat:
            continue
        growth = scale.growth()
        what = f"{scale.what}, {min(growth):,} to {max(growth):,} {scale.unit}"
        what += ", over the same loop without a client" if scale.control else ""
        measured = ", ".join(f"{ratio:.2f}" for ratio in growth.values())
        yield Figure("P8", what, f"≤ {1 + _GROWTH:.2f}", measured, max(growth.values()) <= 1 + _GROWTH)


def of_telemetry(observed: Observed) -> Iterator[Figure]:
    """P9: telemetry with the SDK, over the same by hand."""
    ratio = observed.sdk / observed.by_hand
    measured = f"{ratio:.2f} ({observed.sdk:.1f} µs, by hand {observed.by_hand:.1f})"
    yield Figure("P9", "telemetry with the SDK, over the same spans and metrics by hand", "≤ 1.0", measured, ratio <= 1)


def of_large(large: dict[str, Large]) -> Iterator[Figure]:
    """P10: large bodies."""
    for name, each in large.items():
        what, ratio = f"{each.body_bytes / 1e6:g} MB sent and received, {name}", each.peak_bytes / each.body_bytes
        measured = f"{ratio:.2f} ({each.milliseconds:.0f} ms)"
        yield Figure("P10", f"{what}: peak memory", f"≤ {_MEMORY_RATIO:g} x the body", measured, ratio <= _MEMORY_RATIO)
        held = each.held_milliseconds
        if held is not None:
            asked = f"≤ {_HELD_MILLISECONDS:g} ms"
            yield Figure("P10", f"{what}: loop held", asked, f"{held:.1f} ms", held <= _HELD_MILLISECONDS)


def of_json(milliseconds: Sequence[float], size: int) -> Iterator[Figure]:
    """P10: what JSON takes of a large body, which is no transport's; there is no bound."""
    encoding, decoding = milliseconds
    measured = f"{encoding:.1f} ms to encode, {decoding:.1f} ms to decode"
    yield Figure("P10", f"JSON of a text of {size / 1e6:g} MB", "published", measured, reached=True)


def of_all(found: Measured) -> list[Figure]:
    """The whole table, in the order of the ids."""
    calibration = found.costs[CALIBRATION]
    return sorted(
        [
            *of_race(found.race),
            *of_costs(found.costs),
            *of_locks(found.locks),
            *of_crowds(found.crowds),
            *of_imports(found.imports, calibration),
            *of_first_answers(found.first_answers),
            *of_soak(found.soak),
            *of_scales(found.scales),
            *of_telemetry(found.observed),
            *of_large(found.large),
            *of_json(found.json_milliseconds, next(iter(found.large.values())).body_bytes),
        ],
        key=lambda figure: int(figure.id[1:]),
    )


def table(figures: Iterable[Figure]) -> str:
    """Markdown."""
    rows = [("id", "what", "asked", "measured", ""), ("---",) * 5, *((*each[:4], each.verdict) for each in figures)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in rows)


def exit_status(figures: Sequence[Figure]) -> int:
    """1 if one is missed."""
    return int(any(figure.reached is False for figure in figures))
