"""The part of the transport contract that needs no sockets, so that it applies to a transport in memory too."""

# The name of a test is its docstring.

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import responses as reasons
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from lpfunctions.core.errors import FaaSConnectionError, FaaSTimeoutError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing.contracts.support.assertions import AMPLE, assert_told, get, post
from lpfunctions.testing.contracts.support.contract import Contract
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from lpfunctions.testing.faults.scripts import http_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from contextlib import AbstractContextManager

    from lpfunctions.testing.contracts.support.harness import Sender
    from lpfunctions.testing.faults.scripted_server import Conversation, ReceivedRequest

STATUSES = (200, 201, 204, 302, 304, 400, 401, 404, 408, 429, 500, 502, 503, 504, 901)


@dataclass(frozen=True, slots=True)
class Served:
    """A transport, and the origin to send to."""

    sender: Sender
    origin: str

    def url(self, path: str = "/") -> str:
        """Return the URL of *path* at the origin."""
        return self.origin + path


class PortCases(Contract):
    """What every transport must do, with or without a network.

    A subclass implements `served`; for a transport in memory that is:

        class TestMemoryTransport(PortCases):
            @contextmanager
            def served(self, handle):
                with sender_for(MemoryTransport(handle)) as sender:
                    yield Served(sender, "http://functions.test")
    """

    def served(self, handle: Callable[[HttpRequest], HttpResponse]) -> AbstractContextManager[Served]:
        """Yield a transport whose requests *handle* answers."""
        raise NotImplementedError

    @pytest.mark.parametrize("status", STATUSES)
    def test_every_status_is_returned(self, status: int) -> None:
        body = b"" if status in {204, 304} else b'{"status":1}'
        answer = HttpResponse(status, reasons.get(status, "Custom"), {"location": "/elsewhere"}, body)
        seen: list[HttpRequest] = []

        def handle(request: HttpRequest) -> HttpResponse:
            seen.append(request)
            return answer

        with self.served(handle) as served:
            response = served.sender.send(post(served.url("/api")))
        assert (response.status, response.reason, response.content) == (status, answer.reason, body)
        assert response.headers["location"] == "/elsewhere"
        assert len(seen) == 1, "a redirect is not followed, a failure is not repeated"

    def test_request_arrives_as_it_was_given(self) -> None:
        seen: list[HttpRequest] = []

        def handle(request: HttpRequest) -> HttpResponse:
            seen.append(request)
            return HttpResponse(200)

        with self.served(handle) as served:
            url = served.url("/a%2Fb/%C3%A4?x=%20&y=+&z=%2E%2E")
            served.sender.send(HttpRequest("POST", url, {"X-One": "1", "X-Two": "two"}, b"\x00\xff body", AMPLE))
        assert [(request.method, request.url, request.content) for request in seen] == [("POST", url, b"\x00\xff body")]
        assert (seen[0].headers["X-One"], seen[0].headers["X-Two"]) == ("1", "two")

    @pytest.mark.parametrize("seconds", [0.0, -1.0], ids=["none left", "negative"])
    def test_nothing_is_sent_when_no_time_is_left(self, seconds: float) -> None:
        seen: list[HttpRequest] = []

        def handle(request: HttpRequest) -> HttpResponse:
            seen.append(request)
            return HttpResponse(200)

        with self.served(handle) as served, pytest.raises(FaaSTimeoutError) as caught:
            served.sender.send(get(served.url(), seconds))
        assert_told(caught.value, delivered="no", because="no time was left to send anything")
        assert caught.value.phase in {"pool", "connect"}
        assert not seen

    @pytest.mark.parametrize("seconds", [float("inf"), 1e12], ids=["infinite", "longer than any timer"])
    def test_endless_timeout_is_no_limit(self, seconds: float) -> None:
        with self.served(lambda _: HttpResponse(200, "OK", {}, b"there")) as served:
            assert served.sender.send(get(served.url(), seconds)).content == b"there"

    def test_each_answer_belongs_to_its_caller(self) -> None:
        def handle(request: HttpRequest) -> HttpResponse:
            return HttpResponse(200, "OK", {"x-path": urlsplit(request.url).path}, request.content or b"")

        with self.served(handle) as served, ThreadPoolExecutor(8) as threads:
            requests = [post(served.url(f"/{number}"), b"%d" % number) for number in range(48)]
            answers = list(threads.map(served.sender.send, requests))
        assert [answer.content for answer in answers] == [request.content for request in requests]
        assert [answer.headers["x-path"] for answer in answers] == [f"/{number}" for number in range(48)]

    def test_closing_twice_is_harmless(self) -> None:
        with self.served(lambda _: HttpResponse(200)) as served:
            served.sender.send(get(served.url()))
            served.sender.close()
            served.sender.close()

    def test_sending_after_close_works_or_is_an_error_of_ours(self) -> None:
        with self.served(lambda _: HttpResponse(200)) as served:
            served.sender.send(get(served.url()))
            served.sender.close()
            with suppress(FaaSConnectionError):
                assert served.sender.send(get(served.url())).status == 200


class ServedBySocket(SocketHarness, PortCases):
    """`PortCases` for a transport that needs a real server."""

    @contextmanager
    def served(self, handle: Callable[[HttpRequest], HttpResponse]) -> Generator[Served]:
        """Yield a transport, and a server that answers with *handle*."""
        limits = TransportLimits(max_connections=8)
        with ScriptedServer(_asking(handle)) as server, self.opened(limits=limits) as sender:
            yield Served(sender, server.url("").rstrip("/"))


def _asking(handle: Callable[[HttpRequest], HttpResponse]) -> Callable[[Conversation], None]:
    def script(peer: Conversation) -> None:
        while (received := peer.read_request()) is not None:
            answer = handle(_request_of(received))
            fields = tuple(answer.headers.items())
            peer.send(http_answer(answer.status, answer.content, reason=answer.reason, fields=fields))

    return script


def _request_of(received: ReceivedRequest) -> HttpRequest:
    url = f"http://{received.header('host')}{received.target}"
    plain = HttpRequest(received.request_line.split(" ")[0], url, dict(received.fields))
    return plain._replace(content=received.body) if received.header("content-length") else plain
