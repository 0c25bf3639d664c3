"""`RequestsTransport` keeps the contract of `Transport`, over connections of its own and over a user's session."""

from __future__ import annotations

import io
import select
import socket
import ssl
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import requests
import urllib3
from requests.adapters import HTTPAdapter

from lpfunctions import BearerToken, Client, StaticDomainResolver
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.errors import FaaSConnectionError, FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.contracts import TransportContract, UsersSessionContract
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import within
from lpfunctions.testing.contracts.transport_cases.failure_cases import reading_then
from lpfunctions.testing.faults.scripted_server import LOOPBACK, Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import DeadAddress, answering, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Unpack

    from lpfunctions.testing.contracts import TransportOptions

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


class TestRequestsTransport(TransportContract):
    def build(self, **options: Unpack[TransportOptions]) -> RequestsTransport:
        return RequestsTransport(**options)


class TestRequestsTransportOverUsersSession(UsersSessionContract):
    @pytest.fixture(autouse=True)
    def _session(self) -> Iterator[None]:
        with requests.Session() as self.session:
            yield

    def build(self, **options: Unpack[TransportOptions]) -> RequestsTransport:
        return RequestsTransport(session=self.session, limits=options.get("limits", TransportLimits()))


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as opened:
        yield opened


def _get(url: str) -> HttpRequest:
    return HttpRequest("GET", url, {}, None, 5.0)


def test_users_session_stays_open(session: requests.Session) -> None:
    with ScriptedServer(answering(http_answer())) as server:
        transport = RequestsTransport(session=session)
        transport.send(_get(server.url()))
        transport.close()
        transport.send(_get(server.url()))
        assert server.connections == 1


def test_users_session_lends_its_adapter_and_its_trust_but_neither_headers_nor_auth(session: requests.Session) -> None:
    seen: list[object] = []

    class Recording(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: object, **settings: object) -> requests.Response:
            seen.extend([settings["verify"], settings["cert"], settings["proxies"]])
            settings["cert"] = settings["verify"] = None
            return super().send(request, *args, **settings)  # type: ignore[arg-type] # passed on as they came

    session.headers["X-Session"] = "1"
    session.auth = ("me", "password")
    session.verify = "/no/such/bundle"
    session.cert = "/no/such/certificate"
    session.trust_env = False
    session.mount("http://", Recording())
    with ScriptedServer(answering(http_answer())) as server:
        RequestsTransport(session=session).send(_get(server.url()))
        assert {name.lower() for name, _ in server.requests[0].fields} == {"host"}
    assert seen == ["/no/such/bundle", "/no/such/certificate", {}]


def test_users_session_keeps_its_trust_in_the_environment(
    session: requests.Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ScriptedServer(answering(http_answer())) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url())
        monkeypatch.setenv("no_proxy", "")
        RequestsTransport(session=session).send(_get("http://functions.test/"))
        assert proxy.requests[0].target == "http://functions.test/"


def test_untrusted_certificate_over_users_session_was_never_sent_anything(session: requests.Session) -> None:
    with ScriptedServer(answering(http_answer()), tls=certificates.stranger_context()) as server:
        with pytest.raises(FaaSConnectionError) as caught:
            RequestsTransport(session=session).send(_get(server.url()))
        assert caught.value.delivered == "no"


def _relay_to(port: int) -> Callable[[Conversation], None]:
    """A proxy that accepts a tunnel and passes bytes both ways."""

    def script(near: Conversation) -> None:
        near.read_request()
        near.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        with socket.create_connection((LOOPBACK, port)) as far:
            ends: list[Conversation | socket.socket] = [near, far]
            while True:
                readable, _, _ = select.select(ends, [], [])
                data = near.receive(65536) if near in readable else far.recv(65536)
                if not data:
                    return
                (far.sendall if near in readable else near.send)(data)

    return script


def test_tls_to_the_proxy_and_through_it() -> None:
    """An ``https`` proxy: TLS to the proxy, and within it TLS to the origin."""
    with ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as origin:
        with ScriptedServer(_relay_to(origin.port), tls=certificates.server_context()) as proxy:
            transport = RequestsTransport(proxy=proxy.url(), ssl_context=certificates.client_context())
            for _ in range(2):
                assert transport.send(_get(f"https://{certificates.PROXIED_HOST}/x?y=%2f")).status == 200
            transport.close()
        assert [request.target for request in origin.requests] == ["/x?y=%2f"] * 2


