"""The journal."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing import FakePlatform

ACCOUNT = "12345678"


def visit(
    platform: FakePlatform, method: str, target: str, request_id: str = "r", content: bytes | None = None
) -> None:
    headers = {"Authorization": f"Bearer {platform.issue_token()}", "X-Request-ID": request_id}
    platform.handle(HttpRequest(method, "https://h.test:8443" + target, headers, content))


def test_requests_are_recorded_by_kind() -> None:
    platform = FakePlatform()
    visit(platform, "GET", f"/api/account/{ACCOUNT}/service/baseURI.json?version=1.0")
    visit(platform, "POST", f"/sentinel/api/account/{ACCOUNT}/app/token?v=2.0")
    visit(platform, "POST", f"/api/account/{ACCOUNT}/events/e/invoke")
    visit(platform, "POST", f"/api/account/{ACCOUNT}/lambdas/u/invoke")
    visit(platform, "GET", f"/api/account/{ACCOUNT}/events/e/isImplemented")
    visit(platform, "GET", f"/api/account/{ACCOUNT}/functions")
    visit(platform, "GET", "/elsewhere")
    kinds = ["discovery", "token", "invoke", "invoke", "is_implemented", "list", "unknown"]
    requests = platform.requests
    assert [record.kind for record in requests] == kinds
    assert [record.status for record in requests] == [200, 400, 400, 400, 200, 200, 404]
    assert (requests.discovery_requests, requests.token_requests) == ([requests[0]], [requests[1]])
    assert (requests.invocations, requests.is_implemented_requests) == (requests[2:4], [requests[4]])
    assert requests.list_requests == [requests[5]]


def test_a_record_shows_what_was_on_the_wire() -> None:
    platform = FakePlatform()
    visit(
        platform,
        "POST",
        f"/api/account/{ACCOUNT}/events/a%2Fb/invoke?skillId=&state=x&state=%C3%A4",
        content=b'{"a":1}',
    )
    (record,) = platform.requests
    assert (record.method, record.host, record.path) == (
        "POST",
        "h.test:8443",
        f"/api/account/{ACCOUNT}/events/a%2Fb/invoke",
    )
    assert record.query == {"skillId": [""], "state": ["x", "ä"]}
    assert (record.headers["x-request-id"], record.headers["X-Request-ID"], record.request_id) == ("r", "r", "r")
    assert (record.body, record.json()) == (b'{"a":1}', {"a": 1})
    assert dict(record.headers).keys() == {"authorization", "x-request-id"}
    assert len(record.headers) == 2
    assert record.duration_seconds is not None
    assert 0 < record.duration_seconds < 1
    assert repr(record) == (
        f"<POST h.test:8443/api/account/{ACCOUNT}/events/a%2Fb/invoke -> 400 (the body has no 'payload')>"
    )


def test_attempts_of_one_call_are_found_by_its_request_id() -> None:
    platform = FakePlatform()
    for request_id in ("one", "two", "one"):
        visit(platform, "GET", "/", request_id)
    assert platform.requests.attempts("one") == [platform.requests[0], platform.requests[2]]
    assert platform.requests.attempts("three") == []


@pytest.mark.parametrize(("limit", "kept"), [(2, 2), (None, 5), (0, 0)])
def test_the_oldest_records_are_forgotten_beyond_the_limit(limit: int | None, kept: int) -> None:
    platform = FakePlatform(journal_limit=limit)
    for number in range(5):
        visit(platform, "GET", f"/{number}")
    assert [record.path for record in platform.requests] == [f"/{number}" for number in range(5 - kept, 5)]
    platform.requests.clear()
    assert len(platform.requests) == 0


def held(platform: FakePlatform) -> list[str | None]:
    return [record.request_id for record in platform.requests]


def send(platform: FakePlatform, request_id: str, size: int = 0) -> None:
    visit(platform, "POST", "/elsewhere", request_id, b"x" * size)


def test_the_oldest_requests_are_forgotten_beyond_a_number_of_bytes() -> None:
    platform = FakePlatform(journal_limit_bytes=25_000)
    for number in range(5):
        send(platform, str(number), 10_000)
        assert sum(record.size_bytes for record in platform.requests) <= 25_000
    assert held(platform) == ["3", "4"]


def test_the_newest_request_is_kept_however_long_it_is() -> None:
    platform = FakePlatform(journal_limit_bytes=100)
    send(platform, "short")
    send(platform, "long", 10_000)
    assert held(platform) == ["long"]


def test_answers_count_too_and_those_that_come_when_their_request_is_forgotten_do_not() -> None:
    platform = FakePlatform(journal_limit_bytes=100_000)
    url = f"https://va.fninvocations.liveperson.net/api/account/{ACCOUNT}/lambdas/%s/invoke?v=1"

    def call(uuid: str) -> None:
        headers = {"Authorization": f"Bearer {platform.issue_token()}", "X-Request-ID": "call"}
        body = b'{"timestamp":1,"headers":[],"payload":{}}'
        platform.handle(HttpRequest("POST", url % uuid, headers, body))

    @platform.function("long")
    def long(_given: object) -> str:
        return "x" * 60_000

    @platform.function("forgotten")
    def forgotten(_given: object) -> str:
        platform.requests.clear()
        return "x" * 90_000

    call(long.uuid)
    call(long.uuid)
    assert len(platform.requests) == 1
    for _ in range(3):
        call(forgotten.uuid)
    assert len(platform.requests) == 0
    send(platform, "a", 40_000)
    send(platform, "b", 40_000)
    assert held(platform) == ["a", "b"]


def test_a_restored_journal_keeps_its_limit() -> None:
    platform = FakePlatform(journal_limit_bytes=25_000)
    send(platform, "0", 10_000)
    before = platform.snapshot()
    for _ in range(2):
        send(platform, "1", 10_000)
        send(platform, "2", 10_000)
        assert held(platform) == ["1", "2"]
        platform.restore(before)
        assert held(platform) == ["0"]


@pytest.mark.parametrize("limit", [{"journal_limit": -1}, {"journal_limit_bytes": 1.5}])
def test_a_limit_is_a_whole_number(limit: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="must be a whole number from 0"):
        FakePlatform(**limit)
