"""The request and the response that cross the transport port: plain values, fit for a log."""

from __future__ import annotations

import math

import pytest

from lpfunctions.core.http.messages import HttpRequest, HttpResponse

CANARY = "canary-7f3a"
REQUEST = HttpRequest("POST", "https://gw.example:8443/api/x?v=1", {"A": "1"}, b"{}", 5.0)


def test_a_bare_request_and_response_are_empty_and_without_a_deadline() -> None:
    assert (HttpRequest("GET", "u").headers, HttpRequest("GET", "u").content) == ({}, None)
    assert HttpRequest("GET", "u").timeout_seconds == math.inf
    assert HttpResponse(204) == HttpResponse(204, "", {}, b"")


def test_how_a_response_came_makes_no_difference_to_what_it_equals() -> None:
    plain, known = HttpResponse(200, "OK", {}, b"x"), HttpResponse(200, "OK", {}, b"x", "1.1", ("192.0.2.1", 443))
    assert plain == known
    assert not plain != known  # noqa: SIM202 (the operator itself)
    assert plain != known._replace(content=b"y")
    assert plain != (200, "OK", {}, b"x")


def test_headers_are_added_to_a_new_request() -> None:
    assert REQUEST.with_headers({"B": "2"}, 4.0) == REQUEST._replace(headers={"A": "1", "B": "2"}, timeout_seconds=4.0)
    assert REQUEST.with_headers({"A": "2"}, 4.0).headers == {"A": "2"}
    assert REQUEST.headers == {"A": "1"}


def test_another_time_makes_another_request_and_leaves_the_first() -> None:
    assert REQUEST.within(1.5) == REQUEST._replace(timeout_seconds=1.5)
    assert REQUEST.timeout_seconds == 5.0


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://gw.example/api", "gw.example"),
        ("https://gw.example:8443/api?x=//y", "gw.example:8443"),
        ("http://[::1]:80/a", "[::1]:80"),
        ("http://localhost", "localhost"),
        ("http://h:1?token=x", "h:1"),
    ],
)
def test_the_host_of_a_request_is_that_of_its_url_with_the_port(url: str, host: str) -> None:
    assert HttpRequest("GET", url).host == host


def test_values_are_frozen() -> None:
    with pytest.raises(AttributeError):
        setattr(REQUEST, "method", "PUT")  # noqa: B010 (type checkers refuse the plain form)


def test_a_repr_shows_no_query_no_header_and_no_body() -> None:
    request = HttpRequest("POST", f"https://gw/a?x={CANARY}", {"Authorization": CANARY}, CANARY.encode())
    response = HttpResponse(200, "OK", {"set-cookie": CANARY}, CANARY.encode())
    assert repr(request) == "<HttpRequest POST https://gw/a (11 bytes)>"
    assert repr(HttpRequest("GET", "https://gw/a")) == "<HttpRequest GET https://gw/a (0 bytes)>"
    assert repr(response) == "<HttpResponse 200 OK (11 bytes)>"


def test_the_repr_of_a_response_is_one_line_whatever_the_reason() -> None:
    assert repr(HttpResponse(200, "a\r\nb\x1b[31m")).isprintable()
