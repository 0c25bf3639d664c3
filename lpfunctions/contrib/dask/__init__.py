"""Invoke a function with every record of a Dask collection, on the workers of a cluster (extra ``dask``).

Names are loaded when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpfunctions.contrib.dask.collection import invoke_partitions

__all__ = ["invoke_partitions"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        import_module("dask.dataframe")
    except ImportError as missing:
        raise ModuleNotFoundError(
            f'{name} needs {missing.name or "dask"}: pip install "lpfunctions[dask]"', name=missing.name
        ) from missing
    return getattr(import_module(f"{__name__}.collection"), name)