def test_plain_request_through_a_proxy_behind_tls() -> None:
    with ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as proxy:
        transport = RequestsTransport(proxy=proxy.url(), ssl_context=certificates.client_context())
        assert transport.send(_get(f"http://{certificates.PROXIED_HOST}/x")).status == 200
        transport.close()
        assert proxy.requests[0].target == f"http://{certificates.PROXIED_HOST}/x"


def test_proxy_of_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "")
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1080")
    with pytest.raises(FaaSRequestError) as caught:
        RequestsTransport(trust_env=True).send(_get("http://functions.test/"))
    assert caught.value.delivered == "no"
    assert not caught.value.retryable


_FORKING = """
import os, sys
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.http.messages import HttpRequest

transport = RequestsTransport()

def ask(name):
    answer = transport.send(HttpRequest("POST", sys.argv[1], {}, name.encode(), 5.0))
    return answer.content == name.encode()

assert ask("before")
children = []
for number in range(3):
    if (child := os.fork()) == 0:
        fine = all(ask(f"child {number} {turn}") for turn in range(20))
        transport.close()
        os._exit(0 if fine else 1)
    children.append(child)
    assert ask(f"parent {number}")
assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
assert ask("after")
transport.close()
"""


def _echo(peer: Conversation) -> None:
    while (request := peer.read_request()) is not None:
        peer.send(http_answer(200, request.body))


def test_forked_children_and_their_parent_do_not_share_connections() -> None:
    with ScriptedServer(_echo) as server:
        forking = [sys.executable, "-W", "error", "-c", _FORKING, server.url()]
        done = subprocess.run(forking, check=False, capture_output=True, text=True, timeout=30)
        assert (done.returncode, done.stderr) == (0, "")
        assert server.connections == 4
        assert len(server.requests) == 65


def test_given_context_keeps_its_protocols(session: requests.Session) -> None:
    """No ALPN is set on a context of the user's: urllib3 would overwrite what they had set."""
    del session
    serving = certificates.demanding_context()
    serving.verify_mode = ssl.CERT_NONE
    serving.set_alpn_protocols(["mine/1", "http/1.1"])
    context = certificates.client_context()
    context.set_alpn_protocols(["mine/1"])
    with ScriptedServer(answering(http_answer()), tls=serving) as server:
        transport = RequestsTransport(ssl_context=context)
        transport.send(_get(server.url()))
        transport.close()
    with (
        ScriptedServer(Conversation.wait_for_close, tls=serving) as server,
        socket.create_connection((LOOPBACK, server.port)) as plain,
        context.wrap_socket(plain, server_hostname=LOOPBACK) as secured,
    ):
        assert secured.selected_alpn_protocol() == "mine/1"


def test_closed_connection_pool_holds_no_socket() -> None:
    with ScriptedServer(_echo) as server:
        transport = RequestsTransport(limits=TransportLimits(max_connections=3))
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(transport.send, [_get(server.url())] * 12))
        transport.close()
        assert server.wait_until_idle()


_CUT_HEADS = {
    "after the status line": b"HTTP/1.1 200 OK\r\n",
    "in the reason": b"HTTP/1.1 200 O",
    "in a field name": b"HTTP/1.1 200 OK\r\nContent-Len",
    "in a field value": b"HTTP/1.1 200 OK\r\nContent-Type: appl",
    "in a length": b"HTTP/1.1 200 OK\r\nContent-Length: 1",
    "before the empty line": b"HTTP/1.1 200 OK\r\nConnection: close\r\n",
}


@pytest.mark.parametrize("where", _CUT_HEADS)
def test_head_cut_short_over_users_session_is_no_empty_answer(session: requests.Session, where: str) -> None:
    """http.client takes it for a whole head, and its body for an empty one."""
    with ScriptedServer(reading_then(_CUT_HEADS[where], Conversation.close)) as server:
        with pytest.raises(FaaSRequestError) as caught:
            RequestsTransport(session=session).send(_get(server.url()))
        assert caught.value.delivered == "unknown"


def test_answer_of_a_mounted_mock_may_be_empty(session: requests.Session) -> None:
    class Mock(HTTPAdapter):
        def send(self, request: requests.PreparedRequest, *args: object, **settings: object) -> requests.Response:
            response = requests.Response()
            response.status_code, response.raw = 200, urllib3.HTTPResponse(io.BytesIO(b""), preload_content=False)
            return response

    session.mount("http://", Mock())
    assert RequestsTransport(session=session).send(_get("http://functions.test/")).content == b""


