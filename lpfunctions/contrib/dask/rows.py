"""From partitions to payloads, and from outcomes to rows. Only this file handles values of pandas."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_TEXT: Final = "string[pyarrow]"
_COLUMNS: Final = {
    "partition": "int64",
    "index": "int64",
    "kind": _TEXT,
    "delivered": _TEXT,
    "seconds": "float64",
    "status": "Int64",
    "request_id": _TEXT,
    "body": _TEXT,
    "error": _TEXT,
}
_AS_JSON: Final = frozenset({"body", "error"})


def payloads_of(partition: Any) -> list[Any]:
    """Return the payloads of a *partition*: rows of a DataFrame as objects, or the items of a bag.

    What is missing in a row, which pandas has as NaN, NaT or NA, is None.
    """
    if not hasattr(partition, "columns"):
        return list(partition)
    present = partition.notna().itertuples(index=False, name=None)
    names = [str(name) for name in partition.columns]
    return [
        {name: value if there else None for name, value, there in zip(names, values, is_there, strict=True)}
        for values, is_there in zip(partition.itertuples(index=False, name=None), present, strict=True)
    ]


def index_of(partition: Any) -> Any:
    """Return the index of a *partition* that is a DataFrame; None for one of a bag."""
    return partition.index if hasattr(partition, "columns") else None


def outcome_rows(number: int, lines: Sequence[bytes], index: Any) -> Any:
    """Return outcomes of partition *number*, lines of JSON as the journal has them, as a DataFrame with *index*."""
    pandas: Any = import_module("pandas")
    outcomes: list[dict[str, Any]] = [{"partition": number, **from_json(line)} for line in lines]
    columns = {
        name: pandas.array([_cell(outcome, name) for outcome in outcomes], dtype=kind)
        for name, kind in _COLUMNS.items()
    }
    return pandas.DataFrame(columns, index=index)


def empty_outcomes(collection: Any) -> Any:
    """Return a DataFrame without rows, as those of the outcomes of *collection* will be."""
    meta = getattr(collection, "_meta", None)
    return outcome_rows(0, [], index_of(meta) if meta is not None else None)


def _cell(outcome: Mapping[str, Any], name: str) -> Any:
    if name not in _AS_JSON or name not in outcome:
        return outcome.get(name)
    return to_json(outcome[name], inf_nan_mode="constants").decode()
