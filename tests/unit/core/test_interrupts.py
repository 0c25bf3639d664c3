"""What a signal handler raised is told from what the interrupted code raised, whatever kind of callable handled it."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from lpfunctions.core.interrupts import (
    ignoring_failures,
    is_of_signal_handler,
    raise_cause_if_of_signal_handler,
    raise_if_of_signal_handler,
)
from tests.signals.plan import SoftTimeLimit

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


def stop(*_arguments: object) -> NoReturn:
    raise SoftTimeLimit


class Application:
    def stop(self, *_arguments: object) -> NoReturn:
        raise SoftTimeLimit

    def __call__(self, *_arguments: object) -> NoReturn:
        raise SoftTimeLimit


HANDLERS: dict[str, Callable[..., Any]] = {
    "function": stop,
    "method": Application().stop,
    "object": Application(),
    "partial of a function": partial(stop, 1),
    "partial of a partial of a method": partial(partial(Application().stop, 1), 2),
}

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGUSR1"), reason="a system without SIGUSR1")


@contextmanager
def handled_by(handler: Callable[..., Any]) -> Generator[None]:
    before = signal.signal(signal.SIGUSR1, handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGUSR1, before)


def deep(levels: int) -> None:
    """Be interrupted *levels* calls further down."""
    if levels:
        deep(levels - 1)
    else:
        signal.raise_signal(signal.SIGUSR1)


def raised_by_handler() -> SoftTimeLimit:
    with pytest.raises(SoftTimeLimit) as stopped:
        deep(3)
    return stopped.value


def raised_by_code() -> SoftTimeLimit:
    with pytest.raises(SoftTimeLimit) as stopped:
        Application().stop()
    return stopped.value


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS)
def test_a_handler_of_any_kind_is_known(handler: Callable[..., Any]) -> None:
    with handled_by(handler):
        assert is_of_signal_handler(raised_by_handler())


def test_the_same_error_of_other_code_is_none_of_a_handler() -> None:
    with handled_by(stop):
        assert not is_of_signal_handler(raised_by_code())


def test_an_error_that_was_never_raised_is_none_of_a_handler() -> None:
    with handled_by(stop):
        assert not is_of_signal_handler(SoftTimeLimit())


def test_only_what_a_handler_raised_is_raised_again() -> None:
    with handled_by(stop):
        interrupt = raised_by_handler()
        with pytest.raises(SoftTimeLimit) as again:
            raise_if_of_signal_handler(interrupt)
        assert again.value is interrupt
        raise_if_of_signal_handler(raised_by_code())


def test_what_a_codec_wrapped_is_raised_again() -> None:
    with handled_by(stop):
        interrupt = raised_by_handler()
        wrapped = SoftTimeLimit()
        wrapped.__cause__ = interrupt
        with pytest.raises(SoftTimeLimit) as again:
            raise_cause_if_of_signal_handler(wrapped)
        assert again.value is interrupt
        raise_cause_if_of_signal_handler(interrupt)


def test_failures_are_ignored_but_not_those_of_a_handler() -> None:
    with handled_by(stop):
        with ignoring_failures():
            Application().stop()
        with pytest.raises(SoftTimeLimit), ignoring_failures():
            deep(1)


@pytest.mark.parametrize("exception", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_ends_a_program_is_never_ignored(exception: type[BaseException]) -> None:
    with pytest.raises(exception), ignoring_failures():
        raise exception
