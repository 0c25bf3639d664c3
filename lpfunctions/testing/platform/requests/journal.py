"""The requests that the platform received, and its responses."""

from __future__ import annotations

import itertools
import math
import threading
from collections import deque
from typing import TYPE_CHECKING, overload

from lpfunctions.testing.checks import check_whole
from lpfunctions.testing.platform.requests.expectations import Expectations
from lpfunctions.testing.platform.requests.recorded import RecordedRequest
from lpfunctions.testing.platform.requests.routing import check_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform.requests.incoming import Incoming
    from lpfunctions.testing.platform.requests.routing import Kind


class Journal(Expectations):
    """Requests in the order of their arrival; the oldest are forgotten beyond *limit* and *limit_bytes*.

    What counts of a request are URL, header fields, body and answer. The newest is kept however long it is.
    """

    def __init__(self, limit: int | None, limit_bytes: int | None = None) -> None:
        for name, value in (("journal_limit", limit), ("journal_limit_bytes", limit_bytes)):
            if value is not None:
                check_whole(name, value)
        self._limit = math.inf if limit is None else limit
        self._limit_bytes = math.inf if limit_bytes is None else limit_bytes
        self._records: deque[RecordedRequest] = deque()
        self._held_bytes = 0
        self._lock = threading.Lock()
        self._numbers = itertools.count(1)

    @overload
    def __getitem__(self, index: int) -> RecordedRequest: ...
    @overload
    def __getitem__(self, index: slice) -> list[RecordedRequest]: ...
    def __getitem__(self, index: int | slice) -> RecordedRequest | list[RecordedRequest]:
        return list(self._records)[index] if isinstance(index, slice) else self._records[index]

    def __len__(self) -> int:
        return len(self._records)

    def __repr__(self) -> str:
        return f"Journal({list(self._records)!r})"

    def open(self, incoming: Incoming) -> RecordedRequest:
        """Record a request that has just arrived."""
        record = RecordedRequest(incoming, next(self._numbers))
        with self._lock:
            self._hold(record)
        return record

    def answered(self, record: RecordedRequest, response: HttpResponse) -> None:
        """Record the *response* to the request of *record*."""
        record.status, record.answer = response.status, response.content
        with self._lock:
            if record.held_bytes:  # not forgotten meanwhile
                record.held_bytes += len(response.content)
                self._held_bytes += len(response.content)
                self._trim()

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            while self._records:
                self._forget_oldest()

    def _hold(self, record: RecordedRequest) -> None:
        record.held_bytes = record.size_bytes
        self._held_bytes += record.held_bytes
        self._records.append(record)
        self._trim()

    def _trim(self) -> None:
        while len(self._records) > self._limit or (self._held_bytes > self._limit_bytes and len(self._records) > 1):
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        oldest = self._records.popleft()
        self._held_bytes -= oldest.held_bytes
        oldest.held_bytes = 0

    def saved(self) -> Callable[[], None]:
        """Return what restores the requests that are recorded now."""
        records = list(self._records)

        def restore() -> None:
            self.clear()
            with self._lock:
                for record in records:
                    self._hold(record)

        return restore

    def of_kind(self, kind: Kind) -> list[RecordedRequest]:
        """Return the requests of one kind.

        Raises:
            FaaSConfigurationError: there is no such kind.
        """
        check_kind(kind)
        return [record for record in list(self._records) if record.kind == kind]

    def attempts(self, request_id: str) -> list[RecordedRequest]:
        """Return the requests that carry this ``X-Request-ID``."""
        return [record for record in list(self._records) if record.request_id == request_id]

    @property
    def invocations(self) -> list[RecordedRequest]:
        """Invocations by uuid or event."""
        return self.of_kind("invoke")

    @property
    def is_implemented_requests(self) -> list[RecordedRequest]:
        """Questions whether an event is implemented."""
        return self.of_kind("is_implemented")

    @property
    def list_requests(self) -> list[RecordedRequest]:
        """Listings of functions."""
        return self.of_kind("list")

    @property
    def token_requests(self) -> list[RecordedRequest]:
        """Requests for an access token."""
        return self.of_kind("token")

    @property
    def discovery_requests(self) -> list[RecordedRequest]:
        """Requests to the Domain API."""
        return self.of_kind("discovery")
