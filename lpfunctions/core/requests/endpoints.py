"""Where calls go: the whole of a request that is the same from call to call.

The same few functions and events are called over and over. What depends on them alone (path, query, source, host) is
checked and put together once; 4 µs of a call become 0.4. A call is checked before its version is known, and so
before anything is sent. Source: the platform's HTTP API, V1 and V2; what the Node client sends, except that unset
parameters are left out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.http.request_headers import GET_HEADERS, POST_HEADERS, header_value
from lpfunctions.core.http.uris import PathTemplate, check_no_control_characters, compile_template, query, segment
from lpfunctions.core.operation_table import TEMPLATES
from lpfunctions.core.platform.version import PlatformVersion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.requests.calls import EventQuery, FunctionQuery, FunctionReference, Invocation

_Pairs = tuple[tuple[str, str | None], ...]


class Address(NamedTuple):
    """A target at one host.

    Attributes:
        host: ``host[:port]``.
        version: of the account.
        url: the absolute URL.
        headers: those that are the same from call to call.
    """

    host: str
    version: PlatformVersion
    url: str
    headers: Mapping[str, str]


@dataclass(slots=True, eq=False)
class Target:
    """What a call is about, checked.

    Attributes:
        noun, name: for messages: ``function``, ``a1b2``.
        config: the options that shape its requests.
        method: HTTP method.
        v1_path: path on V1; *v2_path* on V2.
        v1_query: query on V1; *v2_query* on V2.
        source: the calling system, or None.
        source_argument: which argument named it.
        v1_source: what V1 is told when there is none; None to leave it out.
        is_event: is it an event that is invoked?
        templates: both paths, V1's and V2's, with placeholders for what varies.
    """

    noun: str
    name: str | None
    config: ClientConfig
    method: str
    v1_path: str
    v2_path: str
    v1_query: _Pairs
    v2_query: _Pairs
    source: str | None
    v1_source: str | None
    is_event: bool = False
    templates: tuple[str, str] = ("", "")
    source_argument: str = "lp_event_source"
    _last: Address | None = field(default=None, init=False)

    def template(self, version: PlatformVersion) -> str:
        """The path with placeholders for what varies."""
        return self.templates[version is not PlatformVersion.V1]

    def request(
        self, host: str, version: PlatformVersion, request_id: str, content: bytes | None, timeout_seconds: float
    ) -> HttpRequest:
        """The request for *host*, without credentials.

        Raises:
            FaaSConfigurationError: the calling system cannot be named to this version.
        """
        last = self._last
        if last is None or last.host != host or last.version is not version:
            last = self._last = self._address(host, version)
        headers = {**last.headers, "X-Request-ID": request_id}
        return HttpRequest(self.method, last.url, headers, content, timeout_seconds)

    def _address(self, host: str, version: PlatformVersion) -> Address:
        ours, origin = POST_HEADERS if self.method == "POST" else GET_HEADERS, f"{self.config.protocol}://{host}"
        if version is PlatformVersion.V1:
            pairs = (*self.v1_query, ("externalSystem", self.source or self.v1_source))
            return Address(host, version, f"{origin}{self.v1_path}{query(pairs)}", self.config.headers(ours))
        source = {"LP-EventSource": header_value(self.source_argument, self.source or "Unknown")}
        headers = self.config.headers({**ours, **source})
        return Address(host, version, f"{origin}{self.v2_path}{query(self.v2_query)}", headers)


class Paths:
    """The path of every operation, expanded for the account once.

    Raises:
        FaaSConfigurationError: a template of *config* cannot work.
    """

    def __init__(self, config: ClientConfig) -> None:
        self._templates = {option: getattr(config, option, each.path) for option, each in TEMPLATES.items()}
        self._compiled: dict[str, PathTemplate] = {
            option: compile_template(option, template, account_id=config.account_id, free=TEMPLATES[option].variable)
            for option, template in self._templates.items()
        }

    def path(self, option: str, encoded_segment: str = "") -> str:
        """The path that *option* names, with what varies filled in; *encoded_segment* comes from `segment`."""
        return self._compiled[option].path(encoded_segment)

    def template(self, option: str) -> str:
        """The same with placeholders, for telemetry."""
        return self._templates[option]


class Targets:
    """The targets of one client.

    Each method raises a `FaaSConfigurationError` that says which argument makes no sense.
    """

    def __init__(self, config: ClientConfig) -> None:
        self._config = config
        self._paths = Paths(config)
        self._known = lru_cache(maxsize=4096)(self._new_invocation)

    def invocation(self, call: Invocation) -> Target:
        """The function to run, or the event."""
        uuid: Any = call.lambda_uuid
        ids = uuid, call.event_id, call.skill_id, call.lp_event_source, call.external_system
        try:
            return self._known(*ids)
        except TypeError:  # one of them is not even hashable
            return self._new_invocation(*ids)

    def _new_invocation(
        self,
        lambda_uuid: FunctionReference | None,
        event_id: str | None,
        skill_id: str | None,
        lp_event_source: str | None,
        external_system: str | None,
    ) -> Target:
        config = self._config
        noun, name, path, template = self._function_or_event(lambda_uuid, event_id)
        skill = (("skillId", _text("skill_id", skill_id)),)
        return Target(
            noun,
            name,
            config,
            "POST",
            path,
            path,
            (("v", config.api_version), *skill),
            skill,
            _source(lp_event_source, external_system),
            "unknown",
            is_event=event_id is not None,
            templates=(template, template),
            source_argument=_source_argument(lp_event_source),
        )

    def _function_or_event(
        self, lambda_uuid: FunctionReference | None, event_id: str | None
    ) -> tuple[str, str | None, str, str]:
        if (lambda_uuid is None) == (event_id is None):
            got = "neither" if event_id is None else "both"
            raise FaaSConfigurationError(f"invoke needs exactly one of lambda_uuid and event_id, and got {got}")
        if lambda_uuid is not None:
            uuid = _uuid(lambda_uuid)
            path = self._paths.path("invoke_uuid_uri", segment("lambda_uuid", uuid))
            return "function", uuid, path, self._paths.template("invoke_uuid_uri")
        path = self._paths.path("invoke_event_uri", segment("event_id", event_id))
        return "event", event_id, path, self._paths.template("invoke_event_uri")

    def is_implemented(self, call: EventQuery) -> Target:
        """The event of which to ask whether it is implemented."""
        config, template = self._config, self._paths.template("is_implemented_uri")
        path = self._paths.path("is_implemented_uri", segment("event_id", call.event_id))
        skill = ("skillId", _text("skill_id", call.skill_id))
        return Target(
            "event",
            call.event_id,
            config,
            "GET",
            path,
            path,
            (("v", config.api_version), skill),
            (("userId", _text("user_id", call.user_id)), skill),
            _source(call.lp_event_source, call.external_system),
            "Unknown",
            templates=(template, template),
            source_argument=_source_argument(call.lp_event_source),
        )

    def listing(self, call: FunctionQuery) -> Target:
        """The functions to list, on either version."""
        config, name = self._config, _text("name", call.name)
        shared = (
            ("eventId", _text("event_id", call.event_id)),
            *(("state", state) for state in _states(call.state)),
            ("userId", _text("user_id", call.user_id)),
        )
        return Target(
            "the functions",
            None,
            config,
            "GET",
            self._paths.path("get_lambdas_uri"),
            self._paths.path("get_functions_uri"),
            (("v", config.api_version), *shared, ("name", name)),
            (*shared, ("functionName", name)),
            _source(call.lp_event_source, call.external_system),
            None,
            templates=(self._paths.template("get_lambdas_uri"), self._paths.template("get_functions_uri")),
            source_argument=_source_argument(call.lp_event_source),
        )


def _uuid(function: FunctionReference) -> str:
    if isinstance(function, str):
        return function
    raise FaaSConfigurationError(
        f"lambda_uuid must be a str, not {type(function).__name__}; a uuid.UUID will do too, and an object whose uuid "
        "is a str, such as a FunctionInfo"
    )


def _source(lp_event_source: str | None, external_system: str | None) -> str | None:
    return _text("lp_event_source", lp_event_source) or _text("external_system", external_system)


def _source_argument(lp_event_source: str | None) -> str:
    return "lp_event_source" if lp_event_source else "external_system"


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
    check_no_control_characters(name, value)
    return value or None
