"""R9: whatever a caller gives as id, header, query value or payload arrives as it was given, or nothing is sent."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from lpfunctions import FaaSConfigurationError
from lpfunctions.testing import FakePlatform
from tests.support.operation_errors import outcome_of
from tests.support.strategies import json_values

anything = st.text(max_size=30) | st.sampled_from(
    [
        "",
        ".",
        "..",
        "../..",
        "a/../b",
        "..\\x",
        "..%2Fx",
        "%2e%2e",
        "%2F",
        "a?b=c",
        "a#b",
        "a\r\nX: y",
        "\x00",
        " ",
        "ö" * 200,
        "\ud800",
        "{x}",
        "%",
    ]
)
versions = st.sampled_from(["v1", "v2"])


def new_platform(version: str) -> FakePlatform:
    platform = FakePlatform(platform_version=version)

    @platform.function(name="echo")
    def echo(given: Any) -> Any:
        return given.payload

    return platform


def segments(url: str) -> list[str]:
    """The decoded path segments behind the account."""
    path = url.partition("://")[2].partition("/")[2].partition("?")[0]
    return [unquote(segment) for segment in path.split("/")]


@given(version=versions, value=anything)
def test_any_function_id_is_one_segment_of_the_path_or_refused(version: str, value: str) -> None:
    platform = new_platform(version)
    with platform.client() as client:
        outcome = outcome_of(lambda: client.invoke(lambda_uuid=value))
    if isinstance(outcome, FaaSConfigurationError):
        assert not platform.requests
        return
    (request,) = platform.requests.invocations
    assert segments(request.url) == ["api", "account", "12345678", "lambdas", value, "invoke"]
    assert urlsplit(request.url).fragment == ""


@given(version=versions, event=anything, skill=anything, user=anything)
def test_any_event_skill_and_user_arrive_as_they_are_or_nothing_is_sent(
    version: str, event: str, skill: str, user: str
) -> None:
    platform = new_platform(version)
    with platform.client() as client:
        outcome = outcome_of(lambda: client.is_implemented(event_id=event, skill_id=skill, user_id=user))
    if isinstance(outcome, FaaSConfigurationError):
        assert not platform.requests
        return
    (request,) = platform.requests.is_implemented_requests
    assert segments(request.url) == ["api", "account", "12345678", "events", event, "isImplemented"]
    assert request.query.get("skillId", [""]) == [skill]


@given(version=versions, system=anything, source=anything, request_id=anything)
def test_no_value_becomes_a_header_or_a_parameter_of_its_own(
    version: str, system: str, source: str, request_id: str
) -> None:
    platform = new_platform(version)
    with platform.client() as client:
        outcome = outcome_of(
            lambda: client.invoke(
                lambda_uuid="a1b2", external_system=system, lp_event_source=source, request_id=request_id
            )
        )
    if isinstance(outcome, FaaSConfigurationError):
        # Whether the source goes into a header, which takes less, only discovery tells.
        assert {request.kind for request in platform.requests} <= {"discovery"}
        return
    (request,) = platform.requests.invocations
    assert set(request.query) <= {"v", "externalSystem"}
    assert set(request.headers) <= {
        *("accept", "accept-encoding", "authorization", "content-type", "lp-eventsource", "user-agent", "x-request-id"),
    }
    assert request.request_id == request_id
    if version == "v1":
        assert request.query["externalSystem"] == [source or system or "unknown"]
    else:
        assert request.headers["lp-eventsource"] == (source or system or "Unknown")


@given(version=versions, payload=json_values)
def test_any_json_comes_back_as_it_was_sent(version: str, payload: Any) -> None:
    platform = new_platform(version)
    uuid = platform.functions[0].uuid
    with platform.client() as client:
        outcome = outcome_of(lambda: client.invoke(lambda_uuid=uuid, payload=payload).raise_for_status().body)
    if isinstance(outcome, FaaSConfigurationError):
        assert not platform.requests
        return
    assert json.loads(platform.requests.invocations[0].body)["payload"] == payload
    assert outcome == payload


@given(version=versions, given_headers=st.dictionaries(anything, anything, max_size=3))
def test_headers_of_the_call_stay_in_the_body(version: str, given_headers: dict[str, str]) -> None:
    platform = new_platform(version)
    with platform.client() as client:
        outcome = outcome_of(lambda: client.invoke(lambda_uuid="a1b2", headers=given_headers))
    if isinstance(outcome, FaaSConfigurationError):
        assert not platform.requests
        return
    (request,) = platform.requests.invocations
    assert {header["key"]: header["value"] for header in request.json()["headers"]} == given_headers
    assert not {"x", "x-injected"} & set(request.headers)
