"""Run a coroutine whose ports all block in one step, without an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

A = TypeVar("A")
T = TypeVar("T")


class SuspendedError(RuntimeError):
    """A coroutine waited for an event loop where there is none."""


def step(work: Coroutine[Any, Any, T]) -> T:
    """Run *work*, whose ports all block, to its result in one step."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    finally:
        work.close()
    raise SuspendedError("suspended: a blocking client was wired with a part that awaits an event loop")


def step_into(make: Callable[[A], Coroutine[Any, Any, T]], argument: A) -> T:
    """Run ``make(argument)`` as `step` does.

    The coroutine is begun where it is made, with no call in between: an interrupt there would leave one that was never
    awaited, and Python warns of it.
    """
    try:
        make(argument).send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    raise SuspendedError("suspended: a blocking client was wired with a part that awaits an event loop")
