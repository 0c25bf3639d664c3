"""The records of an input file: each is one payload."""

from __future__ import annotations

import csv
import hashlib
import importlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic_core import from_json, to_json, to_jsonable_python

from lpfunctions import FaaSConfigurationError

if TYPE_CHECKING:
    import os

Format = Literal["jsonl", "csv", "parquet"]

FORMATS: Final[dict[str, Format]] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}
"""Which format a file of which suffix has."""

_PIECE_BYTES: Final = 1 << 20
_BATCH_ROWS: Final = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One record.

    Attributes:
        index: its place in the input, from 0.
        payload: what the function is given.
    """

    index: int
    payload: Any

    def line(self) -> bytes:
        """Return the payload as a line of JSON, which is an input of the format ``jsonl``."""
        return to_json(self.payload, inf_nan_mode="constants") + b"\n"


@dataclass(frozen=True, slots=True)
class Records:
    """An input that was read through once: every record can be read.

    Attributes:
        path: the file.
        format: ``jsonl``, ``csv`` or ``parquet``.
        count: how many records it has.
        size_bytes: of the file.
        sha256: of the file, as hexadecimal digits.
    """

    path: Path
    format: Format
    count: int
    size_bytes: int
    sha256: str

    def __iter__(self) -> Iterator[Record]:
        """Read the records from the start, one after the other."""
        return (Record(index, payload) for index, payload in enumerate(_READERS[self.format](self.path)))


def open_records(path: str | os.PathLike[str], *, format: Format | None = None) -> Records:  # noqa: A002 (the field's word)
    """Read *path* through once, and return its records.

    JSON Lines (``.jsonl``, ``.ndjson``): each line is a payload, any JSON value; empty lines are skipped. CSV
    (``.csv``): the first row has the names, and each further row is a payload, an object of texts. Parquet
    (``.parquet``): each row is a payload, an object; it needs the package pyarrow.

    Args:
        path: the file.
        format: ``jsonl``, ``csv`` or ``parquet``; default by the suffix.

    Raises:
        FaaSConfigurationError: there is no such file, its format is not known, or a record cannot be read; the message
            names the line.
    """
    path = Path(path)
    chosen = format or FORMATS.get(path.suffix.lower())
    if chosen not in _READERS:
        raise FaaSConfigurationError(
            f"the format of {str(path)!r} is unknown: name a file that ends in {', '.join(FORMATS)}, or pass its format"
        )
    try:
        size_bytes, digest = _identity(path)
        count = sum(1 for _ in _READERS[chosen](path))
    except OSError as unreadable:
        raise FaaSConfigurationError(f"{str(path)!r} cannot be read: {unreadable.strerror or unreadable}") from None
    return Records(path, chosen, count, size_bytes, digest)


def _identity(path: Path) -> tuple[int, str]:
    digest, size_bytes = hashlib.sha256(), 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
            size_bytes += len(piece)
    return size_bytes, digest.hexdigest()


def _json_lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            text = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if not text:
                continue
            try:
                yield from_json(text)
            except ValueError as broken:
                raise FaaSConfigurationError(f"line {number} of {str(path)!r} is not JSON: {broken}") from None


def _csv_rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file, strict=True)
        try:
            names = _column_names(next(rows, list[str]()), path)
            for row in rows:
                if len(row) == len(names):
                    yield dict(zip(names, row, strict=True))
                elif row:
                    raise FaaSConfigurationError(
                        f"line {rows.line_num} of {str(path)!r} has {len(row)} columns, the first row has {len(names)}"
                    )
        except (csv.Error, UnicodeDecodeError) as broken:
            raise FaaSConfigurationError(f"{str(path)!r} is not CSV in UTF-8: {broken}") from None


def _column_names(names: list[str], path: Path) -> list[str]:
    if len(set(names)) < len(names) or "" in names:
        raise FaaSConfigurationError(f"the first row of {str(path)!r} must name each column, once")
    return names


def _parquet_rows(path: Path) -> Iterator[Any]:
    try:
        pyarrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError:
        raise FaaSConfigurationError('reading Parquet needs pyarrow: pip install "lpfunctions[parquet]"') from None
    try:
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS):
                yield from to_jsonable_python(batch.to_pylist())
    except pyarrow.ArrowInvalid as broken:
        raise FaaSConfigurationError(f"{str(path)!r} is not a Parquet file: {broken}") from None


_READERS: Final[dict[str, Callable[[Path], Iterator[Any]]]] = {
    "jsonl": _json_lines,
    "csv": _csv_rows,
    "parquet": _parquet_rows,
}
