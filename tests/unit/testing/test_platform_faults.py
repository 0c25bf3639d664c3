"""Scripted faults, in memory."""

from __future__ import annotations

import asyncio
import math
import time
from pathlib import Path
from typing import Any, get_args

import pytest

from lpfunctions.core.errors import FaaSConfigurationError, FaaSConnectionError, FaaSTimeoutError
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import DeployedFunction, FakePlatform, RecordedRequest
from lpfunctions.testing.platform.requests.routing import Kind

ACCOUNT = "12345678"


def deploy(platform: FakePlatform) -> DeployedFunction:
    return platform.function(name="f", event_id="e")(lambda _: "served")


def invocation(platform: FakePlatform, timeout: float = 10.0, target: str = "events/e") -> HttpRequest:
    url = f"https://h.test/api/account/{ACCOUNT}/{target}/invoke"
    headers = {"Authorization": f"Bearer {platform.issue_token()}"}
    return HttpRequest("POST", url, headers, b'{"timestamp":1,"payload":1}', timeout)


def statuses(platform: FakePlatform, count: int) -> list[int]:
    return [platform.handle(invocation(platform)).status for _ in range(count)]


def test_a_fault_answers_in_place_of_the_platform() -> None:
    platform = FakePlatform()
    function = deploy(platform)
    platform.fail_next(status=503, headers={"Retry-After": "2"}, body=b"<html>busy</html>")
    response = platform.handle(invocation(platform))
    assert (response.status, response.reason, response.content) == (503, "Service Unavailable", b"<html>busy</html>")
    assert response.headers == {"retry-after": "2"}
    assert function.invocation_count == 0
    assert platform.requests[-1].status == 503
    assert statuses(platform, 1) == [200]


@pytest.mark.parametrize(
    ("body", "content", "headers"),
    [
        (b"", b"", {}),
        ("text", b"text", {}),
        ({"code": "c"}, b'{"code":"c"}', {"content-type": "application/json"}),
        (None, b"null", {"content-type": "application/json"}),
    ],
    ids=repr,
)
def test_bodies_are_sent_raw_or_as_json(body: object, content: bytes, headers: dict[str, str]) -> None:
    platform = FakePlatform()
    platform.fail_next(status=500, body=body)
    response = platform.handle(invocation(platform))
    assert (response.content, response.headers) == (content, headers)


def test_faults_are_met_in_order_and_as_often_as_scripted() -> None:
    platform = FakePlatform()
    deploy(platform)
    platform.fail_next(status=503, times=2)
    platform.fail_next(status=429)
    assert statuses(platform, 4) == [503, 503, 429, 200]


def test_a_fault_for_ever_lasts_until_it_is_cleared() -> None:
    platform = FakePlatform()
    deploy(platform)
    platform.fail_next(status=500, times=None)
    assert statuses(platform, 5) == [500] * 5
    platform.clear_faults()
    assert statuses(platform, 1) == [200]


def has_content(request: RecordedRequest) -> bool:
    return bool(request.body) and request.headers["AUTHORIZATION"].startswith("Bearer ")


CONDITIONS: list[dict[str, Any]] = [
    {"kind": "invoke"},
    {"path_contains": "/events/"},
    {"where": has_content},
    {"kind": "invoke", "path_contains": "/events/e", "where": has_content},
]


@pytest.mark.parametrize("condition", CONDITIONS, ids="+".join)
def test_a_fault_waits_for_the_request_that_it_is_meant_for(condition: dict[str, Any]) -> None:
    platform = FakePlatform()
    deploy(platform)
    platform.fail_next(status=500, **condition)
    url = f"https://h.test/api/account/{ACCOUNT}/service/baseURI.json?version=1.0"
    assert platform.handle(HttpRequest("GET", url)).status == 200
    assert statuses(platform, 2) == [500, 200]


def test_a_fault_comes_before_any_check() -> None:
    platform = FakePlatform()
    platform.fail_next(status=502)
    assert platform.handle(HttpRequest("GET", "https://h.test/no/such/path")).status == 502


def test_a_dropped_connection_runs_nothing() -> None:
    platform = FakePlatform()
    function = deploy(platform)
    platform.fail_next(drop_connection=True)
    with pytest.raises(FaaSConnectionError) as caught:
        platform.handle(invocation(platform))
    assert (caught.value.delivered, function.invocation_count) == ("unknown", 0)
    assert (platform.requests[-1].status, platform.requests[-1].remark) == (None, "h.test closed the connection")


def test_a_lost_answer_leaves_the_function_run() -> None:
    platform = FakePlatform()
    function = deploy(platform)
    platform.fail_next(lose_answer=True, times=2)
    for target in ("events/e", "lambdas/unknown"):
        with pytest.raises(FaaSConnectionError) as caught:
            platform.handle(invocation(platform, target=target))
        assert caught.value.delivered == "unknown"
    assert function.invocation_count == 1


def test_latency_delays_a_request_that_is_then_served() -> None:
    platform = FakePlatform()
    deploy(platform)
    platform.fail_next(latency_seconds=0.05, times=2)

    def awaited(request: HttpRequest) -> HttpResponse:
        return asyncio.run(platform.handle_async(request))

    for serve in (platform.handle, awaited):
        started = time.monotonic()
        assert serve(invocation(platform)).status == 200
        assert time.monotonic() - started >= 0.05
    assert (platform.requests[-1].duration_seconds or 0) >= 0.05


