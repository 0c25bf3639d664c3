"""What ends a connection before anybody can know whose request would have come."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from lpfunctions.testing.faults.scripted_server import Conversation

Early = Callable[[Conversation, random.Random], object]

_SILENT_SECONDS: Final = 0.3


def _reset(peer: Conversation, _chance: random.Random) -> None:
    peer.reset()


def _close(peer: Conversation, _chance: random.Random) -> None:
    peer.close()


def _be_silent(peer: Conversation, _chance: random.Random) -> None:
    peer.stopping.wait(_SILENT_SECONDS)
    peer.reset()


def _read_a_part_then_reset(peer: Conversation, chance: random.Random) -> None:
    peer.receive(chance.randrange(1, 200))
    peer.reset()


def _answer_in_plain_text(peer: Conversation, _chance: random.Random) -> None:
    peer.receive(1000)
    peer.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    peer.close()


BEFORE_THE_HANDSHAKE: Final[tuple[Early, ...]] = (
    _reset,
    _close,
    _be_silent,
    _read_a_part_then_reset,
    _answer_in_plain_text,
)
BEFORE_THE_HEAD: Final[tuple[Early, ...]] = (_reset, _close, _be_silent, _read_a_part_then_reset)
