"""Turn a call into the HTTP request that goes on the wire.

In two steps, because the generation is known only after discovery: a call becomes a checked *draft* before anything
is sent; a draft becomes a request once host and generation are known. Source: the platform's HTTP API, V1 and V2;
what the Node client sends, except that unset parameters are left out.
"""

from __future__ import annotations

import platform
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard

from lpfunctions._version import __version__
from lpfunctions.core.calls import EMPTY, EventQuery, FunctionHeaders, FunctionQuery, Invocation
from lpfunctions.core.decoding import ACCEPTED_CODINGS
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.generations import Generation
from lpfunctions.core.http import HttpRequest
from lpfunctions.core.payloads import to_json_bytes
from lpfunctions.core.redaction import quoted
from lpfunctions.core.uris import query, refuse_control_characters, segment

if TYPE_CHECKING:
    from lpfunctions.core.config import ClientConfig, Endpoints

USER_AGENT: Final = f"lpfunctions/{__version__} python/{platform.python_version()}"

_MOST_BITS: Final = 1000
_PRINTABLE = re.compile(r"[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?")
_GET_HEADERS: Final = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED_CODINGS,
}
_POST_HEADERS: Final = {**_GET_HEADERS, "Content-Type": "application/json"}

_Pairs = tuple[tuple[str, str | None], ...]


class Draft(NamedTuple):
    """A call, checked, that lacks only its host.

    Attributes:
        noun, name: what the call is about, for messages.
        method: HTTP method.
        v1_path: path on V1; *v2_path* on V2.
        v1_query: query on V1; *v2_query* on V2.
        source: the calling system, or None.
        v1_source: what V1 is told when there is none; None to leave it out.
        content: the body.
        runs_several: can it start several functions?
        templates: both paths, V1's and V2's, with placeholders for what varies.
    """

    noun: str
    name: str | None
    method: str
    v1_path: str
    v2_path: str
    v1_query: _Pairs
    v2_query: _Pairs
    source: str | None
    v1_source: str | None
    content: bytes | None = None
    runs_several: bool = False
    templates: tuple[str, str] = ("", "")

    def __repr__(self) -> str:
        return f"<Draft of {self.method} {self.v2_path}>"

    def template(self, generation: Generation) -> str:
        """The path with placeholders for what varies."""
        return self.templates[generation is not Generation.V1]

    def request(self, scheme: str, host: str, generation: Generation, request_id: str) -> HttpRequest:
        """The request for *host*, without credentials."""
        headers = {**(_GET_HEADERS if self.content is None else _POST_HEADERS), "X-Request-ID": request_id}
        if generation is Generation.V1:
            pairs = (*self.v1_query, ("externalSystem", self.source or self.v1_source))
            return HttpRequest(self.method, f"{scheme}://{host}{self.v1_path}{query(pairs)}", headers, self.content)
        headers["LP-EventSource"] = header_value("lp_event_source", self.source or "Unknown")
        return HttpRequest(self.method, f"{scheme}://{host}{self.v2_path}{query(self.v2_query)}", headers, self.content)


def invoke(call: Invocation, config: ClientConfig, endpoints: Endpoints, now_ms: int) -> Draft:
    """Draft an invocation; *now_ms* is its timestamp unless the call has one."""
    if (call.lambda_uuid is None) == (call.event_id is None):
        got = "neither" if call.event_id is None else "both"
        raise FaaSConfigurationError(f"invoke needs exactly one of lambda_uuid and event_id, and got {got}")
    noun, name, path, template = _target(call, config, endpoints)
    skill_id = _text("skill_id", call.skill_id)
    skill = (("skillId", skill_id),) if skill_id else ()
    return Draft(
        noun,
        name,
        "POST",
        path,
        path,
        (("v", config.api_version), *skill),
        skill,
        _source(call.lp_event_source, call.external_system),
        "unknown",
        _invocation_body(call, now_ms),
        runs_several=call.event_id is not None,
        templates=(template, template),
    )


def _target(call: Invocation, config: ClientConfig, endpoints: Endpoints) -> tuple[str, str | None, str, str]:
    if call.lambda_uuid is not None:
        path = endpoints.invoke_uuid.path(segment("lambda_uuid", call.lambda_uuid))
        return "function", call.lambda_uuid, path, config.invoke_uuid_uri
    path = endpoints.invoke_event.path(segment("event_id", call.event_id))
    return "event", call.event_id, path, config.invoke_event_uri


