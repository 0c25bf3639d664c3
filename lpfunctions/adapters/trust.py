"""Whom a transport trusts when it is given no context."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.redaction import quoted

_BUNDLES: Final = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def default_context(*, trust_env: bool) -> ssl.SSLContext:
    """A context that trusts the system's authorities; with *trust_env*, those of ``REQUESTS_CA_BUNDLE`` instead.

    ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` are OpenSSL's own and are obeyed always. Reads files.

    Raises:
        FaaSRequestError: the bundle cannot be used.
    """
    bundle = next(filter(None, map(os.environ.get, _BUNDLES)), None) if trust_env else None
    try:
        if bundle is not None and Path(bundle).is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except OSError as unusable:
        reason = unusable.strerror or "it holds no certificate"
        error = FaaSRequestError(f"the CA bundle {quoted(bundle)} cannot be used: {reason}", delivered="no")
        error.retryable = False
    raise error
