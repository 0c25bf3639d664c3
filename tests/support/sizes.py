"""How much of a long test is run: a part in `make test`, all of it in `make soak`."""

from __future__ import annotations

import os

FULL = os.environ.get("LPFUNCTIONS_TEST_FULL") == "1"


def size(full: int, reduced: int) -> int:
    return full if FULL else reduced
