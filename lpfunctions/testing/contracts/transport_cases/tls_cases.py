"""TLS: which servers a transport trusts, and how it fails when it does not."""

# The name of a test is its docstring.

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Final

import pytest

from lpfunctions.core.errors import FaaSConnectionError
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import (
    SHORT,
    assert_told,
    failure_of,
    get,
    post,
    timeout_of,
    timeout_once_sent,
)
from lpfunctions.testing.contracts.support.harness import SocketHarness
from lpfunctions.testing.faults.scripted_server import Conversation, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing.contracts.support.harness import Sender

_UNTRUSTED: Final = {
    "expired": certificates.expired_context,
    "for another host": certificates.misnamed_context,
    "of an unknown authority": certificates.stranger_context,
}


class TlsCases(SocketHarness):
    """Cases about trust, client certificates and stalled handshakes."""

    def test_trusted_server_is_talked_to(self) -> None:
        with (
            ScriptedServer(answering(http_answer(200, b"safe")), tls=certificates.server_context()) as server,
            self.opened(ssl_context=certificates.client_context()) as sender,
        ):
            for _ in range(3):
                assert sender.send(post(server.url())).content == b"safe"
            assert server.connections == 1

    def test_large_bodies_pass_through_tls(self) -> None:
        def echo(peer: Conversation) -> None:
            while (request := peer.read_request()) is not None:
                peer.send(http_answer(200, request.body))

        body = bytes(range(256)) * 8000
        with (
            ScriptedServer(echo, tls=certificates.server_context()) as server,
            self.opened(ssl_context=certificates.client_context()) as sender,
        ):
            assert sender.send(post(server.url(), body)).content == body

    @pytest.mark.parametrize("certificate", _UNTRUSTED)
    def test_untrusted_server_was_never_sent_anything(self, certificate: str) -> None:
        with (
            ScriptedServer(answering(http_answer()), tls=_UNTRUSTED[certificate]()) as server,
            self.opened(ssl_context=certificates.client_context()) as sender,
        ):
            assert "certificate" in str(_unsent(sender, server))

    def test_server_is_verified_without_being_asked(self) -> None:
        with (
            ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as server,
            self.opened() as sender,
        ):
            _unsent(sender, server)

    def test_server_that_speaks_no_tls_was_never_sent_anything(self) -> None:
        def plain(peer: Conversation) -> None:
            peer.receive(1000)
            peer.send(http_answer(400))

        with ScriptedServer(plain) as server, self.opened() as sender:
            error = failure_of(sender, post(_with_tls(server)))
            assert isinstance(error, FaaSConnectionError)
            assert_told(error, delivered="no", because="the server never spoke TLS, so that no request was sent")

    def test_server_that_closes_during_the_handshake_was_never_sent_anything(self) -> None:
        def leave(peer: Conversation) -> None:
            peer.receive(1000)

        with ScriptedServer(leave) as server, self.opened() as sender:
            error = failure_of(sender, post(_with_tls(server)))
            assert isinstance(error, FaaSConnectionError)
            assert_told(error, delivered="no", because="the handshake never ended")

    def test_stalled_handshake_does_not_outlast_the_deadline(self) -> None:
        with ScriptedServer(Conversation.wait_for_close) as server, self.opened() as sender:
            error = timeout_of(sender, post(_with_tls(server), timeout_seconds=SHORT))
            assert_told(error, delivered="no", phase="connect", because="the handshake never ended")
            assert server.wait_until_idle()

    def test_dripping_handshake_does_not_outlast_the_deadline(self) -> None:
        def drip(peer: Conversation) -> None:
            peer.receive(1000)
            peer.drip(b"\x16\x03\x03\x40\x00" + bytes(100), SHORT / 5)

        with ScriptedServer(drip) as server, self.opened() as sender:
            error = timeout_of(sender, post(_with_tls(server), timeout_seconds=SHORT))
            assert_told(error, delivered="no", phase="connect", because="the handshake never ended")

    def test_dripping_answer_over_tls_does_not_outlast_the_deadline(self) -> None:
        def drip(peer: Conversation) -> None:
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5000\r\n\r\n")
            peer.drip(b"b" * 5000, SHORT / 5)

        with (
            ScriptedServer(drip, tls=certificates.server_context()) as server,
            self.opened(ssl_context=certificates.client_context()) as sender,
        ):
            error = timeout_once_sent(sender, post(server.url(), timeout_seconds=SHORT))
            assert_told(
                error,
                delivered="unknown",
                phase="response",
                because="the server has the whole request",
            )

    def test_upload_over_tls_that_nobody_reads_does_not_outlast_the_deadline(self) -> None:
        with (
            ScriptedServer(Conversation.stall, tls=certificates.server_context()) as server,
            self.opened(ssl_context=certificates.client_context()) as sender,
        ):
            error = timeout_once_sent(sender, post(server.url(), bytes(16 * 2**20), SHORT))
            assert_told(
                error,
                delivered="unknown",
                phase="response",
                because="a part of the request was sent",
            )

    def test_client_certificate_of_the_context_is_shown(self) -> None:
        with (
            ScriptedServer(answering(http_answer(200, b"known")), tls=certificates.demanding_context()) as server,
            self.opened(ssl_context=certificates.identified_context()) as sender,
        ):
            assert sender.send(get(server.url())).content == b"known"

    def test_server_that_wants_a_certificate_is_a_connection_error(self) -> None:
        with (
            ScriptedServer(answering(http_answer()), tls=certificates.demanding_context()) as server,
            self.opened(ssl_context=certificates.client_context()) as sender,
        ):
            assert isinstance(failure_of(sender, get(server.url())), FaaSConnectionError)

    def test_given_context_is_left_unchanged(self) -> None:
        context = certificates.client_context()
        context.check_hostname = False
        before = _settings_of(context)
        with (
            ScriptedServer(answering(http_answer()), tls=certificates.misnamed_context()) as server,
            self.opened(ssl_context=context) as sender,
        ):
            assert sender.send(get(server.url())).status == 200
        assert _settings_of(context) == before

    @pytest.mark.parametrize("trust_env", [False, True])
    def test_ssl_cert_file_is_obeyed_always(
        self, trust_env: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("SSL_CERT_FILE", certificates.bundle(tmp_path))
        with (
            ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as server,
            self.opened(trust_env=trust_env) as sender,
        ):
            assert sender.send(get(server.url())).status == 200

    def test_requests_ca_bundle_is_ignored(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates.bundle(tmp_path))
        with (
            ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as server,
            self.opened() as sender,
        ):
            _unsent(sender, server)

    def test_requests_ca_bundle_is_obeyed_with_trust_env(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", certificates.bundle(tmp_path))
        with (
            ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as server,
            self.opened(trust_env=True) as sender,
        ):
            assert sender.send(get(server.url())).status == 200


def _with_tls(server: ScriptedServer) -> str:
    return server.url().replace("http:", "https:")


def _unsent(sender: Sender, server: ScriptedServer) -> FaaSConnectionError:
    error = failure_of(sender, post(server.url()))
    assert isinstance(error, FaaSConnectionError), repr(error)
    assert_told(error, delivered="no", because="the certificate was refused, so that no request was sent")
    assert not server.requests
    return error


def _settings_of(context: ssl.SSLContext) -> dict[str, object]:
    return {
        "store": context.cert_store_stats(),
        "verify_mode": context.verify_mode,
        "verify_flags": context.verify_flags,
        "check_hostname": context.check_hostname,
        "options": context.options,
        "minimum_version": context.minimum_version,
        "ciphers": [cipher["name"] for cipher in context.get_ciphers()],
    }
