"""Scripted faults: what happens to the next requests instead of, or before, their regular handling."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final, cast

from pydantic_core import PydanticSerializationError, to_json

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.checks import check_seconds, is_whole
from lpfunctions.testing.platform.requests.responses import JSON, answer
from lpfunctions.testing.platform.requests.routing import check_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.requests.expectations import Expectations
    from lpfunctions.testing.platform.requests.recorded import RecordedRequest
    from lpfunctions.testing.platform.requests.routing import Kind

_STATUSES: Final = range(100, 1000)
_TOLD: Final = (
    "status",
    "latency_seconds",
    "drop_connection",
    "lose_answer",
    "times",
    "kind",
    "path_contains",
    "where",
)


@dataclass(slots=True, eq=False)
class Fault:
    """One scripted fault; `FakePlatform.fail_next` explains the fields.

    Attributes:
        met: how many requests have met it.
        number: tells it from others.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: object = b""
    latency_seconds: float = 0.0
    drop_connection: bool = False
    lose_answer: bool = False
    times: int | None = 1
    kind: Kind | None = None
    path_contains: str = ""
    where: Callable[[RecordedRequest], bool] | None = None
    required: bool = True
    met: int = field(default=0, init=False)
    number: int = field(default_factory=itertools.count(1).__next__, init=False)

    def __post_init__(self) -> None:
        self._check_answer()
        self._check_matching()
        check_seconds("latency_seconds", self.latency_seconds)
        endings = (self.status is not None) + self.drop_connection + self.lose_answer
        if endings > 1:
            raise FaaSConfigurationError("a fault has one ending: status, drop_connection or lose_answer")
        if not endings and not self.latency_seconds:
            raise FaaSConfigurationError("a fault needs a status, latency_seconds, drop_connection or lose_answer")

    def __str__(self) -> str:
        """Say what was scripted, for a message: what differs from the defaults, but for body and headers."""
        told = {name: getattr(self, name) for name in _TOLD}
        defaults = {one.name: one.default for one in fields(self)}
        given = ", ".join(f"{name}={value!r}" for name, value in told.items() if value != defaults[name])
        return f"fail_next({given})"

    def _check_answer(self) -> None:
        if self.status is not None and not (is_whole(self.status) and self.status in _STATUSES):
            raise FaaSConfigurationError(f"status must be a number from 100 to 999, not {self.status!r}")
        _check_headers(self.headers)
        try:
            _content(self.body)
        except (PydanticSerializationError, ValueError):
            sort = type(self.body).__name__
            raise FaaSConfigurationError(
                f"body must be bytes, text, or something that JSON can say, not a {sort}"
            ) from None

    def _check_matching(self) -> None:
        if self.times is not None and not (is_whole(self.times) and self.times >= 1):
            raise FaaSConfigurationError(f"times must be at least 1, or None for ever; not {self.times!r}")
        if self.kind is not None:
            check_kind(self.kind)
        if not isinstance(cast("object", self.path_contains), str):
            raise FaaSConfigurationError(f"path_contains must be text, not {self.path_contains!r}")
        if self.where is not None and not callable(self.where):
            raise FaaSConfigurationError(f"where must be a function of the recorded request, not {self.where!r}")

    def awaits(self, request: RecordedRequest) -> bool:
        """Return whether this fault applies to *request*."""
        return (
            self.kind in {None, request.kind}
            and self.path_contains in request.path
            and (self.where is None or self.where(request))
        )

    def answer(self, status: int) -> HttpResponse:
        """Return the scripted response."""
        content = _content(self.body)
        kind = {} if isinstance(self.body, (bytes, str)) else {"content-type": JSON}
        return answer(status, content, {**kind, **self.headers})


def outage(kinds: Sequence[Kind], status: int | None, headers: Mapping[str, str] | None, body: object) -> list[Fault]:
    """Return the faults that let every request of *kinds* fail; `FakePlatform.outage` explains the arguments."""
    return [
        Fault(
            status=status,
            headers=headers or {},
            body=body,
            drop_connection=status is None,
            times=None,
            kind=kind,
            required=False,
        )
        for kind in kinds or (None,)
    ]


class Faults:
    """Faults in the order in which they were scripted."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []
        self._lock = threading.Lock()

    def add(self, fault: Fault) -> None:
        """Script one more."""
        with self._lock:
            self._waiting.append(fault)

    def remove(self, fault: Fault) -> None:
        """Forget *fault*; nothing happens when it has been used up."""
        with self._lock, suppress(ValueError):
            self._waiting.remove(fault)

    def waiting(self) -> list[Fault]:
        """Return the faults that have not been used up, in the order in which they are met."""
        with self._lock:
            return list(self._waiting)

    def put(self, fault: Fault, *, in_place_of: str) -> None:
        """Script *fault* where the one with the number *in_place_of* stands; at the end if there is none."""
        with self._lock:
            numbers = [str(waiting.number) for waiting in self._waiting]
            at = numbers.index(in_place_of) if in_place_of in numbers else len(numbers)
            self._waiting[at : at + 1] = [fault]

    def clear(self) -> None:
        """Remove the faults that have not been met."""
        with self._lock:
            self._waiting.clear()

    def take(self, request: RecordedRequest) -> Fault | None:
        """Return the oldest fault that applies to *request*, and count it as met once."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if fault.awaits(request):
                    self._use_up(fault)
                    return fault
        return None

    def assert_met(self, journal: Expectations) -> None:
        """Assert that each required fault was met; the message lists those that were not, and what *journal* holds."""
        __tracebackhide__ = True
        with self._lock:
            unmet = [fault for fault in self._waiting if fault.required and not fault.met]
        if unmet:
            scripted, came = ", ".join(map(str, unmet)), journal.described()
            raise AssertionError(f"no request met what was scripted: {scripted}; required=False lets that pass{came}")

    @contextmanager
    def while_scripted(self, faults: Sequence[Fault]) -> Generator[None]:
        """Let *faults* apply while the ``with`` block lasts."""
        for fault in faults:
            self.add(fault)
        try:
            yield
        finally:
            for fault in faults:
                self.remove(fault)

    def saved(self) -> Callable[[], None]:
        """Return what restores the faults that wait now, and how often each was met."""
        with self._lock:
            waiting = [(fault, fault.times, fault.met) for fault in self._waiting]

        def restore() -> None:
            with self._lock:
                self._waiting[:] = [fault for fault, _, _ in waiting]
                for fault, times, met in waiting:
                    fault.times, fault.met = times, met

        return restore

    def _use_up(self, fault: Fault) -> None:
        fault.met += 1
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)


def _check_headers(headers: object) -> None:
    wanted = "headers must be a mapping of text to text"
    if not isinstance(headers, Mapping):
        raise FaaSConfigurationError(f"{wanted}, not a {type(headers).__name__}")
    for name, value in cast("Mapping[object, object]", headers).items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise FaaSConfigurationError(f"{wanted}; {name!r} has {value!r}")


def _content(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else to_json(body)
