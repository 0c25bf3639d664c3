"""Tell what a signal handler raised from what a socket raised."""

from __future__ import annotations

import functools
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType


def is_of_signal_handler(failure: BaseException) -> bool:
    """Was *failure* raised by a signal handler, which Python runs in the middle of whatever is being done?

    A handler may raise a ``TimeoutError`` or another ``OSError``, as a socket does. It is told by its frame.
    """
    handlers = {_code_of(signal.getsignal(number)) for number in signal.valid_signals()}
    trace = failure.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code in handlers:
            return True
        trace = trace.tb_next
    return False


def _code_of(handler: object) -> CodeType | None:
    while isinstance(handler, functools.partial):
        handler = handler.func
    called = handler if hasattr(handler, "__code__") or hasattr(handler, "__func__") else type(handler).__call__
    code: CodeType | None = getattr(getattr(called, "__func__", called), "__code__", None)
    return code
