"""The output: a line for each outcome, in the order of the input or as they come."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO, Protocol

from lpfunctions.bulk.outcomes import as_line, unknown_fields

if TYPE_CHECKING:
    from lpfunctions.bulk.journal import Journal


class Output(Protocol):
    """Where outcomes go. What an earlier run left of it is written anew, from the journal."""

    def add(self, index: int, line: bytes) -> None:
        """Write *line*, the outcome of record *index* that the journal has by now."""
        ...

    def end(self) -> None:
        """Write what is left, when no call is under way any more."""
        ...


class AsTheyCome:
    """Write outcomes as they come; those of an earlier run first."""

    def __init__(self, file: BinaryIO, journal: Journal) -> None:
        self._file = file
        self._journal = journal
        file.writelines(line + b"\n" for line in journal.outcomes())

    def add(self, index: int, line: bytes) -> None:
        """Write *line*."""
        del index
        self._file.write(line + b"\n")

    def end(self) -> None:
        """List the records as unknown that were started and have no outcome."""
        for index in self._journal.states.started():
            self._file.write(as_line(unknown_fields(index)) + b"\n")


class InOrder:
    """Write outcomes in the order of the input. What comes early is read back from the journal when its turn comes."""

    def __init__(self, file: BinaryIO, journal: Journal) -> None:
        self._file = file
        self._journal = journal
        self._left_over = frozenset(journal.states.started())
        self._next = 0
        self._advance()

    def add(self, index: int, line: bytes) -> None:
        """Write *line* if it is next, and what follows it."""
        if index == self._next:
            self._file.write(line + b"\n")
            self._next += 1
            self._advance()

    def end(self) -> None:
        """Write what stands behind a record that was not sent, or has no outcome."""
        states = self._journal.states
        for index in range(self._next, len(states)):
            line = self._journal.outcome(index)
            if line is None and states.is_started(index):
                line = as_line(unknown_fields(index))
            if line is not None:
                self._file.write(line + b"\n")
        self._next = len(states)

    def _advance(self) -> None:
        while self._next < len(self._journal.states):
            line = self._journal.outcome(self._next)
            if line is None and self._next in self._left_over:
                line = as_line(unknown_fields(self._next))
            if line is None:
                return
            self._file.write(line + b"\n")
            self._next += 1
