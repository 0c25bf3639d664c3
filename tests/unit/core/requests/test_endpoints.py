"""The exact request of every operation on both versions."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lpfunctions.core.config import ClientConfig
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.decoding import ACCEPTED_CODINGS
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.http.request_headers import USER_AGENT, header_value, is_header_value
from lpfunctions.core.platform.events import Event
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.requests.body import invocation_body
from lpfunctions.core.requests.calls import EventQuery, FunctionQuery, Invocation
from lpfunctions.core.requests.endpoints import Target, Targets

CONFIG = ClientConfig(account_id="123")
TARGETS = Targets(CONFIG)
NOW_MS = 1_760_000_000_000
UUID = "8b6f4a2e-0000-4000-8000-000000000001"
EVENT = Event.MESSAGING_NEW_CONVERSATION
V1, V2 = PlatformVersion.V1, PlatformVersion.V2

COMMON = {
    "User-Agent": USER_AGENT,
    "Accept": "application/json",
    "Accept-Encoding": ACCEPTED_CODINGS,
    "X-Request-ID": "rid",
}
POSTED = COMMON | {"Content-Type": "application/json"}


def sent(target: Target, version: PlatformVersion, content: bytes | None = None) -> HttpRequest:
    return target.request("gw.example", version, "rid", content, 3.0)


def expected(method: str, url: str, headers: dict[str, str], content: bytes | None = None) -> HttpRequest:
    return HttpRequest(method, url, headers, content, 3.0)


def invoke(**call: Any) -> Target:
    return TARGETS.invocation(Invocation(**call))


def body(**call: Any) -> bytes:
    return invocation_body(Invocation(**call), NOW_MS)


def listing(**call: Any) -> Target:
    return TARGETS.listing(FunctionQuery(**call))


def is_implemented(**call: Any) -> Target:
    return TARGETS.is_implemented(EventQuery(**call))


INVOKE_UUID = f"https://gw.example/api/account/123/lambdas/{UUID}/invoke"
INVOKE_EVENT = f"https://gw.example/api/account/123/events/{EVENT}/invoke"
IS_IMPLEMENTED = f"https://gw.example/api/account/123/events/{EVENT}/isImplemented"


@pytest.mark.parametrize(
    ("call", "version", "url", "source"),
    [
        pytest.param({}, V1, "?v=1&externalSystem=unknown", None, id="v1-bare"),
        pytest.param({}, V2, "", "Unknown", id="v2-bare"),
        pytest.param({"skill_id": "s 1"}, V1, "?v=1&skillId=s%201&externalSystem=unknown", None, id="v1-skill"),
        pytest.param({"skill_id": "s 1"}, V2, "?skillId=s%201", "Unknown", id="v2-skill"),
        pytest.param({"skill_id": ""}, V1, "?v=1&externalSystem=unknown", None, id="v1-empty-skill"),
        pytest.param({"skill_id": ""}, V2, "", "Unknown", id="v2-empty-skill"),
        pytest.param({"external_system": "a&b"}, V1, "?v=1&externalSystem=a%26b", None, id="v1-external-system"),
        pytest.param({"external_system": "a&b"}, V2, "", "a&b", id="v2-external-system"),
        pytest.param({"lp_event_source": "b"}, V1, "?v=1&externalSystem=b", None, id="v1-event-source"),
        pytest.param({"lp_event_source": "b"}, V2, "", "b", id="v2-event-source"),
        pytest.param(
            {"external_system": "a", "lp_event_source": "b"}, V1, "?v=1&externalSystem=b", None, id="v1-source-wins"
        ),
        pytest.param({"external_system": "a", "lp_event_source": "b"}, V2, "", "b", id="v2-source-wins"),
        pytest.param(
            {"external_system": "a", "lp_event_source": ""}, V1, "?v=1&externalSystem=a", None, id="v1-empty-is-absent"
        ),
        pytest.param({"external_system": "", "lp_event_source": ""}, V2, "", "Unknown", id="v2-both-empty"),
    ],
)
@pytest.mark.parametrize(
    ("target", "base"),
    [({"lambda_uuid": UUID}, INVOKE_UUID), ({"event_id": EVENT}, INVOKE_EVENT)],
    ids=["uuid", "event"],
)
def test_invoke_is_sent_as_documented(
    target: dict[str, str], base: str, call: dict[str, str], version: PlatformVersion, url: str, source: str | None
) -> None:
    headers = POSTED if source is None else POSTED | {"LP-EventSource": source}
    assert sent(invoke(**target, **call), version, b"{}") == expected("POST", base + url, headers, b"{}")


@pytest.mark.parametrize(
    ("call", "version", "url", "source"),
    [
        pytest.param({}, V1, "?v=1&externalSystem=Unknown", None, id="v1-bare"),
        pytest.param({}, V2, "", "Unknown", id="v2-bare"),
        pytest.param(
            {"skill_id": "s", "user_id": "u"}, V1, "?v=1&skillId=s&externalSystem=Unknown", None, id="v1-user-left-out"
        ),
        pytest.param({"skill_id": "s", "user_id": "u"}, V2, "?userId=u&skillId=s", "Unknown", id="v2-user"),
        pytest.param(
            {"external_system": "a", "lp_event_source": "b"}, V1, "?v=1&externalSystem=b", None, id="v1-source-wins"
        ),
        pytest.param({"external_system": "a"}, V2, "", "a", id="v2-external-system"),
    ],
)
def test_is_implemented_is_sent_as_documented(
    call: dict[str, str], version: PlatformVersion, url: str, source: str | None
) -> None:
    headers = COMMON if source is None else COMMON | {"LP-EventSource": source}
    asked = is_implemented(event_id=EVENT, **call)
    assert sent(asked, version) == expected("GET", IS_IMPLEMENTED + url, headers)


FILTER = {"event_id": "e", "state": ["Draft", "Productive"], "user_id": "u", "name": "n", "external_system": "x y"}


@pytest.mark.parametrize(
    ("call", "version", "url", "source"),
    [
        pytest.param({}, V1, "lambdas/?v=1", None, id="v1-bare"),
        pytest.param({}, V2, "functions", "Unknown", id="v2-bare"),
        pytest.param(
            FILTER,
            V1,
            "lambdas/?v=1&eventId=e&state=Draft&state=Productive&userId=u&name=n&externalSystem=x%20y",
            None,
            id="v1-all",
        ),
        pytest.param(
            FILTER,
            V2,
            "functions?eventId=e&state=Draft&state=Productive&userId=u&functionName=n",
            "x y",
            id="v2-all",
        ),
        pytest.param({"state": "Draft"}, V2, "functions?state=Draft", "Unknown", id="one-state"),
        pytest.param({"state": []}, V2, "functions", "Unknown", id="no-state"),
        pytest.param({"state": ""}, V2, "functions", "Unknown", id="empty-state"),
        pytest.param({"state": ("", "Draft")}, V2, "functions?state=Draft", "Unknown", id="an-empty-state-among-them"),
        pytest.param({"lp_event_source": "b"}, V2, "functions", "b", id="v2-event-source"),
    ],
)
def test_a_listing_is_sent_as_documented(
    call: dict[str, Any], version: PlatformVersion, url: str, source: str | None
) -> None:
    headers = COMMON if source is None else COMMON | {"LP-EventSource": source}
    url = f"https://gw.example/api/account/123/{url}"
    assert sent(listing(**call), version) == expected("GET", url, headers)


def test_the_api_version_changes_v_on_v1_only() -> None:
    target = Targets(replace(CONFIG, api_version="2 b")).invocation(Invocation(lambda_uuid=UUID))
    assert sent(target, V1).url == f"{INVOKE_UUID}?v=2%20b&externalSystem=unknown"
    assert sent(target, V2).url == INVOKE_UUID


@pytest.mark.parametrize(
    ("target", "v1", "v2"),
    [
        (invoke(lambda_uuid=UUID), CONFIG.invoke_uuid_uri, CONFIG.invoke_uuid_uri),
        (invoke(event_id=EVENT), CONFIG.invoke_event_uri, CONFIG.invoke_event_uri),
        (is_implemented(event_id=EVENT), CONFIG.is_implemented_uri, CONFIG.is_implemented_uri),
        (listing(), CONFIG.get_lambdas_uri, CONFIG.get_functions_uri),
    ],
    ids=["uuid", "event", "is_implemented", "listing"],
)
def test_a_target_knows_its_path_without_the_values(target: Target, v1: str, v2: str) -> None:
    for version, template in ((V1, v1), (V2, v2)):
        shown = target.template(version)
        assert shown.lstrip("/") == template
        assert UUID not in shown
        assert EVENT not in shown


def test_scheme_comes_from_the_configuration_and_the_rest_from_the_caller() -> None:
    target = Targets(replace(CONFIG, protocol="http")).invocation(Invocation(lambda_uuid="a/b"))
    request = target.request("127.0.0.1:8080", V2, "other", b"{}", 1.5)
    assert request.url == "http://127.0.0.1:8080/api/account/123/lambdas/a%2Fb/invoke"
    assert request.headers["X-Request-ID"] == "other"
    assert (request.content, request.timeout_seconds) == (b"{}", 1.5)


def test_a_target_follows_an_account_that_moves() -> None:
    target = invoke(lambda_uuid="u", lp_event_source="s")
    hosts = [("a.example", V1), ("b.example", V1), ("b.example", V2), ("a.example", V1)]
    requests = [target.request(host, version, "rid", None, 1.0) for host, version in hosts]
    assert [request.host for request in requests] == [host for host, _ in hosts]
    assert [request.headers.get("LP-EventSource") for request in requests] == [None, None, "s", None]


def test_requests_to_one_target_share_no_headers() -> None:
    target = invoke(lambda_uuid="u")
    first, second = (target.request("gw.example", V2, rid, None, 1.0) for rid in ("one", "two"))
    assert (first.headers["X-Request-ID"], second.headers["X-Request-ID"]) == ("one", "two")


def test_a_target_knows_what_it_is_about() -> None:
    assert [(d.noun, d.name, d.is_event) for d in (invoke(lambda_uuid="u"), invoke(event_id="e"))] == [
        ("function", "u", False),
        ("event", "e", True),
    ]
    assert (is_implemented(event_id="e").noun, is_implemented(event_id="e").name) == ("event", "e")
    assert (listing().noun, listing().name) == ("the functions", None)


@pytest.mark.parametrize("other", [{"lambda_uuid": "v"}, {"skill_id": "t"}, {"lp_event_source": "b"}], ids=str)
def test_targets_that_differ_are_not_mixed_up(other: dict[str, str]) -> None:
    call = {"lambda_uuid": "u", "skill_id": "s", "lp_event_source": "a"}
    first, second = sent(invoke(**call), V1), sent(invoke(**call | other), V1)
    assert first.url != second.url
    assert sent(invoke(**call), V1) == first


@pytest.mark.parametrize(
    ("call", "decoded"),
    [
        pytest.param({"payload": None}, {"headers": [], "payload": None}, id="explicit-None"),
        pytest.param({"payload": "é😀"}, {"headers": [], "payload": "é😀"}, id="text"),
        pytest.param({"payload": [1]}, {"headers": [], "payload": [1]}, id="list"),
        pytest.param({"headers": {"k": "v"}}, {"headers": [{"key": "k", "value": "v"}], "payload": {}}, id="mapping"),
        pytest.param(
            {"headers": [{"value": "1", "key": "k"}, {"key": "k", "value": "2"}]},
            {"headers": [{"key": "k", "value": "1"}, {"key": "k", "value": "2"}], "payload": {}},
            id="list-of-pairs",
        ),
        pytest.param({"headers": {}}, {"headers": [], "payload": {}}, id="no-headers"),
        pytest.param(
            {"headers": {"a\r\nb": "c\r\nd"}},
            {"headers": [{"key": "a\r\nb", "value": "c\r\nd"}], "payload": {}},
            id="line-breaks-stay-inside-the-json",
        ),
    ],
)
def test_the_body_of_an_invocation(call: dict[str, Any], decoded: dict[str, Any]) -> None:
    content = body(lambda_uuid=UUID, timestamp=5, **call)
    assert content.startswith(b'{"timestamp":5,"headers":[')
    assert json.loads(content) == {"timestamp": 5, **decoded}
    content.decode()


@pytest.mark.parametrize("timestamp", [0, -1, 2**53, 10**30])
def test_a_given_timestamp_is_sent_exactly(timestamp: int) -> None:
    assert json.loads(body(lambda_uuid=UUID, timestamp=timestamp))["timestamp"] == timestamp


def test_the_body_of_a_bare_invocation() -> None:
    assert body(lambda_uuid=UUID) == b'{"timestamp":1760000000000,"headers":[],"payload":{}}'


BREAKS = ["a\r\nX-Evil: 1", "a\nb", "\x00", "\x7f", "a\u2028"]


@pytest.mark.parametrize("value", BREAKS, ids=ascii)
@pytest.mark.parametrize("name", ["skill_id", "external_system", "lp_event_source"])
def test_line_breaks_are_refused_before_the_version_is_known(name: str, value: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=f"^{name} holds a control character: '"):
        invoke(event_id="e", **{name: value})
    with pytest.raises(FaaSConfigurationError, match=f"^{name} holds a control character: '"):
        is_implemented(event_id="e", **{name: value})


@pytest.mark.parametrize("value", BREAKS, ids=ascii)
@pytest.mark.parametrize("name", ["event_id", "user_id", "name", "state", "external_system", "lp_event_source"])
def test_line_breaks_in_a_filter_are_refused(name: str, value: str) -> None:
    with pytest.raises(FaaSConfigurationError, match=f"^{name} holds a control character: '"):
        listing(**{name: value})
    with pytest.raises(FaaSConfigurationError, match=r"^user_id holds a control character: '"):
        is_implemented(event_id="e", user_id=value)


@pytest.mark.parametrize(
    "source",
    ["é", "😀", " a", "a ", " ", "x" * 257, "\u0100"],
    ids=["latin", "emoji", "lead", "trail", "blank", "long", "a"],
)
def test_a_source_that_cannot_be_a_header_is_refused_on_v2_and_encoded_on_v1(source: str) -> None:
    target = invoke(lambda_uuid=UUID, lp_event_source=source)
    with pytest.raises(FaaSConfigurationError, match=r"^lp_event_source is sent as an HTTP header") as caught:
        sent(target, V2)
    assert len(str(caught.value)) < 300
    assert sent(target, V1).url.isascii()
    with pytest.raises(FaaSConfigurationError, match=r"^lp_event_source is sent"):
        sent(invoke(lambda_uuid=UUID, lp_event_source=source, external_system="shop"), V2)
    for other in (invoke(lambda_uuid=UUID, external_system=source), listing(external_system=source)):
        with pytest.raises(FaaSConfigurationError, match=r"^external_system is sent as an HTTP header"):
            sent(other, V2)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param({}, "invoke needs exactly one of lambda_uuid and event_id", id="no-id"),
        pytest.param({"lambda_uuid": "u", "event_id": "e"}, "invoke needs exactly one", id="both-ids"),
        pytest.param({"lambda_uuid": "", "event_id": "e"}, "invoke needs exactly one", id="empty-uuid-and-event"),
        pytest.param({"lambda_uuid": ""}, "lambda_uuid must name something", id="empty-uuid"),
        pytest.param({"event_id": ".."}, "event_id must name something", id="dot-dot-event"),
        pytest.param({"event_id": 7}, "event_id must be a str, not int", id="int-event"),
        pytest.param({"event_id": ["e"]}, "event_id must be a str, not list", id="list-event"),
        pytest.param({"lambda_uuid": {}}, "lambda_uuid must be a str, not dict", id="dict-uuid"),
        pytest.param({"event_id": "e", "skill_id": 7}, "skill_id must be a str, not int", id="int-skill"),
        pytest.param({"event_id": "e", "external_system": 7}, "external_system must be a str", id="int-source"),
        pytest.param({"event_id": "e", "skill_id": "\ud800"}, "skill_id holds half", id="surrogate-skill"),
        pytest.param({"event_id": "e", "timestamp": 1.5}, "timestamp must be milliseconds", id="float-timestamp"),
        pytest.param({"event_id": "e", "timestamp": True}, "timestamp must be milliseconds", id="bool-timestamp"),
        pytest.param({"event_id": "e", "timestamp": "1"}, "timestamp must be milliseconds", id="text-timestamp"),
        pytest.param({"event_id": "e", "timestamp": 10**5000}, "timestamp ", id="timestamp-of-5000-digits"),
        pytest.param({"event_id": "e", "v1_comp_error": "no"}, "v1_comp_error must be True or False", id="text-flag"),
        pytest.param({"event_id": "e", "payload": {"a": {1}}}, "payload.a is a set", id="payload"),
        pytest.param({"event_id": "e", "headers": [{"key": "k"}]}, "headers must be a mapping", id="header-no-value"),
        pytest.param({"event_id": "e", "headers": ["k"]}, "headers must be a mapping", id="header-of-text"),
        pytest.param({"event_id": "e", "headers": "k: v"}, "headers must be a mapping", id="headers-as-text"),
        pytest.param({"event_id": "e", "headers": 5}, "headers must be a mapping", id="headers-as-int"),
        pytest.param({"event_id": "e", "headers": {"k": 1}}, "headers must hold text; see 'k'", id="header-int-value"),
        pytest.param({"event_id": "e", "headers": {1: "v"}}, "headers must hold text; see '1'", id="header-int-key"),
        pytest.param({"event_id": "e", "headers": {"k": "\ud800"}}, "headers", id="header-surrogate"),
    ],
)
def test_a_call_that_makes_no_sense_is_refused(call: dict[str, Any], message: str) -> None:
    with pytest.raises(FaaSConfigurationError) as caught:
        _ = sent(invoke(**call), V1), body(**call)
    assert str(caught.value).startswith(message)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("state", [5, [5], b"Draft", {"Draft": None}.items(), object()], ids=lambda s: type(s).__name__)
def test_a_state_that_is_no_text_is_refused(state: object) -> None:
    with pytest.raises(FaaSConfigurationError, match=r"^state must be"):
        listing(state=state)


def test_headers_that_can_be_read_only_once_are_not_lost() -> None:
    pairs = ({"key": key, "value": "v"} for key in "ab")
    try:
        content = body(event_id="e", headers=pairs)
    except FaaSConfigurationError:
        return
    assert len(json.loads(content)["headers"]) == 2


@pytest.mark.parametrize("value", ["a", "a b", "~" * 256, "rid-1"], ids=["one", "inner blank", "256", "id"])
def test_printable_ascii_is_a_header_value(value: str) -> None:
    assert header_value("request_id", value) == value
    assert is_header_value(value)


@pytest.mark.parametrize("value", ["", " a", "a\n", "a\tb", "é", None, 5, b"a"], ids=ascii)
def test_anything_else_is_no_header_value(value: Any) -> None:
    assert not is_header_value(value)
    with pytest.raises(FaaSConfigurationError, match=r"^request_id is sent as an HTTP header"):
        header_value("request_id", value)


def test_a_function_of_another_type_is_refused_in_a_sentence_that_says_what_would_do() -> None:
    with pytest.raises(FaaSConfigurationError) as caught:
        invoke(lambda_uuid={})
    assert str(caught.value) == (
        "lambda_uuid must be a str, not dict; a uuid.UUID will do too, and an object whose uuid is a str, such as a "
        "FunctionInfo"
    )
