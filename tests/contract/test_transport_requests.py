"""`RequestsTransport` keeps the contract of `Transport`, over connections of its own and over a user's session."""

from __future__ import annotations

import select
import socket
from typing import TYPE_CHECKING

import pytest
import requests
from requests.adapters import HTTPAdapter

from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.errors import FaaSConnectionError
from lpfunctions.core.http import HttpRequest
from lpfunctions.core.limits import TransportLimits
from lpfunctions.testing.contracts import TransportContract, UsersSessionContract, certificates
from lpfunctions.testing.scripted_server import LOOPBACK, Conversation, ScriptedServer
from lpfunctions.testing.scripts import answering, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Unpack

    from lpfunctions.testing.contracts import TransportOptions


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
