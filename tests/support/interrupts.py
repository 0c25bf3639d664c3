"""Interrupt code at every point at which CPython looks for signals, one after the other.

CPython runs signal handlers at the start of a function, at a jump back, and when a call returns; nowhere else. A trace
function that raises there does deterministically what a handler does by chance.
"""

from __future__ import annotations

import _thread
import dis
import inspect
import sys
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import CodeType, FrameType, ModuleType

_LOOKS_FOR_SIGNALS: Final = ("CALL", "RESUME", "JUMP_BACKWARD")


class Interrupt(BaseException):
    """What a handler raises."""


@contextmanager
def traced_by(function: Callable[[FrameType, str, Any], Any]) -> Generator[None]:
    """Trace this thread by *function* while the ``with`` block lasts, and then by what traced it before: coverage."""
    before = sys.gettrace()
    sys.settrace(function)
    try:
        yield
    finally:
        sys.settrace(before)


class Interrupter:
    """Raise `Interrupt` when the code of *modules*, in its thread, has looked for signals *at* times.

    Attributes:
        has_fired: was it raised?
    """

    def __init__(self, at: int, *modules: ModuleType, again_after: int | None = None) -> None:
        self.has_fired = False
        self._left = at
        self._again_after = again_after
        self._files = {module.__file__ for module in modules}
        self._previous: dict[FrameType, int] = {}

    def run(self, action: Callable[[], object]) -> None:
        """Run *action*; `Interrupt` ends it and goes no further.

        It runs in a thread of its own: where an exception has just been handled, an interrupt from a trace function
        leaves that exception the current one of its thread, and all later errors there would name it as their context.
        """
        failures: list[BaseException] = []
        is_done = _thread.allocate_lock()
        is_done.acquire()
        # Not by threading, which may be what is interrupted, or made to fail by a test.
        _thread.start_new_thread(self._run, (action, failures, is_done.release))
        is_done.acquire()
        if failures:
            raise failures[0]

    def _run(
        self, action: Callable[[], object], failures: list[BaseException], when_done: Callable[[], object]
    ) -> None:
        _ask_for_opcodes()
        sys.settrace(self._enter)
        try:
            action()
        except Interrupt:
            assert self.has_fired
        except BaseException as failure:  # noqa: BLE001 (it is raised again where it is waited for)
            failures.append(failure)
        finally:
            sys.settrace(None)
            when_done()

    def _enter(self, frame: FrameType, _event: str, _argument: Any) -> Any:
        if frame.f_code.co_filename not in self._files:
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        return self._step

    def _step(self, frame: FrameType, event: str, _argument: Any) -> Any:
        if event != "opcode":
            return self._step
        previous = self._previous.get(frame)
        self._previous[frame] = frame.f_lasti
        if previous is not None and previous in _looks(frame.f_code):
            self._count()
        return self._step

    def _count(self) -> None:
        self._left -= 1
        if self._left == -1:
            self.has_fired = True
            if self._again_after is not None:
                self._left, self._again_after = self._again_after, None
            raise Interrupt


def _ask_for_opcodes() -> None:
    """CPython 3.12 tells of opcodes only if some frame had asked for them before tracing began."""
    frame = inspect.currentframe()
    assert frame is not None
    frame.f_trace_opcodes = True


@lru_cache(maxsize=1024)
def _looks(code: CodeType) -> frozenset[int]:
    return frozenset(
        instruction.offset
        for instruction in dis.get_instructions(code)
        if instruction.opname.startswith(_LOOKS_FOR_SIGNALS)
    )


def interrupt_everywhere(
    case: Callable[[], tuple[Callable[[], object], Callable[[], object]]], *modules: ModuleType
) -> int:
    """Interrupt the action of *case* at every point, each time anew, and check what it leaves; return the points.

    Args:
        case: makes an action, and the check to be run after it.
        modules: where to interrupt it.
    """
    points = 0
    while True:
        action, check = case()
        interrupter = Interrupter(points, *modules)
        interrupter.run(action)
        try:
            check()
        except BaseException as failure:
            failure.add_note(f"interrupted at point {points}")
            raise
        if not interrupter.has_fired:
            return points
        points += 1