def is_implemented(call: EventQuery, config: ClientConfig, endpoints: Endpoints) -> Draft:
    """Draft the question whether an event is implemented."""
    path = endpoints.is_implemented.path(segment("event_id", call.event_id))
    skill = ("skillId", _text("skill_id", call.skill_id))
    return Draft(
        "event",
        call.event_id,
        "GET",
        path,
        path,
        (("v", config.api_version), skill),
        (("userId", _text("user_id", call.user_id)), skill),
        _source(call.lp_event_source, call.external_system),
        "Unknown",
        templates=(config.is_implemented_uri, config.is_implemented_uri),
    )


def listing(call: FunctionQuery, config: ClientConfig, endpoints: Endpoints) -> Draft:
    """Draft a list of functions, for either generation."""
    name = _text("name", call.name)
    shared = (
        ("eventId", _text("event_id", call.event_id)),
        *(("state", state) for state in _states(call.state)),
        ("userId", _text("user_id", call.user_id)),
    )
    return Draft(
        "the functions",
        None,
        "GET",
        endpoints.get_lambdas.path(),
        endpoints.get_functions.path(),
        (("v", config.api_version), *shared, ("name", name)),
        (*shared, ("functionName", name)),
        _source(call.lp_event_source, call.external_system),
        None,
        templates=(config.get_lambdas_uri, config.get_functions_uri),
    )


def header_value(name: str, value: str) -> str:
    """Return *value* if it can be sent as a header.

    Raises:
        FaaSConfigurationError: it is empty, too long, or not printable ASCII.
    """
    if not isinstance(value, str) or len(value) > 256 or not _is_printable(value):
        raise FaaSConfigurationError(
            f"{name} is sent as an HTTP header and must be 1 to 256 printable ASCII characters, not {quoted(value)}"
        )
    return value


def is_header_value(value: object) -> TypeGuard[str]:
    """Can *value* be sent as a header: printable ASCII, not empty, no blank at either end?"""
    return isinstance(value, str) and _is_printable(value)


@lru_cache(maxsize=1024)
def _is_printable(value: str) -> bool:
    return _PRINTABLE.fullmatch(value) is not None


def _invocation_body(call: Invocation, now_ms: int) -> bytes:
    timestamp = now_ms if call.timestamp is None else call.timestamp
    if isinstance(timestamp, bool) or not isinstance(timestamp, int) or timestamp.bit_length() > _MOST_BITS:
        raise FaaSConfigurationError(f"timestamp must be milliseconds since the epoch, an int, not {_shown(timestamp)}")
    payload = b"{}" if call.payload is EMPTY else to_json_bytes(call.payload)
    return b'{"timestamp":%d,"headers":%b,"payload":%b}' % (
        timestamp,
        _function_headers(call.headers),
        payload,
    )


def _function_headers(headers: FunctionHeaders | None) -> bytes:
    if not headers:
        return b"[]"
    if isinstance(headers, Mapping):
        pairs: Sequence[Mapping[str, str]] = [{"key": key, "value": value} for key, value in headers.items()]
    elif isinstance(headers, (list, tuple)):
        pairs = headers
    else:
        raise FaaSConfigurationError("headers must be a mapping, or a list of {'key': …, 'value': …}")
    for pair in pairs:
        if not isinstance(pair, Mapping) or set(pair) != {"key", "value"}:
            raise FaaSConfigurationError("headers must be a mapping, or a list of {'key': …, 'value': …}")
        if not isinstance(pair["key"], str) or not isinstance(pair["value"], str):
            raise FaaSConfigurationError(f"headers must hold text; see {quoted(pair['key'])}")
    return to_json_bytes([dict(pair) for pair in pairs], "headers")


def _shown(timestamp: object) -> str:
    # Python refuses to spell out an int of thousands of digits.
    return f"one of {timestamp.bit_length()} bits" if isinstance(timestamp, int) else quoted(timestamp)


def _source(lp_event_source: str | None, external_system: str | None) -> str | None:
    return _text("lp_event_source", lp_event_source) or _text("external_system", external_system)


def _states(state: str | Sequence[str] | None) -> list[str]:
    states = [state] if isinstance(state, str) else state or ()
    if not isinstance(states, Collection):
        raise FaaSConfigurationError(f"state must be a str or a list of str, not {type(states).__name__}")
    return [text for item in states if (text := _text("state", item))]


def _text(name: str, value: str | None) -> str | None:
    """An optional argument as text without control characters; an empty one counts as absent."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise FaaSConfigurationError(f"{name} must be a str, not {type(value).__name__}")
    refuse_control_characters(name, value)
    return value or None
