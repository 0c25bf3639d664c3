"""The journal of a run: what was started, and what came of it, each in a line of JSON that is only ever appended.

    {"lpfunctions_journal": 1, "run": {…}}         whose journal this is
    {"started": 17}                                written before the request of record 17 leaves
    {"done": 17, "outcome": {…}}                   its outcome, as in the output

A line is handed to the operating system when it is written, so it survives the end of the process, SIGKILL included. It
survives a power cut only when the disk has it: a durable journal lets no request leave before that (one fsync for all
records that wait for it).
"""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Self

from pydantic_core import from_json, to_json

from lpfunctions import FaaSConfigurationError
from lpfunctions.bulk.histogram import Histogram
from lpfunctions.bulk.locking import lock
from lpfunctions.bulk.outcomes import as_line
from lpfunctions.bulk.states import States

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

_VERSION: Final = 1
_PIECE_BYTES: Final = 4096


class Journal:
    """An open journal. One process at a time holds it, and one event loop.

    Attributes:
        path: the file.
        states: what is known of each record.
        latencies: of the calls that ended.
        synced_bytes: how much of the file the disk has for certain; it only grows in a durable journal.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        run: dict[str, Any],
        *,
        count: int,
        durable: bool = False,
        wait_seconds: float = 0.0,
    ) -> None:
        """Open *path*, or create it, and read what it says.

        Args:
            path: the file.
            run: what tells this run from another: plain JSON. A journal of another run is refused.
            count: how many records the input has.
            durable: let no request leave before its line is on the disk.
            wait_seconds: how long to wait while another process holds it.

        Raises:
            FaaSConfigurationError: it is the journal of another run, another process holds it, or it is damaged.
            OSError: it cannot be opened.
        """
        self.path: Path = Path(path)
        self.states: States = States(count)
        self.latencies: Histogram = Histogram()
        self._durable = durable
        self._run = run
        self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0), 0o600)
        try:
            lock(self._file, self.path, wait_seconds=wait_seconds)
            self._end = self._read()
            self.synced_bytes: int = self._end
        except BaseException:
            os.close(self._file)
            raise
        self._disk = asyncio.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let another process have it; safe to call once."""
        os.close(self._file)

    async def start(self, index: int) -> None:
        """Write that the request of record *index* is about to leave; return when it may."""
        self._append(b'{"started":%d}\n' % index)
        self.states.start(index)
        if self._durable:
            await self._sync(self._end)

    def finish(self, fields: dict[str, Any]) -> bytes:
        """Write the outcome of a record; return it as a line of the output, without its newline."""
        index: int = fields["index"]
        line = as_line(fields)
        offset = self._append(_opening(index) + line + b"}\n")
        self._note(fields, offset)
        return line

    def outcome(self, index: int) -> bytes | None:
        """Return the outcome of record *index* as a line of the output, or None if it has none."""
        offset = self.states.offset(index)
        return None if offset is None else _outcome_of(self._line_at(offset), index)

    def outcomes(self) -> Iterator[bytes]:
        """Return the outcomes that count, oldest first."""
        for offset, line in self._lines():
            if line.startswith(b'{"done":'):
                index = int(line[8 : line.index(b",")])
                if self.states.offset(index) == offset:
                    yield _outcome_of(line, index)

    async def _sync(self, end: int) -> None:
        async with self._disk:
            if self.synced_bytes < end:  # else whoever waited before us took our line along
                reached = self._end
                await asyncio.to_thread(os.fsync, self._file)
                self.synced_bytes = reached

    def _append(self, line: bytes) -> int:
        """Write *line* at the end; return where it starts."""
        offset, left = self._end, memoryview(line)
        while left:
            left = left[os.write(self._file, left) :]
        self._end = offset + len(line)
        return offset

    def _read(self) -> int:
        """Read all there is, cut off a torn last line, and return where the next line goes."""
        self._end = 0
        for offset, line in self._lines():
            if not line.endswith(b"\n"):
                os.ftruncate(self._file, offset)
                break
            self._take(line, offset)
            self._end = offset + len(line)
        if self._end == 0:
            self._append(to_json({"lpfunctions_journal": _VERSION, "run": self._run}) + b"\n")
        return self._end

    def _take(self, line: bytes, offset: int) -> None:
        try:
            entry: dict[str, Any] = from_json(line)
            if offset == 0:
                self._check_run(entry)
            elif "started" in entry:
                self.states.start(entry["started"])
            else:
                self._note(entry["outcome"], offset)
        except (ValueError, KeyError, IndexError, TypeError) as damage:
            if isinstance(damage, FaaSConfigurationError):
                raise
            raise FaaSConfigurationError(f"the journal {str(self.path)!r} is damaged at byte {offset}") from None

    def _check_run(self, entry: dict[str, Any]) -> None:
        if entry["lpfunctions_journal"] != _VERSION:
            raise FaaSConfigurationError(f"the journal {str(self.path)!r} is of another version of lpfunctions")
        other = [name for name in self._run if entry["run"].get(name) != self._run[name]]
        if other:
            raise FaaSConfigurationError(
                f"the journal {str(self.path)!r} is of another run: it differs in {', '.join(other)}. "
                "Restore what has changed, or start a run with another output"
            )

    def _note(self, fields: dict[str, Any], offset: int) -> None:
        may_have_run = fields["delivered"] == "unknown"
        self.states.finish(fields["index"], fields["kind"], may_have_run=may_have_run, offset=offset)
        self.latencies.add(fields["seconds"])

    def _lines(self) -> Iterator[tuple[int, bytes]]:
        """Return each line with its place, the last one perhaps without a newline."""
        offset = 0
        with os.fdopen(os.dup(self._file), "rb") as file:
            file.seek(0)
            for line in file:
                yield offset, line
                offset += len(line)

    def _line_at(self, offset: int) -> bytes:
        os.lseek(self._file, offset, os.SEEK_SET)  # writing is at the end, wherever this is
        pieces: list[bytes] = []
        while piece := os.read(self._file, _PIECE_BYTES):
            newline = piece.find(b"\n")
            if newline >= 0:
                pieces.append(piece[: newline + 1])
                break
            pieces.append(piece)
        return b"".join(pieces)


def _opening(index: int) -> bytes:
    return b'{"done":%d,"outcome":' % index


def _outcome_of(line: bytes, index: int) -> bytes:
    return line[len(_opening(index)) : -2]
