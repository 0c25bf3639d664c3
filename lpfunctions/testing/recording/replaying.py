"""Transports that answer from a cassette, and from nothing else."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any, Final, Self, cast

from lpfunctions.core.errors import FaaSConfigurationError, FaaSRequestError, FaaSTimeoutError, raise_again
from lpfunctions.core.redaction import one_line, quoted
from lpfunctions.testing.recording.cassette import read_cassette
from lpfunctions.testing.recording.exchange import body_of, compact, read_outcome, request_record
from lpfunctions.testing.recording.scrubbing import Scrubber

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.testing.recording.exchange import Record

_SHOWN: Final = 5
_ABSENT: Final = object()


class NotRecordedError(FaaSRequestError):
    """A request is not in the cassette, or was made more often than it is there. Nothing was sent."""

    retryable = False

    def __init__(self, message: str = "") -> None:
        super().__init__(message, delivered="no")


class _Recorded:
    """One exchange of the cassette, and whether it was replayed."""

    def __init__(self, exchange: Record) -> None:
        self.request: Record = exchange["request"]
        self.key = _key(self.request)
        self.outcome = read_outcome(exchange)
        self.was_replayed = False

    def __str__(self) -> str:
        return f"{self.request['method']} {self.request['url']}"


class _Replayer:
    """Finds the exchange that answers a request; each answers once, equal ones in the order of the recording."""

    def __init__(self, file: str | os.PathLike[str], secrets: Iterable[str]) -> None:
        self._file = file
        self._scrubber = Scrubber(secrets)
        try:
            self._exchanges = [_Recorded(exchange) for exchange in read_cassette(file)]
        except (AttributeError, KeyError, TypeError, ValueError) as broken:
            if isinstance(broken, FaaSConfigurationError):
                raise
            raise FaaSConfigurationError(f"the cassette {quoted(file)} has an exchange that cannot be read") from None
        self._unrecorded: list[str] = []
        self._lock = threading.Lock()

    def answer(self, request: HttpRequest) -> HttpResponse:
        if request.timeout_seconds <= 0:
            raise FaaSTimeoutError("no time is left to send anything", phase="connect", delivered="no")
        outcome = self._outcome(request_record(request, self._scrubber))
        if isinstance(outcome, FaaSRequestError):
            raise_again(outcome)
        return outcome

    def assert_all_recorded(self) -> None:
        __tracebackhide__ = True
        if self._unrecorded:
            raise AssertionError("\n".join(self._unrecorded))

    def assert_all_replayed(self) -> None:
        __tracebackhide__ = True
        self.assert_all_recorded()
        left = [str(exchange) for exchange in self._exchanges if not exchange.was_replayed]
        if left:
            listed = "".join(f"\n  {line}" for line in left[:_SHOWN])
            raise AssertionError(
                f"{len(left)} of {len(self._exchanges)} exchanges of {quoted(self._file)} were not asked for:{listed}"
            )

    def _outcome(self, request: Record) -> HttpResponse | FaaSRequestError:
        asked = _key(request)
        with self._lock:
            equal = [exchange for exchange in self._exchanges if exchange.key == asked]
            for exchange in equal:
                if not exchange.was_replayed:
                    exchange.was_replayed = True
                    return exchange.outcome
            message = self._objection(request, len(equal))
            self._unrecorded.append(message)
        raise NotRecordedError(message)

    def _objection(self, request: Record, times: int) -> str:
        what = one_line(f"{request['method']} {request['url']}")
        if times:
            how = f"is recorded {times} time(s) in {quoted(self._file)}, and was sent once more"
        else:
            how = f"is not recorded in {quoted(self._file)}{self._difference(request)}"
        return f"{what} {how}; if that is meant, record it anew with RecordingTransport"

    def _difference(self, request: Record) -> str:
        """Say what differs from the first exchange with the same method and path, or which requests there are."""
        path = _path(request)
        for exchange in self._exchanges:
            if _path(exchange.request) == path:
                return f": {_first_difference(_identity(request), _identity(exchange.request))}"
        recorded = dict.fromkeys(" ".join(_path(exchange.request)) for exchange in self._exchanges)
        return f", which holds {one_line(', '.join(recorded)) or 'nothing'}"


class ReplayTransport:
    """Answers as a cassette recorded it, without a network.

    A request is looked up by its method, its URL and its body; of the body of an invocation the ``timestamp`` is left
    out, which is another one each time. Each exchange answers once, and equal ones in the order of the recording.
    What is not recorded is a `NotRecordedError`, which says what differs; a ``with`` block that code under test left
    without an error ends with an ``AssertionError`` about it.
    """

    def __init__(self, file: str | os.PathLike[str], *, secrets: Iterable[str] = ()) -> None:
        """Read the cassette.

        Args:
            file: what `RecordingTransport` or `AsyncRecordingTransport` wrote.
            secrets: what the recording was given.

        Raises:
            FaaSConfigurationError: the file is missing, or no cassette.
        """
        self._replayer = _Replayer(file, secrets)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        __tracebackhide__ = True
        if kind is None:
            self._replayer.assert_all_recorded()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Return the recorded response, or raise the recorded error.

        Raises:
            NotRecordedError: it is not recorded, or not so often.
        """
        return self._replayer.answer(request)

    def close(self) -> None:
        """There is nothing to close."""

    def assert_all_replayed(self) -> None:
        """Assert that each exchange of the cassette was asked for, and nothing else.

        Raises:
            AssertionError: lists the exchanges that are left, or the requests that are not recorded.
        """
        __tracebackhide__ = True
        self._replayer.assert_all_replayed()