@pytest.mark.parametrize("with_session", [False, True], ids=["own connections", "user's session"])
def test_limit_on_connecting_that_passes_within_the_deadline_means_unsent(
    session: requests.Session, with_session: bool
) -> None:
    limits = TransportLimits(connect_timeout_seconds=0.1)
    with DeadAddress() as dead:
        transport = RequestsTransport(limits=limits, session=session if with_session else None)
        with within(1.0), pytest.raises(FaaSConnectionError, match=r"connect_timeout=0\.1 s") as caught:
            transport.send(_get(dead.url()))
        assert (caught.value.delivered, caught.value.retryable) == ("no", True)
        with pytest.raises(FaaSTimeoutError) as over:
            transport.send(_get(dead.url())._replace(timeout_seconds=0.05))
        assert (over.value.phase, over.value.delivered) == ("connect", "no")
        transport.close()


def test_limit_on_connecting_holds_for_a_handshake_and_for_a_tunnel() -> None:
    limits = TransportLimits(connect_timeout_seconds=0.1)
    with ScriptedServer(Conversation.wait_for_close) as silent:
        for transport in (RequestsTransport(limits=limits), RequestsTransport(limits=limits, proxy=silent.url())):
            with within(1.0), pytest.raises(FaaSConnectionError, match="connect_timeout") as caught:
                transport.send(_get(f"https://127.0.0.1:{silent.port}/"))
            assert caught.value.delivered == "no"
        assert silent.wait_until_idle()


def test_limit_on_connecting_does_not_bound_the_answer() -> None:
    def slow(peer: Conversation) -> None:
        peer.read_request()
        peer.stopping.wait(0.2)
        peer.send(http_answer(200, b"late"))

    with ScriptedServer(slow) as server:
        transport = RequestsTransport(limits=TransportLimits(connect_timeout_seconds=0.1))
        assert transport.send(_get(server.url())).content == b"late"
        transport.close()


def test_connection_in_use_when_the_transport_is_closed_ends_behind_its_exchange() -> None:
    is_asked, go_on = threading.Event(), threading.Event()

    def script(peer: Conversation) -> None:
        while (request := peer.read_request()) is not None:
            is_asked.set()
            go_on.wait(5)
            peer.send(http_answer(200, request.body))

    with ScriptedServer(script) as server, ThreadPoolExecutor(1) as thread:
        transport = RequestsTransport()
        answer = thread.submit(transport.send, _get(server.url())._replace(method="POST", content=b"mine"))
        assert is_asked.wait(5)
        transport.close()
        go_on.set()
        assert answer.result().content == b"mine"
        assert server.wait_until_idle()


def test_all_in_one_record_of_tls_is_one_answer() -> None:
    """The unsolicited answer behind the filler is not the next caller's."""
    raw = http_answer(200, "ä".encode(), fields=[("Content-Length", "1")]) + http_answer(200, b"for somebody else")

    def script(peer: Conversation) -> None:
        while peer.read_request() is not None:
            peer.send(raw)

    with ScriptedServer(script, tls=certificates.server_context()) as server:
        transport = RequestsTransport(ssl_context=certificates.client_context())
        assert [transport.send(_get(server.url())).content for _ in range(3)] == ["ä".encode()[:1]] * 3
        assert server.connections == 3
        transport.close()


def test_reopened_transport_keeps_connections_again() -> None:
    with ScriptedServer(_echo) as server:
        transport = RequestsTransport()
        for opened_before in (0, 1):
            transport.reopen()
            for _ in range(3):
                transport.send(_get(server.url()))
            assert server.connections == opened_before + 1
            transport.close()
        assert server.wait_until_idle()


def test_client_that_is_entered_again_keeps_connections_again() -> None:
    with ScriptedServer(answering(http_answer(200, b"1"))) as server:
        resolver = StaticDomainResolver({"faasGW": f"127.0.0.1:{server.port}"})
        client = Client(account_id="1", auth_strategy=BearerToken("t"), domain_resolver=resolver, protocol="http")
        for opened in (1, 2):
            with client:
                for _ in range(3):
                    assert client.invoke(lambda_uuid="x").body == 1
            assert server.connections == opened
        assert server.wait_until_idle()
