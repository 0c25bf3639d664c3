"""The requests that the platform received, and its responses."""

from __future__ import annotations

import itertools
from collections import deque
from typing import TYPE_CHECKING, overload

from lpfunctions.testing.platform.requests.expectations import Expectations
from lpfunctions.testing.platform.requests.recorded import RecordedRequest
from lpfunctions.testing.platform.requests.routing import check_kind

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.testing.platform.requests.incoming import Incoming
    from lpfunctions.testing.platform.requests.routing import Kind


class Journal(Expectations):
    """Requests in the order of their arrival; the oldest are forgotten beyond *limit*."""

    def __init__(self, limit: int | None) -> None:
        self._records: deque[RecordedRequest] = deque(maxlen=limit)
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
        self._records.append(record)
        return record

    def clear(self) -> None:
        """Forget all requests."""
        self._records.clear()

    def saved(self) -> Callable[[], None]:
        """Return what restores the requests that are recorded now."""
        records = list(self._records)

        def restore() -> None:
            self._records.clear()
            self._records.extend(records)

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
