"""Tell what a signal handler raised from what the interrupted code raised."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType, TracebackType


def is_of_signal_handler(failure: BaseException) -> bool:
    """Was *failure* raised by a signal handler, which Python runs in the middle of whatever is being done?

    No code that it passes may handle such an exception (a soft time limit of a task queue, a handler of the
    application). It may be of any class, a ``TimeoutError`` too, and is known by its frame. Only the main thread runs
    handlers.
    """
    import signal  # takes a moment, and is needed only when something failed

    handlers = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()}
    trace = failure.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def raise_if_of_signal_handler(failure: BaseException) -> None:
    """Raise *failure* once more, unchanged, if a signal handler raised it; to be called where *failure* is caught."""
    if is_of_signal_handler(failure):
        raise failure


def raise_cause_if_of_signal_handler(failure: BaseException) -> None:
    """Raise what a signal handler raised inside a codec; Python wraps it in *failure*, another one of its class."""
    if failure.__cause__ is not None:
        raise_if_of_signal_handler(failure.__cause__)


class ignoring_failures:  # noqa: N801 (read as a verb: `with ignoring_failures():`)
    """Go on behind the ``with`` block when it raises an ``Exception``, unless a signal handler raised that."""

    __slots__ = ()

    def __enter__(self) -> None:
        pass

    def __exit__(
        self, kind: type[BaseException] | None, failure: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return isinstance(failure, Exception) and not is_of_signal_handler(failure)


def _code_of(handler: object) -> CodeType | None:
    while isinstance(handler, functools.partial):
        handler = handler.func
    called = handler if hasattr(handler, "__code__") or hasattr(handler, "__func__") else type(handler).__call__
    code: CodeType | None = getattr(getattr(called, "__func__", called), "__code__", None)
    return code