class Hands:
    """A clock that is set by hand, and moves on when somebody sleeps."""

    def __init__(self) -> None:
        self.slept: list[float] = []

    def now(self) -> float:
        return 1_700_000_000.0 + sum(self.slept)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)


class AsyncHands(Hands):
    async def sleep(self, seconds: float) -> None:  # type: ignore[override]  # the awaiting twin
        self.slept.append(seconds)


@pytest.mark.parametrize("hands", [Hands, AsyncHands])
def test_latency_on_a_manual_clock_takes_no_time(hands: type[Hands]) -> None:
    clock = hands()
    platform = FakePlatform(clock=clock)
    deploy(platform)
    platform.fail_next(latency_seconds=600, status=504, times=2)
    assert platform.handle(invocation(platform, timeout=601)).status == 504
    assert asyncio.run(platform.handle_async(invocation(platform, timeout=601))).status == 504
    assert clock.slept == [600, 600]


def test_latency_beyond_the_callers_patience_is_a_timeout() -> None:
    clock = Hands()
    platform = FakePlatform(clock=clock)
    function = deploy(platform)
    platform.fail_next(latency_seconds=600)
    with pytest.raises(FaaSTimeoutError) as caught:
        platform.handle(invocation(platform, timeout=35))
    assert (caught.value.phase, caught.value.delivered) == ("response", "unknown")
    assert (clock.slept, function.invocation_count) == ([35], 0)


@pytest.mark.parametrize(
    "fault",
    [
        {},
        {"times": 3},
        {"status": 500, "times": 0},
        {"status": 500, "drop_connection": True},
        {"status": 500, "lose_answer": True},
        {"drop_connection": True, "lose_answer": True},
    ],
    ids=repr,
)
def test_a_fault_that_does_nothing_or_two_things_is_refused(fault: dict[str, Any]) -> None:
    with pytest.raises(FaaSConfigurationError):
        FakePlatform().fail_next(**fault)


IMPOSSIBLE: list[tuple[dict[str, Any], str]] = [
    ({"status": "500"}, "status must be a number from 100 to 999, not '500'"),
    ({"status": True}, "status must be a number from 100 to 999, not True"),
    ({"status": 42}, "status must be a number from 100 to 999, not 42"),
    ({"latency_seconds": -1}, "latency_seconds must be a number of seconds from 0, not -1"),
    ({"latency_seconds": "1"}, "latency_seconds must be a number of seconds from 0, not '1'"),
    ({"latency_seconds": math.nan}, "latency_seconds must be a number of seconds from 0, not nan"),
    ({"times": "2"}, "times must be at least 1, or None for ever; not '2'"),
    ({"times": 0.5}, "times must be at least 1, or None for ever; not 0.5"),
    ({"headers": {"Retry-After": 2}}, "headers must be a mapping of text to text; 'Retry-After' has 2"),
    ({"headers": ["Retry-After"]}, "headers must be a mapping of text to text, not a list"),
    ({"body": {print}}, "body must be bytes, text, or something that JSON can say, not a set"),
    ({"path_contains": None}, "path_contains must be text, not None"),
    ({"where": "invoke"}, "where must be a function of the recorded request, not 'invoke'"),
]


@pytest.mark.parametrize(("fault", "sentence"), IMPOSSIBLE, ids=[repr(fault) for fault, _ in IMPOSSIBLE])
def test_a_fault_that_cannot_happen_is_refused_at_once(fault: dict[str, Any], sentence: str) -> None:
    both: dict[str, Any] = {"status": 500, **fault}
    with pytest.raises(FaaSConfigurationError) as refused:
        FakePlatform().fail_next(**both)
    assert str(refused.value) == sentence


KINDS = ", ".join(get_args(Kind))


def test_a_misspelt_kind_is_refused_wherever_it_would_match_nothing() -> None:
    platform = FakePlatform()
    misspelt: Any = "invocation"
    with pytest.raises(FaaSConfigurationError) as refused:
        platform.fail_next(status=500, kind=misspelt)
    assert str(refused.value) == f"there is no kind 'invocation' of requests; the kinds are {KINDS}"
    with pytest.raises(FaaSConfigurationError, match=KINDS), platform.outage("token", misspelt):
        pass
    with pytest.raises(FaaSConfigurationError, match=KINDS):
        platform.requests.assert_count(misspelt, 0)
    with pytest.raises(FaaSConfigurationError, match=KINDS):
        platform.requests.of_kind(misspelt)
    assert statuses(platform, 1) == [404], "nothing of the outage stayed"


def test_the_documentation_names_every_kind() -> None:
    page = (Path(__file__).parents[3] / "docs" / "testing.md").read_text(encoding="utf-8")
    assert all(f"`{kind}`" in page for kind in KINDS.split(", "))
    for told in (FakePlatform.fail_next.__doc__, FakePlatform.outage.__doc__, RecordedRequest.__doc__):
        assert all(f"``{kind}``" in str(told) for kind in ("invoke", "list", "token", "discovery", "unknown"))
