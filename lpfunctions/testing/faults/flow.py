"""The faults in one direction of a connection, for `FaultProxy`. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from lpfunctions.core.errors import FaaSConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

Ending = Literal["reset", "close", "stall"]

_PIECES_PER_SECOND: Final = 50


@dataclass(frozen=True, slots=True)
class Flow:
    """The faults in one direction; by default none.

    Attributes:
        delay_seconds: the first byte is held back for so long.
        bytes_per_second: no more than so many pass.
        drip_seconds: every single byte is held back for so long.
        corrupt_at: positions of bytes whose bits are inverted.
        reset_at: after so many bytes the connection is reset (RST), in both directions.
        close_at: after so many bytes this direction ends (FIN); the other one goes on.
        stall_at: after so many bytes nothing passes any more, and nothing is closed either.
    """

    delay_seconds: float = 0.0
    bytes_per_second: float | None = None
    drip_seconds: float = 0.0
    corrupt_at: tuple[int, ...] = ()
    reset_at: int | None = None
    close_at: int | None = None
    stall_at: int | None = None

    def __post_init__(self) -> None:
        ends = [end for end in (self.reset_at, self.close_at, self.stall_at) if end is not None]
        if len(ends) > 1:
            raise FaaSConfigurationError("a flow has one ending: reset_at, close_at or stall_at")
        if any(end < 0 for end in ends):
            raise FaaSConfigurationError("a flow ends after 0 bytes or more")
        if self.bytes_per_second is not None and self.bytes_per_second <= 0:
            raise FaaSConfigurationError("bytes_per_second must be more than 0; stall_at=0 lets nothing pass")

    @property
    def ending(self) -> Ending | None:
        """How the flow ends, if it ends by itself."""
        if self.reset_at is not None:
            return "reset"
        if self.close_at is not None:
            return "close"
        return None if self.stall_at is None else "stall"

    @property
    def end(self) -> int | None:
        """After how many bytes the flow ends."""
        return next((end for end in (self.reset_at, self.close_at, self.stall_at) if end is not None), None)

    def pieces(self, data: bytes, passed: int) -> Iterator[tuple[float, bytes]]:
        """Cut *data*, which comes after *passed* bytes, into pieces, each with the seconds to wait before it."""
        end = len(data) if self.end is None else min(len(data), self.end - passed)
        size, pause = self._pace()
        for start in range(0, end, size or end):
            piece = data[start : min(start + (size or end), end)]
            wait = pause * len(piece) + (self.delay_seconds if passed + start == 0 else 0.0)
            yield wait, self._corrupted(piece, passed + start)

    def _pace(self) -> tuple[int, float]:
        """Bytes of a piece, 0 for all, and seconds for each byte."""
        pause = self.drip_seconds
        if self.bytes_per_second is not None:
            pause = max(pause, 1 / self.bytes_per_second)
        if self.drip_seconds or not pause:
            return (1, pause) if pause else (0, 0.0)
        return max(int(1 / pause / _PIECES_PER_SECOND), 1), pause

    def _corrupted(self, piece: bytes, position: int) -> bytes:
        spots = [spot - position for spot in self.corrupt_at if 0 <= spot - position < len(piece)]
        if not spots:
            return piece
        damaged = bytearray(piece)
        for spot in spots:
            damaged[spot] ^= 0xFF
        return bytes(damaged)
