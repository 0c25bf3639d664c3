"""What was measured, as plain values that go to JSON as they are. No measuring here, and no judging."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Race:
    """Calls a second of everybody who took part.

    Attributes:
        server: who answered, ``nginx`` or ``stand-in``.
        rates: of each row (``async 50``: fifty in flight; ``sync 8``: eight threads) and contender, one a repetition.
        costs: the same in µs of processor time a call, of the contender's process.
    """

    server: str
    rates: dict[str, dict[str, list[float]]]
    costs: dict[str, dict[str, list[float]]] = field(default_factory=dict[str, dict[str, list[float]]])

    def rate(self, row: str, name: str) -> float:
        """Median of one contender."""
        return statistics.median(self.rates[row][name])

    def micros(self, row: str, name: str) -> float:
        """Median µs of processor time a call of one contender."""
        return statistics.median(self.costs[row][name])

    def over(self, row: str, name: str, other: str) -> float | None:
        """Median of the ratios within each repetition; None when one of them did not take part."""
        pace, against = self.rates[row].get(name), self.rates[row].get(other)
        if pace is None or against is None:
            return None
        return statistics.median(one / two for one, two in zip(pace, against, strict=True))


@dataclass(frozen=True)
class Cost:
    """What one case costs.

    Attributes:
        micros: median, µs.
        spread: median absolute deviation from it, µs.
        ratio: over the calibration loop, timed by the same processes.
    """

    micros: float
    spread: float
    ratio: float


@dataclass(frozen=True)
class Locks:
    """How many locks were taken.

    Attributes:
        cold: while the first token was fetched; 0 would mean that locks are not seen.
        warm: by *calls* further calls.
        calls: how many.
    """

    cold: int
    warm: int
    calls: int


@dataclass(frozen=True)
class Imports:
    """What imports cost.

    Attributes:
        milliseconds: of each statement, over a bare interpreter.
        ratios: of each statement over importing the same libraries alone.
        transports: libraries that ``import lpfunctions`` loaded, and should not have.
    """

    milliseconds: dict[str, float]
    ratios: dict[str, float]
    transports: list[str]


@dataclass(frozen=True)
class Crowd:
    """Requests that a crowd on a cold client made.

    Attributes:
        callers: who they were.
        number: how many.
        discovery, token, is_implemented: requests of each kind.
        answered: callers whose invocation was answered with 200.
    """

    callers: str
    number: int
    discovery: int
    token: int
    is_implemented: int
    answered: int


@dataclass(frozen=True)
class Reading:
    """What a process holds, after so many calls."""

    calls: int
    rss_kib: int
    descriptors: int
    connections: int
    calls_per_second: float


@dataclass(frozen=True)
class Soak:
    """What many calls leave behind.

    Attributes:
        server: who answered.
        readings: of each client, the first after the warm-up.
    """

    server: str
    readings: dict[str, list[Reading]]


@dataclass(frozen=True)
class Scale:
    """What one call costs at several sizes.

    Attributes:
        what: the call.
        unit: of the sizes.
        micros: of each size, the smallest first.
        control: the same loop without a client; what it grows by is not ours. Empty for none.
        is_flat: is the cost not to grow? A body that grows costs more.
    """

    what: str
    unit: str
    micros: dict[int, float]
    control: dict[int, float] = field(default_factory=dict[int, float])
    is_flat: bool = True

    def growth(self) -> dict[int, float]:
        """Each size's cost over that of the smallest; over that of the control, where there is one."""
        grown = _over_first(self.micros)
        control = _over_first(self.control)
        return {size: ratio / control.get(size, 1.0) for size, ratio in grown.items()}


def _over_first(micros: dict[int, float]) -> dict[int, float]:
    first = next(iter(micros.values()), 1.0)
    return {size: each / first for size, each in micros.items()}


@dataclass(frozen=True)
class Large:
    """What a large body sent, and the same received, takes of a transport.

    Attributes:
        body_bytes: of each.
        peak_bytes: memory above what the process held before, both bodies included.
        milliseconds: from the request to the end of the response.
        held_milliseconds: the longest processor time for which no other task could run; None where there is no loop.
    """

    body_bytes: int
    peak_bytes: int
    milliseconds: float
    held_milliseconds: float | None


@dataclass(frozen=True)
class Observed:
    """What telemetry adds to a warm call, µs of processor time.

    Attributes:
        api_only: nobody receives it.
        sdk: the client's spans and metrics, into memory.
        by_hand: the same spans and metrics, written by hand around a call without telemetry.
    """

    api_only: float
    sdk: float
    by_hand: float


@dataclass(frozen=True)
class Measured:
    """All of it.

    Attributes:
        python: the interpreter's name and version.
        cores: how many the process may use.
        costs: of each case in memory.
        first_answers: of each program, ``processor`` and ``wall``: milliseconds, one a round.
        large: of each client's transport.
        json_milliseconds: to encode and to decode as much.
        versions: of each version of Python, µs of processor time of each case of `benchmarks.side`.
    """

    python: str
    cores: int
    race: Race
    costs: dict[str, Cost]
    locks: Locks
    imports: Imports
    first_answers: dict[str, dict[str, list[float]]]
    crowds: list[Crowd]
    soak: Soak
    scales: list[Scale]
    large: dict[str, Large]
    json_milliseconds: tuple[float, float]
    observed: Observed
    versions: dict[str, dict[str, float]]
