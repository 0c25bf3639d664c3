"""Paths, methods, percent-encoding."""

from __future__ import annotations

import pytest

from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing import FakePlatform

ACCOUNT = "12345678"
BODY = b'{"timestamp":1,"headers":[],"payload":{}}'


def asked(platform: FakePlatform, method: str, target: str) -> HttpResponse:
    headers = {"Authorization": f"Bearer {platform.issue_token()}"}
    return platform.handle(HttpRequest(method, "https://h.test" + target, headers, BODY if method == "POST" else None))


@pytest.mark.parametrize(
    ("method", "target", "allow"),
    [
        ("GET", f"/api/account/{ACCOUNT}/lambdas/u/invoke", "POST"),
        ("PUT", f"/api/account/{ACCOUNT}/events/e/invoke", "POST"),
        ("POST", f"/api/account/{ACCOUNT}/events/e/isImplemented", "GET"),
        ("DELETE", f"/api/account/{ACCOUNT}/functions", "GET, POST"),
        ("PUT", f"/api/account/{ACCOUNT}/deployments/u", "POST, PATCH, DELETE"),
        ("PUT", f"/api/account/{ACCOUNT}/login", "POST"),
        ("POST", f"/api/account/{ACCOUNT}/service/baseURI.json", "GET"),
        ("GET", f"/sentinel/api/account/{ACCOUNT}/app/token", "POST"),
        ("get", f"/api/account/{ACCOUNT}/functions", "GET, POST"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(method: str, target: str, allow: str) -> None:
    response = asked(FakePlatform(), method, target)
    assert (response.status, response.headers["allow"]) == (405, allow)


@pytest.mark.parametrize(
    "target",
    [
        "",
        "/",
        "/api",
        f"/api/account/{ACCOUNT}",
        f"/api/account/{ACCOUNT}/lambdas/u/invoke/",
        f"//api/account/{ACCOUNT}/lambdas/u/invoke",
        f"/api/account/{ACCOUNT}/lambdas/u/v/invoke",
        f"/api/account/{ACCOUNT}/lambdas/u%2Finvoke",
        f"/API/account/{ACCOUNT}/lambdas/u/invoke",
        f"/api/account/{ACCOUNT}/./lambdas/u/invoke",
        f"/api/account/{ACCOUNT}/events/../lambdas/u/invoke",
    ],
)
def test_any_other_path_is_not_found(target: str) -> None:
    assert asked(FakePlatform(), "POST", target).status == 404


@pytest.mark.parametrize(
    ("encoded", "event"),
    [
        ("plain", "plain"),
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("%E2%82%AC", "€"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("..", ".."),
        ("%2e%2E", ".."),
        ("a;b=c", "a;b=c"),
        ("a%3Fb%23c", "a?b#c"),
    ],
)
def test_a_segment_is_decoded_exactly_once(encoded: str, event: str) -> None:
    platform = FakePlatform()
    platform.function(name="f", event_id=event)(lambda _: None)
    response = asked(platform, "GET", f"/api/account/{ACCOUNT}/events/{encoded}/isImplemented")
    assert (response.status, response.content) == (200, b'{"implemented":true}')


@pytest.mark.parametrize(
    "url",
    [
        f"/api/account/{ACCOUNT}/events/%/isImplemented",
        f"/api/account/{ACCOUNT}/events/%zz/isImplemented",
        f"/api/account/{ACCOUNT}/events/%ff/isImplemented",
        f"/api/account/{ACCOUNT}/events/%C3/isImplemented",
        f"/api/account/{ACCOUNT}/events/e/isImplemented?skillId=%2",
        f"/api/account/{ACCOUNT}/events/€/isImplemented",
        f"/api/account/{ACCOUNT}/events/a b/isImplemented",
        f"/api/account/{ACCOUNT}/events/a\r\nb/isImplemented",
        f"/api/account/{ACCOUNT}/events/a\tb/isImplemented",
    ],
)
def test_a_url_that_cannot_be_read_is_a_bad_request(url: str) -> None:
    platform = FakePlatform()
    assert asked(platform, "GET", url).status == 400
    assert platform.requests[-1].kind in {"unknown", "is_implemented"}
