"""Stores that several processes share, for ``Client(…, shared_store=…)``: tokens, hosts, rate limits.

`FileStore` for the processes of one machine (extra ``file``), `RedisStore` for those of many (extra ``redis``),
`EncryptedStore` around either (extra ``encryption``). Each is imported when it is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpfunctions.stores.encrypted import EncryptedStore
    from lpfunctions.stores.file import FileStore
    from lpfunctions.stores.redis import RedisStore

__all__ = ["EncryptedStore", "FileStore", "RedisStore"]

_EXTRAS = {
    "EncryptedStore": ("encrypted", "encryption"),
    "FileStore": ("file", "file"),
    "RedisStore": ("redis", "redis"),
}


def __getattr__(name: str) -> Any:
    if name not in _EXTRAS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, extra = _EXTRAS[name]
    try:
        return getattr(import_module(f"{__name__}.{module}"), name)
    except ModuleNotFoundError as missing:
        raise ModuleNotFoundError(
            f'{name} needs {missing.name}: pip install "lpfunctions[{extra}]"', name=missing.name
        ) from missing
