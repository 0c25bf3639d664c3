"""Proxies, given or of the environment, and what else of the environment must be ignored."""

# The name of a test is its docstring.

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest

from lpfunctions.core.errors import FaaSConnectionError
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import SHORT, assert_told, failure_of, get, post, timeout_of
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, refused_port

if TYPE_CHECKING:
    from pathlib import Path

_HOST: Final = certificates.PROXIED_HOST
_ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"


def _tunnel(peer: Conversation) -> None:
    """Act as proxy and origin: accept the tunnel, then answer as the host behind it."""
    peer.read_request()
    peer.send(_ESTABLISHED)
    peer.start_tls(certificates.server_context())
    answering(http_answer(200, b"through the tunnel"))(peer)


class ProxyCases(SocketHarness):
    """Cases about ``proxy=``, ``trust_env=`` and ``.netrc``."""

    def test_given_proxy_gets_the_whole_url_of_an_http_request(self) -> None:
        with ScriptedServer(answering(http_answer(200, b"by proxy"))) as proxy:
            with self.opened(proxy=proxy.url().rstrip("/")) as sender:
                url = f"http://{_HOST}:8080/a%2fb/%2e/?x=%7e"
                assert sender.send(post(url)).content == b"by proxy"
            assert proxy.requests[0].request_line == f"POST {url} HTTP/1.1"
            assert proxy.requests[0].header("host") == f"{_HOST}:8080"
            assert {name.lower() for name, _ in proxy.requests[0].fields} <= {
                "host", "content-length", "authorization", "connection", "proxy-connection",
            }  # fmt: skip

    def test_given_proxy_tunnels_an_https_request(self) -> None:
        with (
            ScriptedServer(_tunnel) as proxy,
            self.opened(proxy=proxy.url(), ssl_context=certificates.client_context()) as sender,
        ):
            for _ in range(2):
                assert sender.send(post(f"https://{_HOST}/api?x=%2f")).content == b"through the tunnel"
            lines = [request.request_line for request in proxy.requests]
            assert lines[0].startswith(f"CONNECT {_HOST}:443 HTTP/1.")
            assert lines[1:] == ["POST /api?x=%2f HTTP/1.1"] * 2
            assert proxy.requests[0].header("authorization") is None
            assert proxy.requests[1].header("host") == _HOST

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_peer_is_the_proxy_or_left_out(self, scheme: str) -> None:
        script = _tunnel if scheme == "https" else answering(http_answer())
        with (
            ScriptedServer(script) as proxy,
            self.opened(proxy=proxy.url(), ssl_context=certificates.client_context()) as sender,
        ):
            where = urlsplit(proxy.url())
            assert sender.send(get(f"{scheme}://{_HOST}/")).peer in {(where.hostname, where.port), None}

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_credentials_of_the_proxy_are_shown_to_the_proxy_alone(self, scheme: str) -> None:
        script = _tunnel if scheme == "https" else answering(http_answer())
        with ScriptedServer(script) as proxy:
            address = proxy.url("").replace("://", "://me:pass%40word@")
            with self.opened(proxy=address, ssl_context=certificates.client_context()) as sender:
                sender.send(get(f"{scheme}://{_HOST}/"))
            shown = [request.header("proxy-authorization") for request in proxy.requests]
            assert shown[0] == "Basic " + b64encode(b"me:pass@word").decode()
            assert shown[1:] == ([None] if scheme == "https" else [])

    def test_proxy_that_refuses_the_tunnel_means_unsent(self) -> None:
        with (
            ScriptedServer(answering(http_answer(407, b"who are you?", reason="Who are you?"))) as proxy,
            self.opened(proxy=proxy.url()) as sender,
        ):
            error = failure_of(sender, post(f"https://{_HOST}/"))
            assert isinstance(error, FaaSConnectionError)
            assert_told(error, delivered="no", because="the proxy refused the tunnel, so that no request was sent")
            assert "407" in str(error)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_unreachable_proxy_means_unsent(self, scheme: str) -> None:
        with self.opened(proxy=f"http://127.0.0.1:{refused_port()}") as sender:
            error = failure_of(sender, post(f"{scheme}://{_HOST}/"))
            assert isinstance(error, FaaSConnectionError)
            assert_told(error, delivered="no", because="nothing listens at the address of the proxy")

    @pytest.mark.parametrize("end", ["silence", "drip", "slow TLS"])
    def test_stalled_tunnel_does_not_outlast_the_deadline(self, end: str) -> None:
        def script(peer: Conversation) -> None:
            peer.read_request()
            if end == "drip":
                peer.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"v" * 1000, SHORT / 5)
            if end == "slow TLS":
                peer.send(_ESTABLISHED)
            peer.wait_for_close()

        with ScriptedServer(script) as proxy, self.opened(proxy=proxy.url()) as sender:
            error = timeout_of(sender, post(f"https://{_HOST}/", timeout_seconds=SHORT))
            assert_told(
                error,
                delivered="no",
                phase="connect",
                because="the tunnel was never opened, so that no request was sent",
            )

    @pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
    def test_proxy_of_the_environment_is_ignored(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedServer(answering(http_answer(500))) as proxy, ScriptedServer(answering(http_answer())) as server:
            monkeypatch.setenv(name, proxy.url())
            with self.opened() as sender:
                assert sender.send(get(server.url())).status == 200
            assert not proxy.requests

    @pytest.mark.parametrize("name", ["http_proxy", "all_proxy", "ALL_PROXY"])
    def test_proxy_of_the_environment_is_used_with_trust_env(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedServer(answering(http_answer())) as proxy:
            monkeypatch.setenv(name, proxy.url())
            with self.opened(trust_env=True) as sender:
                assert sender.send(get(f"http://{_HOST}/x")).status == 200
            assert proxy.requests[0].target == f"http://{_HOST}/x"

    def test_proxy_of_the_environment_tunnels_with_trust_env(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedServer(_tunnel) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", proxy.url())
            with self.opened(trust_env=True, ssl_context=certificates.client_context()) as sender:
                assert sender.send(get(f"https://{_HOST}/")).content == b"through the tunnel"

    def test_no_proxy_of_the_environment_is_obeyed_with_trust_env(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedServer(answering(http_answer(500))) as proxy, ScriptedServer(answering(http_answer())) as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.url())
            monkeypatch.setenv("NO_PROXY", "127.0.0.1")
            with self.opened(trust_env=True) as sender:
                assert sender.send(get(server.url())).status == 200
            assert not proxy.requests

    def test_given_proxy_wins_over_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with ScriptedServer(answering(http_answer(500))) as other, ScriptedServer(answering(http_answer())) as given:
            monkeypatch.setenv("HTTP_PROXY", other.url())
            with self.opened(proxy=given.url(), trust_env=True) as sender:
                assert sender.send(get(f"http://{_HOST}/")).status == 200
            assert not other.requests

    @pytest.mark.parametrize("trust_env", [False, True])
    def test_netrc_is_never_read(self, trust_env: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        for name in (".netrc", "_netrc"):
            (tmp_path / name).write_text("default login me password secret\n")
            (tmp_path / name).chmod(0o600)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("USERPROFILE", str(tmp_path))
        monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
        with ScriptedServer(answering(http_answer())) as server, self.opened(trust_env=trust_env) as sender:
            sender.send(get(server.url()))
            assert server.requests[0].header("authorization") == get("").headers["Authorization"]
            assert server.requests[0].header("proxy-authorization") is None
