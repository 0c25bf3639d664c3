"""A server that answers as the plan of a round says, and knows what was really run.

A function counts as run at the moment the first complete request for it has come, head and body, however the server
goes on, unless it then says that it refused.
"""

from __future__ import annotations

import random
import select
import threading
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from tests.faults.exchange import Exchange, Fault
from tests.faults.kinds.early import BEFORE_THE_HANDSHAKE, BEFORE_THE_HEAD
from tests.faults.plan import FAULTS, NO_FAULT, Call, Round
from tests.faults.services import answer_beside_calls

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from lpfunctions.testing.faults.scripted_server import Conversation, ReceivedRequest
    from tests.faults.kinds.early import Early

_SHARE_OF_EARLY_FAULTS: Final = 0.03


class Truth(NamedTuple):
    """What happened at the server during a round.

    Attributes:
        runs: how often each request was executed.
        played: the faults that each request met, in order.
        faults: how many faults there were, those before discovery and token included.
    """

    runs: dict[str, int]
    played: dict[str, list[str]]
    faults: int


class RoundScript:
    """How the server treats every connection of a round."""

    def __init__(self, seed: int, number: int, size: int, tls: ssl.SSLContext) -> None:
        self.runs: Counter[str] = Counter()
        self.played: defaultdict[str, list[str]] = defaultdict(list)
        self.faults = 0
        self.host = ""
        self._round = Round(seed, number, size)
        self._calls = {call.owner: call for call in self._round.calls}
        self._tls = tls if self._round.setting.is_tls else None
        self._lock = threading.Lock()

    @property
    def truth(self) -> Truth:
        """What has happened so far."""
        with self._lock:
            return Truth(dict(self.runs), {owner: list(faults) for owner, faults in self.played.items()}, self.faults)

    def __call__(self, peer: Conversation) -> None:
        """Serve one connection."""
        chance = random.Random(f"{self._round.name}:{peer.number}")
        if self._tls is not None:
            self._strike(peer, chance, BEFORE_THE_HANDSHAKE)
            peer.start_tls(self._tls)
        self._strike(peer, chance, BEFORE_THE_HEAD)
        while (head := peer.read_head()) is not None:
            self._serve(peer, head, chance)
            if not _has_more_to_come(peer):
                return
            self._strike(peer, chance, BEFORE_THE_HEAD)

    def _strike(self, peer: Conversation, chance: random.Random, faults: Sequence[Early]) -> None:
        """End the connection now and then, before anybody can know whose request would have come."""
        if chance.random() < _SHARE_OF_EARLY_FAULTS:
            self._count_fault()
            chance.choice(faults)(peer, chance)

    def _serve(self, peer: Conversation, head: ReceivedRequest, chance: random.Random) -> None:
        call = self._calls.get(head.header("x-request-id") or "")
        if call is None:
            self._serve_other(peer, head, chance)
        else:
            self._serve_call(peer, head, call, chance)

    def _serve_call(self, peer: Conversation, head: ReceivedRequest, call: Call, chance: random.Random) -> None:
        fault = self._next_fault(call)
        if fault.before == "answer" or peer.has_body_of(head):
            peer.read_body(head)
            self._run(call, fault)
        fault.play(Exchange(peer, call.owner, chance, self._tls is not None))

    def _next_fault(self, call: Call) -> Fault:
        with self._lock:
            number = len(self.played[call.owner])
            name = call.faults[number] if number < len(call.faults) else ""
            self.played[call.owner].append(name)
            self.faults += bool(name)
        return FAULTS[name] if name else NO_FAULT

    def _run(self, call: Call, fault: Fault) -> None:
        # A gateway that refuses an event on V2 may have run some of its functions before.
        runs_some = fault.may_run_some and call.by_event and self._round.setting.version == "v2"
        if fault.runs or runs_some:
            with self._lock:
                self.runs[call.owner] += 1

    def _serve_other(self, peer: Conversation, head: ReceivedRequest, chance: random.Random) -> None:
        """Discovery, or the token endpoint."""
        peer.read_body(head)
        if chance.random() < (self._round.trouble_before or 0.0):
            self._count_fault()
            fault = chance.choice(list(FAULTS.values()))
            fault.play(Exchange(peer, "discovery or token", chance, self._tls is not None))
        else:
            peer.send(answer_beside_calls(head, self.host))

    def _count_fault(self) -> None:
        with self._lock:
            self.faults += 1


def _has_more_to_come(peer: Conversation) -> bool:
    """Wait for the next request, by when the answer to the last has been read; False when the connection is closed."""
    if peer.fileno() < 0:
        return False
    poll = select.poll()
    poll.register(peer.fileno(), select.POLLIN)
    poll.poll()
    return True
