"""A request as it goes on the wire."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from lpfunctions.adapters.blocking.http.routes import Route
    from lpfunctions.core.http.messages import HttpRequest

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SPLITTING: Final = re.compile(r"[\r\n\0]")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding"})


class UnusableRequestError(Exception):
    """A method or header field that cannot go on the wire."""


def head_of(request: HttpRequest, route: Route, target: str) -> bytes:
    """Return the head of *request*: its own fields, and the few that HTTP demands.

    Raises:
        UnusableRequestError: something in it would split the request, or frame its body in another way.
    """
    line = f"{request.method} {_request_target(route, target)} HTTP/1.1"
    fields = {"host": f"Host: {route.origin.authority}"}
    if route.proxy is not None and route.is_forwarded and route.proxy.authorization:
        fields["proxy-authorization"] = f"Proxy-Authorization: {route.proxy.authorization}"
    check_fields(request)
    for name, value in request.headers.items():
        fields[name.lower()] = f"{name}: {value}"
    if request.content is not None:
        fields["content-length"] = f"Content-Length: {len(request.content)}"
    return encoded([line, *fields.values()])


def check_fields(request: HttpRequest) -> None:
    """Refuse header fields that cannot go on the wire, or would frame the body in another way.

    Raises:
        UnusableRequestError: names the field.
    """
    for name, value in request.headers.items():
        if not _TOKEN.fullmatch(name) or name.lower() in _FRAMING:
            raise UnusableRequestError(f"{quoted(name)} is no header field that a request may set")
        if _SPLITTING.search(value):
            raise UnusableRequestError(f"the header {quoted(name)} would split the request")


def encoded(lines: list[str]) -> bytes:
    """Return a head of *lines*.

    Raises:
        UnusableRequestError: a character is not of ISO 8859-1.
    """
    try:
        return "\r\n".join([*lines, "", ""]).encode("iso-8859-1")
    except UnicodeEncodeError:
        raise UnusableRequestError("a header holds a character beyond ISO 8859-1") from None


def connect_head(route: Route) -> bytes:
    """Return the request that asks the proxy of *route* for a tunnel."""
    host = f"[{route.origin.host}]" if ":" in route.origin.host else route.origin.host
    authority = f"{host}:{route.origin.port}"
    lines = [f"CONNECT {authority} HTTP/1.1", f"Host: {authority}"]
    if route.proxy is not None and route.proxy.authorization:
        lines.append(f"Proxy-Authorization: {route.proxy.authorization}")
    return encoded(lines)


def _request_target(route: Route, target: str) -> str:
    return f"{route.origin.scheme}://{route.origin.authority}{target}" if route.is_forwarded else target
