"""A request is sent as it was given, and nothing is added."""

# The name of a test is its docstring.

from __future__ import annotations

from typing import Final

import pytest

from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.contracts.support.assertions import AMPLE, assert_told, failure_of, get
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import ReceivedRequest, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

_DEMANDED_BY_HTTP: Final = {"host", "content-length", "connection"}

_TARGETS: Final = (
    "/",
    "/plain?x=1",
    "/a%2Fb%2fc",
    "/%2e%2e/%2E/x",
    "/%c3%a4%20%41",
    "/x?q=a%20b+c&empty=&eq==&amp=%26&slash=/&colon=:",
    "/x?q=%E2%82%AC&lower=%e2%82%ac",
    "/semi;colon,comma(paren)'quote'*star!~tilde@at:colon$",
    "//double//slash/",
    "/a/./b/../c",
    "/x?",
    "/x?a[]=1&b={2}|3",
)

_MALFORMED: Final = (
    "",
    "/relative",
    "//127.0.0.1/no-scheme",
    "http://",
    "http:///no-host",
    "http://[::1/",
    "http://127.0.0.1:port/",
    "http://127.0.0.1:99999/",
    "http://exa mple.test/",
    "http://127.0.0.1\r\n.test/",
    f"http://{'a' * 70}.test/",
    "ftp://127.0.0.1/",
    "file:///etc/hosts",
)


class TargetCases(SocketHarness):
    """Cases about the request target, byte for byte."""

    @pytest.mark.parametrize("target", _TARGETS)
    def test_target_goes_out_as_it_was_given(self, target: str) -> None:
        with ScriptedServer(answering(http_answer())) as server, self.opened() as sender:
            sender.send(get(server.url(target)))
            assert server.requests[0].request_line == f"GET {target} HTTP/1.1"


class RequestCases(SocketHarness):
    """Cases about request line, header fields, body, cookies, and requests that cannot be sent."""

    def _sent(self, method: str = "GET", content: bytes | None = None, **headers: str) -> ReceivedRequest:
        with ScriptedServer(answering(http_answer())) as server, self.opened() as sender:
            fields = {name.replace("_", "-"): value for name, value in headers.items()}
            sender.send(HttpRequest(method, server.url(), fields, content, AMPLE))
            return server.requests[0]

    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "HEAD"])
    def test_method_goes_out_as_it_was_given(self, method: str) -> None:
        assert self._sent(method=method).request_line.startswith(f"{method} / ")

    @pytest.mark.parametrize(("method", "content"), [("GET", None), ("POST", b"{}"), ("POST", b"")])
    def test_no_header_is_added_beyond_those_http_demands(self, method: str, content: bytes | None) -> None:
        request = self._sent(method=method, content=content, X_Mine="1")
        names = [name.lower() for name, _ in request.fields]
        assert set(names) - _DEMANDED_BY_HTTP == {"x-mine"}
        assert len(names) == len(set(names)), "no field is sent twice"

    def test_host_names_the_host_and_the_port(self) -> None:
        with ScriptedServer(answering(http_answer())) as server, self.opened() as sender:
            sender.send(get(server.url()))
            assert server.requests[0].header("host") == f"127.0.0.1:{server.port}"

    def test_headers_go_out_as_they_were_given(self) -> None:
        given = {
            "User-Agent": "mine/1",
            "Accept": "application/json",
            "Accept_Encoding": "gzip, deflate",
            "Content_Type": "application/json",
            "Authorization": "Bearer a.b.c",
            "X_Request_ID": "3f0c",
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        }
        request = self._sent(method="POST", content=b"{}", **given)
        for name, value in given.items():
            assert request.header(name.replace("_", "-")) == value

    @pytest.mark.parametrize("size", [1, 17, 300_000, 3_000_000])
    def test_body_goes_out_whole_with_its_length(self, size: int) -> None:
        content = bytes(range(256)) * (size // 256) + b"#" * (size % 256)
        request = self._sent(method="POST", content=content)
        assert request.body == content
        assert request.header("content-length") == str(size)
        assert request.header("transfer-encoding") is None

    def test_empty_body_says_that_it_is_empty(self) -> None:
        request = self._sent(method="POST", content=b"")
        assert request.header("content-length") == "0"

    def test_request_without_a_body_sends_none(self) -> None:
        request = self._sent()
        assert request.header("content-length") in {None, "0"}
        assert request.header("content-type") is None

    def test_cookies_are_not_kept(self) -> None:
        fields = [("Set-Cookie", "session=1; Path=/"), ("Set-Cookie", "other=2; Path=/")]
        with ScriptedServer(answering(http_answer(fields=fields))) as server, self.opened() as sender:
            response = sender.send(get(server.url()))
            sender.send(get(server.url("/again")))
            assert response.headers["set-cookie"].startswith("session=1")
            assert [request.header("cookie") for request in server.requests] == [None, None]

    @pytest.mark.parametrize("url", _MALFORMED)
    def test_malformed_url_is_refused(self, url: str) -> None:
        with self.opened() as sender:
            assert_told(
                failure_of(sender, get(url)),
                delivered="no",
                because="the URL is malformed, and must be refused before anything is sent",
            )

    @pytest.mark.parametrize("path", ["/a b", "/a\r\nX-Injected: 1", "/a\nb", "/a\x00b", "/\u00e4"])
    def test_url_that_cannot_go_on_the_wire_is_refused(self, path: str) -> None:
        with ScriptedServer(answering(http_answer())) as server, self.opened() as sender:
            assert_told(
                failure_of(sender, get(server.url(path))),
                delivered="no",
                because="the URL cannot be put on the wire, and must be refused before anything is sent",
            )
            assert not server.requests

    @pytest.mark.parametrize(
        "fields",
        [{"X-Evil": "a\r\nX-Injected: 1"}, {"X-Evil": "a\nb"}, {"X-Evil\r\nX-Injected": "1"}, {"X-Evil": "a\x00b"}],
        ids=["value CRLF", "value LF", "name CRLF", "value NUL"],
    )
    def test_header_that_would_split_the_request_is_refused(self, fields: dict[str, str]) -> None:
        with ScriptedServer(answering(http_answer())) as server, self.opened() as sender:
            error = failure_of(sender, HttpRequest("GET", server.url(), fields, None, AMPLE))
            assert_told(
                error,
                delivered="no",
                because="the header field would split the request, and must be refused before anything is sent",
            )
            assert not server.requests
