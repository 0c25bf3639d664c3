"""Trouble on demand: what the next requests meet instead of, or before, the platform."""

from __future__ import annotations

import threading
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic_core import to_json

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.platform.answers import JSON, answer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lpfunctions.core.http import HttpResponse
    from lpfunctions.testing.platform.journal import RecordedRequest
    from lpfunctions.testing.platform.routing import Kind


@dataclass(slots=True, eq=False)
class Fault:
    """One scripted fault; `FakePlatform.fail_next` explains the fields."""

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

    def __post_init__(self) -> None:
        endings = (self.status is not None) + self.drop_connection + self.lose_answer
        if endings > 1:
            raise FaaSConfigurationError("a fault has one ending: status, drop_connection or lose_answer")
        if not endings and not self.latency_seconds:
            raise FaaSConfigurationError("a fault needs a status, latency_seconds, drop_connection or lose_answer")

        if self.times is not None and self.times < 1:
            raise FaaSConfigurationError(f"times must be at least 1, or None for ever; not {self.times}")

    def awaits(self, request: RecordedRequest) -> bool:
        """Is *request* what this fault waits for?"""
        return (
            self.kind in {None, request.kind}
            and self.path_contains in request.path
            and (self.where is None or self.where(request))
        )

    def answer(self, status: int) -> HttpResponse:
        """Return the scripted answer."""
        content = _content(self.body)
        kind = {} if isinstance(self.body, (bytes, str)) else {"content-type": JSON}
        return answer(status, content, {**kind, **self.headers})


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

    def clear(self) -> None:
        """Forget what has not happened yet."""
        with self._lock:
            self._waiting.clear()

    def take(self, request: RecordedRequest) -> Fault | None:
        """Return the oldest fault that waits for *request*, and use it up once."""
        if not self._waiting:
            return None
        with self._lock:
            for fault in self._waiting:
                if fault.awaits(request):
                    self._use_up(fault)
                    return fault
        return None

    def _use_up(self, fault: Fault) -> None:
        if fault.times is not None:
            fault.times -= 1
            if fault.times <= 0:
                self._waiting.remove(fault)


def _content(body: object) -> bytes:
    if isinstance(body, bytes):
        return body
    return body.encode() if isinstance(body, str) else to_json(body)
