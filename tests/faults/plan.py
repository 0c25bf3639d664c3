"""What is tried: rounds of calls, each drawn from a seed, so that the client and the server draw the same ones.

A round is one client and its calls. Its number decides which client (mode, TLS, whose session, platform version), so
that any 16 rounds in a row try all sixteen; everything else is drawn from the seed.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lpfunctions import RetryPolicy
from tests.faults.answers import answer_to
from tests.faults.exchange import Fault
from tests.faults.kinds import connections, contents, framing, heads
from tests.faults.settings import SETTINGS

FAULTS: Final[dict[str, Fault]] = {
    fault.name: fault
    for table in (connections.fault, framing.fault, heads.fault, contents.fault)
    for fault in table.faults
}

NO_FAULT: Final = Fault("good answer", lambda exchange: exchange.send(answer_to(exchange.owner)), "answer", "answer")
"""What an attempt meets when its call has no more faults."""

CALLS_A_ROUND: Final = 200
_WEIGHTS: Final = [fault.weight for fault in FAULTS.values()]
_SHARE_OF_GOOD_CALLS: Final = 0.15
_LONG_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Call:
    """One call, and what its attempts meet, in turn; a later attempt than the last fault is answered well.

    Attributes:
        owner: its ``X-Request-ID``, which names the round and the call.
        by_event: by event, or by UUID?
        policy: of its retries.
        timeout_seconds: its deadline.
        payload_bytes: size of its payload.
        faults: names of what its attempts meet.
        cancel_after_seconds: when its task is cancelled, or None; in an async client.
    """

    owner: str
    by_event: bool
    policy: RetryPolicy
    timeout_seconds: float
    payload_bytes: int
    faults: tuple[str, ...]
    cancel_after_seconds: float | None

    def __str__(self) -> str:
        retries = f"{'any' if self.policy.retry_unknown else 'safe'} retries: {self.policy.max_retries}"
        return f"{self.owner} ({', '.join(self.faults) or 'no fault'}; {self.timeout_seconds:.3f} s, {retries})"


class Round:
    """The calls of one client.

    Attributes:
        seed: of the run.
        number: of the round.
        size: how many calls it has.
        setting: which client.
        callers: threads or tasks that share the client.
        max_connections: bound on its pool.
        closes_after: the client is closed when so many calls have ended; None for not before the end.
        trouble_before: the share of answers of discovery and of the token endpoint that meet a fault; None when the
            client is told its hosts and its token.
    """

    def __init__(self, seed: int, number: int, size: int = CALLS_A_ROUND) -> None:
        self.seed = seed
        self.number = number
        self.size = size
        self.setting = SETTINGS[number % len(SETTINGS)]
        chance = random.Random(f"{seed}:{number}")
        self.callers = chance.choice([2, 16, 32])
        self.max_connections = chance.choice([2, 8, 16, 100])
        self.closes_after = chance.randrange(size) if chance.random() < 0.2 else None
        self.trouble_before = chance.choice([0.0, 0.1]) if chance.random() < 0.25 else None

    @property
    def name(self) -> str:
        """How requests name it: the account id of its client."""
        return f"round-{self.seed}-{self.number}"

    def __str__(self) -> str:
        return f"round {self.number} ({self.setting}; {self.callers} callers, {self.max_connections} connections)"

    @cached_property
    def calls(self) -> list[Call]:
        """The calls, in the order in which they are begun."""
        return [self._call(number) for number in range(self.size)]

    def _call(self, number: int) -> Call:
        chance = random.Random(f"{self.seed}:{self.number}:{number}")
        return Call(
            owner=f"{self.name}-{number}",
            by_event=chance.random() < 0.4,
            policy=chance.choice(_POLICIES),
            timeout_seconds=_LONG_SECONDS if chance.random() < 0.6 else chance.uniform(0.03, 0.4),
            payload_bytes=chance.choice([0, 0, 0, 10, 1000, 100_000, 3_000_000 if chance.random() < 0.3 else 0]),
            faults=tuple(_drawn(chance)),
            cancel_after_seconds=chance.uniform(0.0, 0.2) if chance.random() < 0.05 else None,
        )


_POLICIES: Final = [
    RetryPolicy(base_seconds=0.01),
    RetryPolicy(base_seconds=0.01, retry_unknown=True),
    RetryPolicy(max_retries=1, base_seconds=0.0, retry_unknown=True),
    RetryPolicy.none(),
]


def _drawn(chance: random.Random) -> list[str]:
    if chance.random() < _SHARE_OF_GOOD_CALLS:
        return []
    return chance.choices(list(FAULTS), _WEIGHTS, k=chance.choice([1, 1, 1, 2, 3]))
