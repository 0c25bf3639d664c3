"""What of the package only the garbage collector can free: reference cycles."""

from __future__ import annotations

import gc
from collections import Counter
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Final

import lpfunctions

if TYPE_CHECKING:
    from collections.abc import Generator

_PACKAGE: Final = str(Path(lpfunctions.__file__).parent)
_TESTING: Final = "lpfunctions.testing"


@contextmanager
def collecting_garbage(calls: int) -> Generator[dict[str, int]]:
    """Yield a dict; after the block it counts the package's objects and frames that only the collector could free.

    What there are fewer of than *calls* is not theirs.
    """
    found: dict[str, int] = {}
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        yield found
        gc.collect()
        counts = Counter(name for each in gc.garbage if (name := _name_of(each)))
        found.update({name: count for name, count in counts.items() if count >= calls})
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def _name_of(each: object) -> str:
    """What *each* is, if it is of the package and not of its test kit; else an empty text."""
    if isinstance(each, FrameType):
        code = each.f_code
        is_ours = code.co_filename.startswith(_PACKAGE) and "/testing/" not in code.co_filename
        return f"{code.co_filename.removeprefix(_PACKAGE)}: {code.co_qualname}" if is_ours else ""
    module = type(each).__module__
    is_ours = module.startswith(lpfunctions.__name__) and not module.startswith(_TESTING)
    return f"{module}.{type(each).__qualname__}" if is_ours else ""
