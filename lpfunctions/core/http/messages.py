"""The request and the response that cross the transport port.

Both are plain values, named tuples because several are made for every call. Their ``repr`` is fit for a log: no
credential, no query value, no body.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

from lpfunctions.core.redaction import one_line

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class HttpRequest(NamedTuple):
    """One HTTP request, ready to be sent.

    Attributes:
        method: upper-case HTTP method.
        url: the absolute URL exactly as it goes on the wire, percent-encoded.
        headers: header fields to send. A transport adds only what HTTP itself demands
            (Host, Content-Length, Connection).
        content: the body, or None for a request without one.
        timeout_seconds: the time the whole exchange may take; ``inf`` for no limit.
    """

    method: str
    url: str
    headers: Mapping[str, str] = _NO_HEADERS
    content: bytes | None = None
    timeout_seconds: float = math.inf

    def with_headers(self, headers: Mapping[str, str], timeout_seconds: float) -> HttpRequest:
        """Return this request with *headers* added, and another time to take."""
        return HttpRequest(self.method, self.url, {**self.headers, **headers}, self.content, timeout_seconds)

    def within(self, timeout_seconds: float) -> HttpRequest:
        """Return this request with another time to take."""
        return HttpRequest(self.method, self.url, self.headers, self.content, timeout_seconds)

    @property
    def host(self) -> str:
        """``host[:port]`` of the URL."""
        return _host(self.url)

    def __repr__(self) -> str:
        size = 0 if self.content is None else len(self.content)
        return f"<HttpRequest {self.method} {self.url.partition('?')[0]} ({size} bytes)>"


# Calls go to the same few URLs over and over.
@lru_cache(maxsize=1024)
def _host(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0]


class HttpResponse(NamedTuple):
    """One complete HTTP response.

    Attributes:
        status: the status code; LivePerson Functions also answers 901.
        reason: the reason phrase, possibly empty.
        headers: lower-case names; a field sent more than once is joined with ``", "``.
        content: the whole body, content-coding (gzip, deflate) removed.
        http_version: ``"1.1"`` or ``"1.0"``, as its status line says; empty where the transport does not know.
        peer: IP address and port that the connection leads to, those of the proxy where there is one; None where the
            transport does not know.

    How a response came, the last two, makes no difference to whether it equals another.
    """

    status: int
    reason: str = ""
    headers: Mapping[str, str] = _NO_HEADERS
    content: bytes = b""
    http_version: str = ""
    peer: tuple[str, int] | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, HttpResponse) and self[:4] == other[:4]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:4])

    def __repr__(self) -> str:
        return f"<HttpResponse {self.status} {one_line(self.reason)} ({len(self.content)} bytes)>"
