"""Say whose code failed when it was a user's."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSError
from lpfunctions.core.interrupts import raise_if_of_signal_handler

if TYPE_CHECKING:
    from types import TracebackType

    from lpfunctions.core.attempts import Phase

Settle = Callable[[object, str, Any, float, "Phase"], Awaitable[Any]]
"""Gets the result of a method that a user wrote, plain or async.

It is told of which object, the method's name, what it returned, how many seconds that may take, and in which phase.
"""


class wrapping_errors_of:  # noqa: N801 (read as a verb: `with wrapping_errors_of(…)`)
    """Turn what the code of *source*, a user's, raises into an *error* of ours that names it.

    Written out, because every call passes here: a generator for a context manager would take three times as long.
    """

    __slots__ = ("_error", "_giver")

    def __init__(self, source: str, error: Callable[[str], FaaSError] = FaaSAppJWTAuthenticationError) -> None:
        self._giver = source
        self._error = error

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if isinstance(failure, Exception) and not isinstance(failure, FaaSError):
            raise_if_of_signal_handler(failure)
            raise self._error(f"{self._giver} raised {type(failure).__name__}") from failure
