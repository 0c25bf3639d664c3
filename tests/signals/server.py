"""A server that answers well; to some requests only when so many have come that every connection is in use."""

from __future__ import annotations

import random
import threading
from typing import TYPE_CHECKING, Final

from tests.faults.answers import answer_to, body_for, chunked
from tests.faults.services import answer_beside_calls

if TYPE_CHECKING:
    import ssl

    from lpfunctions.testing.faults.scripted_server import Conversation

TOGETHER: Final = "together"
"""How the ids of requests begin that are answered when all of them have come."""

CONNECTIONS: Final = 4
"""How many a client may have, and how many requests of `TOGETHER` have to come."""

_WAIT_SECONDS: Final = 10.0


class StormScript:
    """Answer every call, after a moment; those of `TOGETHER` when *together* of them have come."""

    def __init__(self, together: int, is_tls: bool, tls: ssl.SSLContext) -> None:
        self.host = ""
        self.truth = None
        self._tls = tls if is_tls else None
        self._all_have_come = threading.Barrier(together)

    def __call__(self, peer: Conversation) -> None:
        """Serve one connection."""
        if self._tls is not None:
            peer.start_tls(self._tls)
        chance = random.Random(peer.number)
        while (request := peer.read_request()) is not None:
            owner = request.header("x-request-id")
            if owner is None:
                peer.send(answer_beside_calls(request, self.host))
            elif owner.startswith(TOGETHER):
                self._all_have_come.wait(_WAIT_SECONDS)
                peer.send(answer_to(owner))
            else:
                _answer(peer, owner, chance)


def _answer(peer: Conversation, owner: str, chance: random.Random) -> None:
    peer.stopping.wait(chance.choice([0.0, 0.0, 0.001]))
    body = body_for(owner, chance.choice([0, 100, 50_000]))
    if chance.random() < 0.5:
        peer.send(answer_to(owner, body))
    else:
        peer.send(answer_to(owner, chunked(body, 4096) + b"0\r\n\r\n", fields=[("Transfer-Encoding", "chunked")]))
