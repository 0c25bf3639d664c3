"""The journal."""

from __future__ import annotations

import pytest

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
