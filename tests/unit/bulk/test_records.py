"""The three formats of an input, and what is refused before anything is sent."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.bulk import Record, open_records

if TYPE_CHECKING:
    from pathlib import Path


def payloads(path: Path) -> list[Any]:
    records = open_records(path)
    found = list(records)
    assert [record.index for record in found] == list(range(records.count))
    return [record.payload for record in found]


def write_parquet(table: dict[str, Any], path: Path) -> None:
    pyarrow: Any = importlib.import_module("pyarrow")  # comes without types
    parquet: Any = importlib.import_module("pyarrow.parquet")
    parquet.write_table(pyarrow.table(table), path)


def test_each_line_of_json_is_a_payload_and_an_empty_line_is_none(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}\n\n"text"\r\nnull\n[1.5, 12345678901234567890]')
    assert payloads(path) == [{"a": 1}, "text", None, [1.5, 12345678901234567890]]


def test_each_row_of_csv_is_an_object_of_texts(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(b'\xef\xbb\xbforder,note\r\nA-1,"two\nlines, and a comma"\r\nA-2,\r\n\r\n')
    assert payloads(path) == [{"order": "A-1", "note": "two\nlines, and a comma"}, {"order": "A-2", "note": ""}]


def test_each_row_of_parquet_is_an_object(tmp_path: Path) -> None:
    path = tmp_path / "in.parquet"
    day = dt.date(2026, 11, 24)
    table = {"order": ["A-1", "A-2"], "price": [Decimal("1.50"), None], "day": [day, day], "items": [[1, 2], []]}
    write_parquet(table, path)
    assert payloads(path) == [
        {"order": "A-1", "price": "1.50", "day": "2026-11-24", "items": [1, 2]},
        {"order": "A-2", "price": None, "day": "2026-11-24", "items": []},
    ]


def test_an_input_is_known_by_size_and_content(tmp_path: Path) -> None:
    path = tmp_path / "in.ndjson"
    path.write_bytes(b"1\n2\n")
    records = open_records(path)
    assert (records.count, records.size_bytes) == (2, 4)
    assert records.sha256 == hashlib.sha256(b"1\n2\n").hexdigest()


def test_a_payload_written_as_a_line_is_an_input_again(tmp_path: Path) -> None:
    path = tmp_path / "again.jsonl"
    given: list[Any] = [{"a": "ä\n"}, None, 12345678901234567890, "\u2028"]
    path.write_bytes(b"".join(Record(index, payload).line() for index, payload in enumerate(given)))
    assert payloads(path) == given


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("in.jsonl", b'{"a": 1}\n{"a": \n', "line 2 of .* is not JSON: EOF while parsing"),
        ("in.jsonl", b"\xff\n", "line 1 of .* is not JSON"),
        ("in.csv", b"a,b\n1,2\n1,2,3\n", "line 3 of .* has 3 columns, the first row has 2"),
        ("in.csv", b"a,a\n1,2\n", "must name each column, once"),
        ("in.csv", b"a,b\n\xff,2\n", "is not CSV in UTF-8"),
        ("in.csv", b'a,b\n"1,2\n', "is not CSV in UTF-8"),
        ("in.parquet", b"PAR1", "is not a Parquet file"),
        ("in.txt", b"1\n", "the format of .* is unknown: name a file that ends in .jsonl, .ndjson, .csv, .parquet"),
    ],
)
def test_an_input_that_cannot_be_read_is_refused_in_a_sentence(
    name: str, content: bytes, sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(FaaSConfigurationError, match=sentence):
        open_records(path)


def test_a_file_that_is_not_there_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"in.jsonl' cannot be read: No such file"):
        open_records(tmp_path / "in.jsonl")


def test_a_format_may_be_passed_where_the_suffix_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "in.txt"
    path.write_bytes(b"1\n")
    assert [record.payload for record in open_records(path, format="jsonl")] == [1]
