"""One request, and how it was answered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from pydantic_core import from_json

from lpfunctions.core.redaction import redact_headers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing.platform.functions.deployed import LogEntry
    from lpfunctions.testing.platform.requests.incoming import Incoming
    from lpfunctions.testing.platform.requests.routing import Kind


class RecordedHeaders(Mapping[str, str]):
    """Header fields by lower-case name. The values are all there; ``repr`` shows no credential."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return repr(redact_headers(self._values))

    @property
    def size(self) -> int:
        """The characters of names and values together."""
        return sum(map(len, self._values)) + sum(map(len, self._values.values()))


class RecordedRequest:
    """One request, and how it was answered.

    Attributes:
        number: of the request among all that came, from 1.
        kind: what it is about, as ``invoke``, ``list``, ``token`` or ``discovery``; ``unknown`` if no endpoint has its
            path. docs/testing.md lists the kinds.
        method: the HTTP method.
        url: exactly as it came.
        host: ``host[:port]``.
        path: still encoded.
        headers: lower-case names.
        body: empty when there was none.
        account_id: the account in the path; empty when there is none.
        event_id: the event in the path, or None.
        functions: uuids of the functions that it invoked by uuid, or that an event ran.
        logs: what they logged during this request, and how they failed.
        status: of the response; None as long as there is none, and for ever if the connection was dropped.
        answer: the body of the response; empty as long as there is none.
        remark: why the platform refused, when it did; it does not say so on the wire.
        duration_seconds: from the request's arrival to its response, or None as long as it lasts.
        held_bytes: what it counts for in the journal; 0 once it is forgotten there.
    """

    __slots__ = (
        "account_id", "answer", "body", "duration_seconds", "event_id", "functions", "headers", "held_bytes", "host",
        "kind", "logs", "method", "number", "path", "remark", "status", "url",
    )  # fmt: skip

    def __init__(self, incoming: Incoming, number: int = 0) -> None:
        self.number: int = number
        self.kind: Kind = incoming.kind
        self.method: str = incoming.request.method
        self.url: str = incoming.request.url
        self.host: str = incoming.host
        self.path: str = incoming.path
        self.headers: RecordedHeaders = RecordedHeaders(incoming.headers)
        self.body: bytes = incoming.content
        self.account_id: str = incoming.account_id
        self.event_id: str | None = incoming.value("event_id")
        self.functions: list[str] = incoming.functions
        self.logs: list[LogEntry] = incoming.logs
        self.status: int | None = None
        self.answer: bytes = b""
        self.held_bytes: int = 0
        self.remark: str | None = None
        self.duration_seconds: float | None = None

    def __repr__(self) -> str:
        remark = f" ({self.remark})" if self.remark else ""
        return f"<{self.method} {self.host}{self.path} -> {self.status}{remark}>"

    @property
    def size_bytes(self) -> int:
        """URL, header fields, body and answer together."""
        return len(self.url) + self.headers.size + len(self.body) + len(self.answer)

    @property
    def query(self) -> dict[str, list[str]]:
        """Query parameters, decoded; empty ones are shown too, because they went over the wire."""
        return parse_qs(self.url.partition("?")[2], keep_blank_values=True)

    @property
    def request_id(self) -> str | None:
        """The ``X-Request-ID`` that all attempts of one call share."""
        return self.headers.get("x-request-id")

    def json(self) -> Any:
        """Decode the body."""
        return from_json(self.body)