class AsyncReplayTransport:
    """`ReplayTransport` for an `AsyncClient`; it reads the same cassettes."""

    def __init__(self, file: str | os.PathLike[str], *, secrets: Iterable[str] = ()) -> None:
        """Read the cassette; the arguments are those of `ReplayTransport`."""
        self._replayer = _Replayer(file, secrets)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_exception: object) -> None:
        __tracebackhide__ = True
        if kind is None:
            self._replayer.assert_all_recorded()

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Return the recorded response, or raise the recorded error, as `ReplayTransport.send`."""
        return self._replayer.answer(request)

    async def aclose(self) -> None:
        """There is nothing to close."""

    def assert_all_replayed(self) -> None:
        """Assert that each exchange of the cassette was asked for, and nothing else, as `ReplayTransport` does."""
        __tracebackhide__ = True
        self._replayer.assert_all_replayed()


def _identity(request: Record) -> dict[str, Any]:
    """Return what tells one request from another."""
    path, _, query = request["url"].partition("?")
    body = body_of(request)
    if isinstance(body, dict) and "payload" in body:
        body = {name: value for name, value in cast("Record", body).items() if name != "timestamp"}
    return {"method": request["method"], "path": path, "query": query, "body": body}


def _key(request: Record) -> str:
    """Return `_identity` as text: to Python 1, 1.0 and True are equal, to JSON they are not."""
    return json.dumps(_identity(request), sort_keys=True)


def _path(request: Record) -> tuple[str, str]:
    return request["method"], request["url"].partition("?")[0]


def _first_difference(asked: Any, recorded: Any, place: str = "") -> str:
    """Say where *asked* differs from *recorded*."""
    if isinstance(asked, dict) and isinstance(recorded, dict):
        ours, theirs = cast("Record", asked), cast("Record", recorded)
        for name in {**theirs, **ours}:
            left, right = ours.get(name, _ABSENT), theirs.get(name, _ABSENT)
            if left is not right and _shown(left) != _shown(right):
                return _first_difference(left, right, f"{place}.{name}" if place else name)
    return f"its {place} is {_shown(asked)}, and {_shown(recorded)} is recorded"


def _shown(value: Any) -> str:
    return "absent" if value is _ABSENT else quoted(value if isinstance(value, str) else compact(value))
