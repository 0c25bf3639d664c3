"""A request, parsed and routed."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from lpfunctions.core.errors import FaaSTimeoutError
from lpfunctions.testing.platform.requests.routing import find, read_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.http.messages import HttpRequest
    from lpfunctions.testing.platform.functions.deployed import LogEntry
    from lpfunctions.testing.platform.requests.routing import EndpointMatch, Kind


class Incoming:
    """One request that the platform handles.

    Attributes:
        request: the request as it came.
        account_id: the account in the path; empty when there is none.
        host: ``host[:port]`` it was sent to.
        path: still encoded.
        headers: lower-case names.
        match: the endpoint and its path values, or None when there is none.
        malformed: why path or query cannot be read, or None.
        remark: why the request was refused, or None.
        functions: uuids of the functions that it names or has run.
        logs: what they logged.
        time_left_seconds: how long the caller still waits; ``inf`` when it is connected by a socket.
    """

    __slots__ = (
        "_query", "account_id", "functions", "headers", "host", "logs", "malformed", "match", "path", "remark",
        "request", "time_left_seconds",
    )  # fmt: skip

    def __init__(self, request: HttpRequest) -> None:
        self.request: HttpRequest = request
        # By hand, because urlsplit() would silently drop the very characters that must not get through.
        _, _, rest = request.url.partition("://")
        host, slash, target = rest.partition("/")
        path, _, query = (slash + target).partition("?")
        self.host: str = host
        self.path: str = path
        self.headers: dict[str, str] = _joined(request.headers)
        self.time_left_seconds: float = request.timeout_seconds
        self.match: EndpointMatch | None = None
        self.malformed: str | None = None
        self.remark: str | None = None
        self.functions: list[str] = []
        self.logs: list[LogEntry] = []
        self._query: dict[str, list[str]] = {}
        self._read(query)
        self.account_id: str = self.value("account_id") or ""

    def _read(self, query: str) -> None:
        try:
            if not self.request.url.isascii() or not self.request.url.isprintable() or " " in self.request.url:
                raise ValueError("the URL holds a character that must be encoded")  # noqa: TRY301 (one way out)
            self.match = find(self.request.method, self.path)
            if self.match is not None and "uuid" in self.match.values:
                self.functions.append(self.match.values["uuid"])
            self._query = _grouped(query)
        except ValueError as broken:
            self.malformed = str(broken)

    @property
    def kind(self) -> Kind:
        """What the request is about; ``unknown`` when no endpoint has its path."""
        return self.match.endpoint.kind if self.match else "unknown"

    @property
    def content(self) -> bytes:
        """The body; empty when there is none."""
        return self.request.content or b""

    @property
    def request_id(self) -> str:
        """Its ``X-Request-ID``; empty when it has none."""
        return self.headers.get("x-request-id", "")

    def value(self, name: str) -> str | None:
        """Return the decoded path segment that the endpoint calls *name*."""
        return self.match.values.get(name) if self.match else None

    def parameter(self, name: str) -> str | None:
        """Return the first value of a query parameter; None when it is absent or empty."""
        values = self._query.get(name)
        return values[0] if values else None

    def parameters(self, name: str) -> list[str]:
        """Return all values of a query parameter, empty ones left out."""
        return self._query.get(name, [])

    def spend(self, seconds: float) -> None:
        """Note that the caller has waited *seconds*."""
        self.time_left_seconds -= seconds


def given_up(incoming: Incoming) -> FaaSTimeoutError:
    """Return what the caller's transport raises when a response takes longer than the caller waits."""
    waited = incoming.request.timeout_seconds
    return FaaSTimeoutError(
        f"{incoming.host} did not answer within {waited:g} s", phase="response", delivered="unknown"
    )


def _joined(headers: Mapping[str, str]) -> dict[str, str]:
    """Return *headers* by lower-case name; a field sent twice is seen twice."""
    joined: dict[str, str] = {}
    for name, value in headers.items():
        lowered = name.lower()
        joined[lowered] = f"{joined[lowered]}, {value}" if lowered in joined else value
    return joined


def _grouped(query: str) -> dict[str, list[str]]:
    grouped: defaultdict[str, list[str]] = defaultdict(list)
    for name, value in read_pairs(query):
        grouped[name].append(value)
    return dict(grouped)
