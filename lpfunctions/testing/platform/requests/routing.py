"""Which endpoint a path names.

Paths are split while still encoded, so that an encoded slash or dot stays inside its segment.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, get_args
from urllib.parse import unquote

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import GATEWAY_SERVICE, TOKEN_SERVICE, UI_SERVICE
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Kind = Literal[
    "invoke", "is_implemented", "list", "token", "keys", "discovery",
    "login", "session", "function", "events", "runtimes", "create", "update", "manifest", "deploy", "undeploy",
    "deployments", "count", "test", "logs", "authorize", "user_token", "unknown",
]  # fmt: skip
"""What a request is about."""

AGENT_LOGIN_SERVICE: Final = "agentVep"
"""Where users log in."""

KINDS: Final[tuple[str, ...]] = get_args(Kind)

_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class Endpoint(NamedTuple):
    """One row of the routing table.

    Attributes:
        kind: what it does.
        method: its HTTP method; another endpoint may have the same path and another method.
        service: the service whose host answers, or None for the Domain API.
        version: the only version that has it, or None.
        pattern: its path; ``{name}`` stands for one segment.
    """

    kind: Kind
    method: str
    service: str | None
    version: PlatformVersion | None
    pattern: str


class EndpointMatch(NamedTuple):
    """An endpoint, and what its path said."""

    endpoint: Endpoint
    values: dict[str, str]


_ACCOUNT = "/api/account/{account_id}"

ENDPOINTS: Final = (
    Endpoint("invoke", "POST", GATEWAY_SERVICE, None, _ACCOUNT + "/lambdas/{uuid}/invoke"),
    Endpoint("invoke", "POST", GATEWAY_SERVICE, None, _ACCOUNT + "/events/{event_id}/invoke"),
    Endpoint("is_implemented", "GET", GATEWAY_SERVICE, None, _ACCOUNT + "/events/{event_id}/isImplemented"),
    # V1 is listed with and without the slash: the Node client sends one, the others do not.
    Endpoint("list", "GET", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/lambdas"),
    Endpoint("list", "GET", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/lambdas/"),
    Endpoint("list", "GET", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions"),
    Endpoint("create", "POST", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/lambdas"),
    Endpoint("create", "POST", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions"),
    Endpoint("count", "GET", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions/count"),
    Endpoint("count", "GET", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/deployments/count"),
    Endpoint("function", "GET", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/lambdas/{uuid}"),
    Endpoint("function", "GET", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions/{uuid}"),
    Endpoint("update", "PUT", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/lambdas/{uuid}"),
    Endpoint("update", "PUT", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions/{uuid}"),
    Endpoint("manifest", "PUT", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions/{uuid}/manifest"),
    Endpoint("test", "POST", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions/{uuid}/test"),
    Endpoint("deploy", "POST", UI_SERVICE, None, _ACCOUNT + "/deployments/{uuid}"),
    Endpoint("deploy", "PATCH", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/deployments/{uuid}"),
    Endpoint("undeploy", "DELETE", UI_SERVICE, None, _ACCOUNT + "/deployments/{uuid}"),
    Endpoint("deployments", "GET", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/deployments"),
    Endpoint("logs", "GET", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/logs/export"),
    Endpoint("logs", "GET", UI_SERVICE, PlatformVersion.V2, _ACCOUNT + "/functions/{uuid}/logs/export"),
    Endpoint("events", "GET", UI_SERVICE, None, _ACCOUNT + "/events"),
    Endpoint("runtimes", "GET", UI_SERVICE, PlatformVersion.V1, _ACCOUNT + "/runtimes"),
    # Without the suffix too: samples of LivePerson's ask so.
    Endpoint("discovery", "GET", None, None, _ACCOUNT + "/service/baseURI.json"),
    Endpoint("discovery", "GET", None, None, _ACCOUNT + "/service/baseURI"),
    Endpoint("discovery", "GET", None, None, _ACCOUNT + "/service/{service}/baseURI.json"),
    Endpoint("discovery", "GET", None, None, _ACCOUNT + "/service/{service}/baseURI"),
    Endpoint("login", "POST", AGENT_LOGIN_SERVICE, None, _ACCOUNT + "/login"),
    Endpoint("session", "POST", AGENT_LOGIN_SERVICE, None, _ACCOUNT + "/refresh"),
    Endpoint("token", "POST", TOKEN_SERVICE, None, "/sentinel" + _ACCOUNT + "/app/token"),
    Endpoint("token", "POST", TOKEN_SERVICE, None, "/sentinel/api/v2/account/{account_id}/app/token"),
    Endpoint("authorize", "GET", TOKEN_SERVICE, None, "/sentinel" + _ACCOUNT + "/authorize"),
    Endpoint("user_token", "POST", TOKEN_SERVICE, None, "/sentinel" + _ACCOUNT + "/token"),
    Endpoint("keys", "GET", TOKEN_SERVICE, None, "/sentinel/well-known/jwks"),
)


def check_kind(kind: object) -> None:
    """Refuse a *kind* of which no request ever is.

    Raises:
        FaaSConfigurationError: there is no such kind.
    """
    if kind not in KINDS:
        raise FaaSConfigurationError(f"there is no kind {quoted(kind)} of requests; the kinds are {', '.join(KINDS)}")


@lru_cache(maxsize=1024)  # requests go to the same few paths over and over
def find(method: str, path: str) -> EndpointMatch | None:
    """Return the match of the encoded *path*, if possible one with this *method*; None if no endpoint has the path.

    Raises:
        ValueError: a percent sign in it begins no escape of UTF-8 text.
    """
    other: EndpointMatch | None = None
    for match in matches(path):
        if match.endpoint.method == method:
            return match
        other = other or match
    return other


def matches(path: str) -> Iterator[EndpointMatch]:
    """Yield every endpoint that has the encoded *path*, whatever its method.

    Raises:
        ValueError: as `find`.
    """
    segments = [decode(segment) for segment in path.split("/")]
    for endpoint, pattern in _BY_LENGTH.get(len(segments), ()):
        values = _match(pattern, segments)
        if values is not None:
            yield EndpointMatch(endpoint, values)


def decode(text: str) -> str:
    """Undo percent-encoding once, strictly.

    Raises:
        ValueError: a percent sign begins no escape, or the escapes are no UTF-8.
    """
    if "%" not in text:
        return text
    if _BROKEN_ESCAPE.search(text):
        raise ValueError("a percent sign begins no escape")
    return unquote(text, errors="strict")


def read_pairs(text: str) -> Iterator[tuple[str, str]]:
    """Read a query or form body. Pairs without a value are left out: to the platform they are absent.

    Raises:
        ValueError: as `decode`.
    """
    for pair in text.split("&") if text else ():
        name, _, value = pair.replace("+", " ").partition("=")
        if value:
            yield decode(name), decode(value)


class _Segment(NamedTuple):
    text: str
    is_variable: bool


def _match(pattern: Sequence[_Segment], segments: Sequence[str]) -> dict[str, str] | None:
    values: dict[str, str] = {}
    for expected, found in zip(pattern, segments, strict=True):
        if expected.is_variable:
            values[expected.text] = found
        elif expected.text != found:
            return None
    return values


def _compile(pattern: str) -> tuple[_Segment, ...]:
    return tuple(_Segment(part.strip("{}"), part.startswith("{")) for part in pattern.split("/"))


_BY_LENGTH: Final[dict[int, list[tuple[Endpoint, tuple[_Segment, ...]]]]] = {}
for _endpoint in ENDPOINTS:
    _compiled = _compile(_endpoint.pattern)
    _BY_LENGTH.setdefault(len(_compiled), []).append((_endpoint, _compiled))
