"""Exit codes: what a script may rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions import FaaSError
    from lpfunctions.bulk import Kind

OK: Final = 0
FUNCTION_FAILED: Final = 1
USAGE: Final = 2
PLATFORM: Final = 3
AUTHENTICATION: Final = 4
NETWORK: Final = 5
INTERRUPTED: Final = 130
"""Ctrl-C, as shells have it: 128 and the number of the signal."""

BY_KIND: Final[Mapping[Kind, int]] = {
    "ok": OK,
    "function": FUNCTION_FAILED,
    "usage": USAGE,
    "platform": PLATFORM,
    "authentication": AUTHENTICATION,
    "network": NETWORK,
    "unknown": NETWORK,  # a call without an outcome, for whatever reason
}

_GRAVEST_FIRST: Final = (AUTHENTICATION, NETWORK, PLATFORM, USAGE, FUNCTION_FAILED)


def code_of(failure: FaaSError) -> int:
    """Return the exit code of a command that failed with *failure*."""
    from lpfunctions.bulk import kind_of

    return BY_KIND[kind_of(failure)]


def gravest(counts: Mapping[Kind, int]) -> int:
    """Return the exit code of a run whose records are counted by kind."""
    codes = {BY_KIND[kind] for kind, count in counts.items() if count}
    return next((code for code in _GRAVEST_FIRST if code in codes), OK)
