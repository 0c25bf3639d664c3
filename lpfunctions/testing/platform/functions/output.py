"""What a function in Python prints and logs, on its way into the log of the call.

Which call it belongs to is a context variable, which tasks and the threads of `asyncio.to_thread` inherit. While a call
is under way, ``sys.stdout`` and the factory of log records are wrapped; both pass on what they get. Not a handler of
the root logger: with one, ``logging.basicConfig`` would do nothing, and loggers that do not propagate would be missed.
"""

from __future__ import annotations

import logging
import sys
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.testing.platform.functions.deployed import LogEntry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

_MOST_ENTRIES: Final = 1000
"""Of one call, as of a function in JavaScript: one that prints without end fills no memory."""
_MORE: Final = f"the function logged more; {_MOST_ENTRIES - 1} entries of a call are kept"


class Output:
    """What one call prints and logs in the context of a ``with`` block, and in those copied from it."""

    def __init__(self, log: Callable[[Sequence[LogEntry]], None], now: Callable[[], float]) -> None:
        """Pass entries on to *log*; *now* tells the time, in seconds since the epoch."""
        self._log = log
        self._now = now
        self._unended = ""
        self._count = 0
        self._newest: logging.LogRecord | None = None
        self._is_open = True

    def __enter__(self) -> None:
        self._token = _current.set(self)
        _process.enter()

    def __exit__(self, *_exception: object) -> None:
        """Add what was printed without the end of a line; what comes later is not of the call."""
        _process.leave()
        _current.reset(self._token)
        self._end_entry()
        self._is_open = False

    def print(self, text: str) -> None:
        """Add *text* as printed; an entry ends where a write ends with a line, which that of `print` does."""
        self._unended += text
        if text.endswith("\n"):
            self._end_entry()

    def record(self, record: logging.LogRecord) -> None:
        """Add *record*; once, although a factory that wraps ours may show it twice."""
        if record is self._newest or not record.levelno:
            return  # `logging.makeLogRecord` makes one without a level, and fills it later
        self._newest = record
        self._end_entry()
        self._add(_level(record.levelno), _message(record), _trace(record))

    def _end_entry(self) -> None:
        text, self._unended = self._unended.removesuffix("\n"), ""
        if text:
            self._add("info", text)

    def _add(self, level: str, message: str, extras: tuple[str, ...] = ()) -> None:
        if not self._is_open or self._count >= _MOST_ENTRIES:
            return
        self._count += 1
        if self._count == _MOST_ENTRIES:
            level, message, extras = "error", _MORE, ()
        self._log([LogEntry(level, message, extras, int(self._now() * 1000))])


_current: Final[ContextVar[Output | None]] = ContextVar("lpfunctions_function_output", default=None)


class _Process:
    """What calls under way change in the process, and put back after the last."""

    def __init__(self) -> None:
        self._calls = 0
        self._lock = threading.Lock()

    def enter(self) -> None:
        with self._lock:
            self._calls += 1
            # Somebody may have changed either since the last call began, as pytest does between tests.
            if sys.stdout is not None and not isinstance(sys.stdout, _Stdout):
                sys.stdout = _Stdout(sys.stdout)
            factory = logging.getLogRecordFactory()
            if not isinstance(factory, _Factory):
                logging.setLogRecordFactory(_Factory(factory))

    def leave(self) -> None:
        with self._lock:
            self._calls -= 1
            if self._calls:
                return
            if isinstance(sys.stdout, _Stdout):
                sys.stdout = sys.stdout.wrapped
            factory = logging.getLogRecordFactory()
            if isinstance(factory, _Factory):
                logging.setLogRecordFactory(factory.wrapped)


class _Stdout:
    """A text stream that also tells the call that writes to it."""

    def __init__(self, wrapped: Any) -> None:
        self.wrapped = wrapped

    def __getattr__(self, name: str) -> Any:
        return getattr(self.wrapped, name)

    def write(self, text: str, /) -> int:
        written: int = self.wrapped.write(text)
        output = _current.get()
        if output is not None:
            output.print(text)
        return written

    def writelines(self, lines: Iterable[str], /) -> None:
        for line in lines:
            self.write(line)


class _Factory:
    """A factory of log records that also tells the call in which a record is made."""

    def __init__(self, wrapped: Callable[..., logging.LogRecord]) -> None:
        self.wrapped = wrapped

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record = self.wrapped(*args, **kwargs)
        output = _current.get()
        if output is not None:
            output.record(record)
        return record


_process: Final = _Process()


def _level(number: int) -> str:
    """Return the level of the platform for one of Python."""
    if number < logging.INFO:
        return "debug"
    if number < logging.WARNING:
        return "info"
    return "warn" if number < logging.ERROR else "error"


def _message(record: logging.LogRecord) -> str:
    try:
        return record.getMessage()
    except Exception:  # noqa: BLE001 (arguments that do not fit, which logging itself reports)
        return f"{record.msg} {record.args!r}"


def _trace(record: logging.LogRecord) -> tuple[str, ...]:
    if not record.exc_info:
        return ()
    return (logging.Formatter().formatException(record.exc_info),)
