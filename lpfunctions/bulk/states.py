"""What is known of each record, in nine bytes a record."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from lpfunctions.bulk.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.bulk.kinds import Kind

_PENDING: Final = 0
_STARTED: Final = 1
_DONE: Final = 2  # and the number of its kind
_MAY_HAVE_RUN: Final = 128  # added when the function may have run


class States:
    """Pending, started or done; of a done record its kind, and where its outcome stands in the journal."""

    def __init__(self, count: int) -> None:
        self._states = bytearray(count)
        self._offsets = array("Q", bytes(8 * count))

    def __len__(self) -> int:
        return len(self._states)

    def start(self, index: int) -> None:
        """Take note that the request of a record is about to leave."""
        self._states[index] = _STARTED

    def finish(self, index: int, kind: Kind, *, may_have_run: bool, offset: int) -> None:
        """Take note of an outcome, which stands at *offset* of the journal."""
        self._states[index] = _DONE + KINDS.index(kind) + (_MAY_HAVE_RUN if may_have_run else 0)
        self._offsets[index] = offset

    def reset_unknown(self) -> None:
        """Make every record pending that was started and has no outcome, or whose function may have run."""
        for index, state in enumerate(self._states):
            if state == _STARTED or state & _MAY_HAVE_RUN:
                self._states[index] = _PENDING

    def is_pending(self, index: int) -> bool:
        """Is the record still to be sent?"""
        return self._states[index] == _PENDING

    def is_started(self, index: int) -> bool:
        """Did its request leave, as far as is known, and has it no outcome?"""
        return self._states[index] == _STARTED

    def is_failed(self, index: int, *, or_may_have_run: bool) -> bool:
        """Is it done and not ok? One that may have run counts only if *or_may_have_run*."""
        state = self._states[index]
        return state > _DONE and (or_may_have_run or state < _MAY_HAVE_RUN)

    def offset(self, index: int) -> int | None:
        """Return where the outcome of a done record stands in the journal; None if it is not done."""
        return self._offsets[index] if self._states[index] >= _DONE else None

    def started(self) -> Iterator[int]:
        """Return the records that were started and have no outcome."""
        index = self._states.find(_STARTED)
        while index >= 0:
            yield index
            index = self._states.find(_STARTED, index + 1)

    def counts(self) -> dict[Kind, int]:
        """Return how many records are done, by kind; the started ones are ``unknown``."""
        counts: dict[Kind, int] = {kind: self._count(_DONE + number) for number, kind in enumerate(KINDS)}
        counts["unknown"] += self._states.count(_STARTED)
        return counts

    @property
    def pending_count(self) -> int:
        """How many are still to be sent."""
        return self._states.count(_PENDING)

    @property
    def may_have_run_count(self) -> int:
        """Of how many it is not known whether their function ran."""
        by_outcome = sum(self._states.count(_MAY_HAVE_RUN + _DONE + number) for number in range(len(KINDS)))
        return by_outcome + self._states.count(_STARTED)

    def _count(self, state: int) -> int:
        return self._states.count(state) + self._states.count(state + _MAY_HAVE_RUN)
