"""What the handler of a signal raises, an `Exception` too, comes out of a call unchanged, wherever it comes."""

from __future__ import annotations

import logging
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import Client, FaaSError, Invocation
from lpfunctions.adapters.memory import ManualClock, MemoryTransport
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.interrupts import is_of_signal_handler

if TYPE_CHECKING:
    from collections.abc import Callable, Generator


class SoftTimeLimit(Exception):  # noqa: N818 (as Celery's SoftTimeLimitExceeded)
    """As a task queue's."""


@contextmanager
def handler(raised: BaseException) -> Generator[Callable[[], None]]:
    """Raise *raised* when a signal comes; give what sends it to this process."""

    def handle(*_arguments: object) -> None:
        raise raised

    usual = signal.signal(signal.SIGUSR1, handle)
    try:
        yield lambda: signal.raise_signal(signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, usual)


def answer(_request: object) -> HttpResponse:
    return HttpResponse(200, "", {}, b"{}")


class Interrupted:
    """The parts of a user's that a client has, one of which is interrupted in the middle of its work."""

    def __init__(self, interrupted: str, interrupt: Callable[[], None]) -> None:
        self._interrupted = interrupted
        self._interrupt = interrupt

    def options(self) -> dict[str, Any]:
        return {
            "transport": MemoryTransport(lambda request: self._passing("transport", lambda: answer(request))),
            "domain_resolver": _Resolver(lambda: self._passing("domain_resolver", lambda: "host")),
            "auth_strategy": self._authorize,
            "request_id_factory": lambda: self._passing("request_id_factory", lambda: "id"),
            "metric_collector": _Collector(lambda: self._passing("metric_collector", lambda: None)),
            "logger": _Logger(lambda: self._passing("logger", lambda: False)),
            "clock": ManualClock(),
        }

    def _authorize(self, url: str, method: str) -> Any:
        return self._passing("auth_strategy", lambda: "Bearer x")

    def _passing(self, part: str, work: Callable[[], Any]) -> Any:
        if part == self._interrupted:
            self._interrupt()
        return work()


class _Resolver:
    def __init__(self, host: Callable[[], str]) -> None:
        self._host = host

    def resolve(self, _service: str, *, timeout_seconds: float) -> str:
        return self._host()


class _Logger(logging.Logger):
    def __init__(self, is_enabled: Callable[[], bool]) -> None:
        super().__init__("interrupted")
        self._is_enabled = is_enabled

    def isEnabledFor(self, level: int) -> bool:  # noqa: N802 (logging's name)
        return self._is_enabled()


class _Collector:
    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told

    def on_invoke(self, _data: object) -> None:
        self._told()

    on_is_implemented = on_get_lambdas = on_get_functions = on_invoke


PARTS = ["transport", "domain_resolver", "auth_strategy", "request_id_factory", "metric_collector"]
RAISED = [SoftTimeLimit("enough"), TimeoutError("enough"), KeyboardInterrupt(), SystemExit(3)]


@pytest.mark.parametrize("raised", RAISED, ids=lambda raised: type(raised).__name__)
@pytest.mark.parametrize("part", PARTS)
def test_it_passes_through_every_part_of_the_users(part: str, raised: BaseException) -> None:
    with handler(raised) as interrupt, Client(account_id="1", **Interrupted(part, interrupt).options()) as client:
        with pytest.raises(type(raised)) as caught:
            client.invoke(lambda_uuid="f")
        assert caught.value is raised


@pytest.mark.parametrize("raised", RAISED, ids=lambda raised: type(raised).__name__)
def test_it_passes_through_the_logger_of_a_failed_call(raised: BaseException) -> None:
    with handler(raised) as interrupt:
        options = Interrupted("logger", interrupt).options()
        options["transport"] = MemoryTransport(lambda _: HttpResponse(404, "", {}, b""))
        with Client(account_id="1", **options) as client, pytest.raises(type(raised)) as caught:
            client.invoke(lambda_uuid="f", fail_on_error_status_code=True)
        assert caught.value is raised


def test_it_ends_invoke_many() -> None:
    raised = SoftTimeLimit("enough")
    with handler(raised) as interrupt, Client(account_id="1", **Interrupted("", interrupt).options()) as client:

        def progress(*_: object) -> None:
            interrupt()

        with pytest.raises(SoftTimeLimit) as caught:
            list(client.invoke_many([Invocation(lambda_uuid="f")] * 3, on_progress=progress))
        assert caught.value is raised


@pytest.mark.parametrize("part", PARTS[:4])
def test_the_same_class_raised_by_the_part_itself_is_an_error_of_the_call(part: str) -> None:
    def fail() -> None:
        raise SoftTimeLimit("of the part")

    options = Interrupted(part, fail).options()
    with handler(SoftTimeLimit("not raised")), Client(account_id="1", **options) as client:
        with pytest.raises(FaaSError) as caught:
            client.invoke(lambda_uuid="f")
        assert isinstance(innermost(caught.value), SoftTimeLimit)


def innermost(error: BaseException) -> BaseException:
    return error if error.__cause__ is None else innermost(error.__cause__)


def _raise(failure: BaseException) -> None:
    raise failure


@pytest.mark.parametrize("kind", ["function", "method", "partial", "object"])
def test_a_handler_of_any_kind_is_known_by_its_frame(kind: str) -> None:
    import functools

    class Handler:
        def handle(self, *_: object) -> None:
            raise SoftTimeLimit

        def __call__(self, *_: object) -> None:
            raise SoftTimeLimit

    def handle(*_: object) -> None:
        raise SoftTimeLimit

    handlers: dict[str, Any] = {
        "function": handle,
        "method": Handler().handle,
        "partial": functools.partial(handle),
        "object": Handler(),
    }
    usual = signal.signal(signal.SIGUSR1, handlers[kind])
    try:
        with pytest.raises(SoftTimeLimit) as caught:
            signal.raise_signal(signal.SIGUSR1)
        assert is_of_signal_handler(caught.value)
    finally:
        signal.signal(signal.SIGUSR1, usual)
    with pytest.raises(SoftTimeLimit) as other:
        _raise(SoftTimeLimit())
    assert not is_of_signal_handler(other.value)
