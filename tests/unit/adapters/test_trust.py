"""Whom a transport trusts when it is given no context."""

from __future__ import annotations

import logging
import ssl
from typing import TYPE_CHECKING

import certifi
import pytest
import truststore

from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.adapters.trust import default_context, store_of
from lpfunctions.core.errors import FaaSConnectionError
from lpfunctions.testing.contracts import sender_for
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.support.assertions import get
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lpfunctions.ports import AsyncTransport, Transport

TRANSPORTS = [RequestsTransport, AiohttpTransport]


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def empty_system(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A system that has no authorities, as an image made from scratch; the folder where they would be."""
    nowhere = str(tmp_path / "cert.pem")
    paths = ssl.DefaultVerifyPaths(nowhere, str(tmp_path), "SSL_CERT_FILE", nowhere, "SSL_CERT_DIR", str(tmp_path))
    monkeypatch.setattr(ssl, "get_default_verify_paths", lambda: paths)
    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", _load_nothing)
    return tmp_path


def _load_nothing(_context: ssl.SSLContext, _purpose: object = None) -> None:
    """There is nothing to load."""


def test_the_systems_store_serves_where_there_is_one() -> None:
    assert store_of(default_context(trust_env=False)).startswith("the system's store")


def test_certifi_serves_where_the_system_has_no_authorities_and_debug_says_so(
    empty_system: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "lpfunctions"):
        context = default_context(trust_env=False)

    theirs = ssl.create_default_context(cafile=certifi.where())
    assert context.cert_store_stats() == theirs.cert_store_stats()
    assert "certifi" in store_of(context)
    (line,) = [record for record in caplog.records if record.name == "lpfunctions.trust"]
    assert line.levelname == "DEBUG"
    assert str(empty_system) in line.getMessage()
    assert "certifi" in line.getMessage()


def test_authorities_in_a_folder_that_is_read_when_one_is_needed_are_a_store(empty_system: Path) -> None:
    (empty_system / "README").touch()
    assert "certifi" in store_of(default_context(trust_env=False))
    (empty_system / "1234abcd.0").touch()
    assert store_of(default_context(trust_env=False)).startswith("the system's store")


@pytest.mark.usefixtures("empty_system")
def test_what_the_environment_names_is_not_widened_by_certifi(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "mine.pem"))
    context = default_context(trust_env=False)
    assert context.cert_store_stats()["x509_ca"] == 0
    assert "SSL_CERT_FILE" in store_of(context)


@pytest.mark.sockets
@pytest.mark.parametrize("make", TRANSPORTS)
@pytest.mark.parametrize(
    ("serving", "named"),
    [
        (certificates.stranger_context, ("the ssl_context that was given", "SSL_CERT_FILE")),
        (certificates.expired_context, ("expired", "clock")),
        (certificates.misnamed_context, ("another host",)),
    ],
    ids=["stranger", "expired", "misnamed"],
)
def test_certificate_error_says_who_was_trusted_and_what_to_do(
    make: Callable[..., Transport | AsyncTransport],
    serving: Callable[[], ssl.SSLContext],
    named: tuple[str, ...],
) -> None:
    with (
        ScriptedServer(answering(http_answer()), tls=serving()) as server,
        sender_for(make(ssl_context=certificates.client_context())) as sender,
        pytest.raises(FaaSConnectionError) as caught,
    ):
        sender.send(get(server.url()))
    for words in named:
        assert words in str(caught.value)


@pytest.mark.sockets
@pytest.mark.parametrize("make", TRANSPORTS)
def test_certificate_error_names_the_systems_store(make: Callable[..., Transport | AsyncTransport]) -> None:
    with (
        ScriptedServer(answering(http_answer()), tls=certificates.server_context()) as server,
        sender_for(make()) as sender,
        pytest.raises(FaaSConnectionError, match="the system's store"),
    ):
        sender.send(get(server.url()))


@pytest.mark.sockets
@pytest.mark.parametrize("make", TRANSPORTS)
@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_truststore_context_works(
    make: Callable[..., Transport | AsyncTransport], is_trusted: bool, tmp_path: Path
) -> None:
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if is_trusted:
        context.load_verify_locations(certificates.bundle(tmp_path))
    with (
        ScriptedServer(answering(http_answer(200, b"safe")), tls=certificates.server_context()) as server,
        sender_for(make(ssl_context=context)) as sender,
    ):
        if is_trusted:
            assert [sender.send(get(server.url())).content for _ in range(2)] == [b"safe"] * 2
            assert server.connections == 1
        else:
            with pytest.raises(FaaSConnectionError) as caught:
                sender.send(get(server.url()))
            assert caught.value.delivered == "no"
