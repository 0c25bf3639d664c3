"""Certificates for the TLS cases, signed by an authority that lives as long as the test run."""

from __future__ import annotations

import datetime as dt
import functools
import ssl
from typing import TYPE_CHECKING, Protocol

from lpfunctions.testing.faults.scripted_server import LOOPBACK

if TYPE_CHECKING:
    from pathlib import Path

    import trustme

PROXIED_HOST = "functions.test"
"""A host name that only a proxy can reach."""


class _Certificate(Protocol):
    # The part of trustme that is used, without the types of an OpenSSL binding that may be absent.
    def configure_cert(self, ctx: ssl.SSLContext) -> None: ...


class _Authority(Protocol):
    def configure_trust(self, ctx: ssl.SSLContext) -> None: ...


@functools.cache
def authority() -> trustme.CA:
    """Return the authority that `client_context` trusts."""
    return _new_authority()


@functools.cache
def server_context() -> ssl.SSLContext:
    """The context of a server whose certificate is trusted, in date and has the right names."""
    return _serving(authority().issue_cert(LOOPBACK, "localhost", PROXIED_HOST))


def client_context() -> ssl.SSLContext:
    """Return a new client context that trusts only the `authority`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _trust(context, authority())
    return context


def expired_context() -> ssl.SSLContext:
    """The context of a server whose certificate has expired."""
    yesterday = dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    return _serving(authority().issue_cert(LOOPBACK, not_after=yesterday))


def misnamed_context() -> ssl.SSLContext:
    """The context of a server whose certificate is for another host."""
    return _serving(authority().issue_cert("somebody-else.test"))


def stranger_context() -> ssl.SSLContext:
    """The context of a server whose authority is unknown."""
    return _serving(_new_authority().issue_cert(LOOPBACK))


def demanding_context() -> ssl.SSLContext:
    """The context of a server that requires a client certificate."""
    context = _serving(authority().issue_cert(LOOPBACK))
    context.verify_mode = ssl.CERT_REQUIRED
    _trust(context, authority())
    return context


def identified_context() -> ssl.SSLContext:
    """The context of a client that has a certificate."""
    context = client_context()
    _identify(context, authority().issue_cert("client@functions.test"))
    return context


def bundle(directory: Path) -> str:
    """Write, and return the path of, a file in *directory* with the authority's certificate."""
    path = directory / "authority.pem"
    authority().cert_pem.write_to_path(path)
    return str(path)


def _new_authority() -> trustme.CA:
    try:
        import trustme
    except ImportError as missing:
        raise ModuleNotFoundError(
            'the TLS cases of TransportContract need trustme; pip install "lpfunctions[testing]"', name="trustme"
        ) from missing
    return trustme.CA()


def _serving(certificate: _Certificate) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _identify(context, certificate)
    return context


def _trust(context: ssl.SSLContext, authority: _Authority) -> None:
    authority.configure_trust(context)


def _identify(context: ssl.SSLContext, certificate: _Certificate) -> None:
    certificate.configure_cert(context)
