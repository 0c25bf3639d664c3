"""Bulk runs: a file of payloads in, a file of outcomes out, and a journal that survives a killed process.

Names are loaded when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from lpfunctions.bulk.engine import Engine, Sink
    from lpfunctions.bulk.histogram import Histogram
    from lpfunctions.bulk.io.records import Record, Records, open_records
    from lpfunctions.bulk.journal import Journal
    from lpfunctions.bulk.kinds import Kind, kind_of
    from lpfunctions.bulk.run import BulkRun
    from lpfunctions.bulk.summary import BulkProgress, BulkSummary

_HOMES: Final = {
    "BulkProgress": "summary",
    "BulkRun": "run",
    "BulkSummary": "summary",
    "Engine": "engine",
    "Histogram": "histogram",
    "Journal": "journal",
    "Kind": "kinds",
    "Record": "io.records",
    "Records": "io.records",
    "Sink": "engine",
    "kind_of": "kinds",
    "open_records": "io.records",
}

__all__ = [
    "BulkProgress",
    "BulkRun",
    "BulkSummary",
    "Engine",
    "Histogram",
    "Journal",
    "Kind",
    "Record",
    "Records",
    "Sink",
    "kind_of",
    "open_records",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
