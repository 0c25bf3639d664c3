"""Whom a transport trusts when it is given no context, and what to do when a server is not trusted."""

from __future__ import annotations

import logging
import os
import re
import ssl
import weakref
from pathlib import Path
from typing import Final

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.redaction import one_line, quoted

_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_OF_OPENSSL: Final = ("SSL_CERT_FILE", "SSL_CERT_DIR")
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.[0-9]+")
"""Names under which OpenSSL looks for an authority in a folder, once it needs one."""

_log: Final = logging.getLogger("lpfunctions.trust")
_stores: Final[weakref.WeakKeyDictionary[ssl.SSLContext, str]] = weakref.WeakKeyDictionary()

_EXPIRED, _NOT_YET_VALID, _WRONG_NAME, _WRONG_ADDRESS = 10, 9, 62, 64
"""Codes of OpenSSL. Source: ``openssl/x509_vfy.h``."""
_WHAT_TO_DO: Final = {
    _EXPIRED: "the server needs a new certificate, unless the clock of this machine is wrong",
    _NOT_YET_VALID: "the clock of this machine is probably wrong",
    _WRONG_NAME: "the certificate is for another host, so the host that was asked for is probably wrong",
    _WRONG_ADDRESS: "the certificate is for another host, so the host that was asked for is probably wrong",
}
_WITH_ANOTHER_STORE: Final = (
    "if the authority is your own or your proxy's, name the file of its certificate in SSL_CERT_FILE, "
    "or give ssl_context=ssl.create_default_context(cafile=…)"
)


def default_context(*, trust_env: bool) -> ssl.SSLContext:
    """A context that trusts the system's authorities; with *trust_env*, those of ``REQUESTS_CA_BUNDLE`` instead.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` are OpenSSL's own and are obeyed always. A system that has no authorities, as
    in an image made from scratch, gets those of certifi. Reads files.

    Raises:
        FaaSRequestError: the bundle cannot be used.
    """
    bundle = next(filter(None, map(os.environ.get, _BUNDLES)), None) if trust_env else None
    context = _of_system() if bundle is None else _of_bundle(bundle)
    if bundle is not None:
        _stores[context] = f"the CA bundle {quoted(bundle)}"
    return context


def store_of(context: ssl.SSLContext) -> str:
    """Whose authorities *context* trusts, for a message."""
    return _stores.get(context, "the ssl_context that was given")


def untrusted(failure: ssl.SSLCertVerificationError, store: str) -> str:
    """Why a certificate was refused, by which store, and what to do; for a message."""
    todo = _WHAT_TO_DO.get(failure.verify_code, _WITH_ANOTHER_STORE)
    return f"{one_line(failure.verify_message)} (trusted is {store}); {todo}"


def _of_bundle(bundle: str) -> ssl.SSLContext:
    try:
        if Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as unusable:
        reason = unusable.strerror or "it holds no certificate"
        error = FaaSRequestError(f"the CA bundle {quoted(bundle)} cannot be used: {reason}", delivered="no")
        error.retryable = False
    raise error


def _of_system() -> ssl.SSLContext:
    context = ssl.create_default_context()
    named = [f"{name}={quoted(os.environ[name])}" for name in _OF_OPENSSL if os.environ.get(name)]
    if named:
        _stores[context] = f"what {' and '.join(named)} names"
    elif _is_empty(context):
        import certifi

        _log.debug("the system has no certificate authorities in %s; those of certifi serve", _places())
        context = ssl.create_default_context(cafile=certifi.where())
        _stores[context] = "certifi, because the system has no authorities"
    else:
        _stores[context] = f"the system's store, {_places()}"
    return context


def _is_empty(context: ssl.SSLContext) -> bool:
    """Has *context* no authority, and would it find none in the system's folder, which is read when one is needed?"""
    folder = ssl.get_default_verify_paths().capath
    return context.cert_store_stats()["x509_ca"] == 0 and not (
        folder and any(_HASHED.fullmatch(file.name) for file in Path(folder).iterdir())
    )


def _places() -> str:
    paths = ssl.get_default_verify_paths()
    return f"{paths.openssl_cafile} and {paths.openssl_capath}"
