"""TLS of the emulator: a file of the user's, or a certificate that is good for one run."""

from __future__ import annotations

import ssl
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable


def context_of(file: str) -> ssl.SSLContext:
    """Return the context of a server with the key and certificate of *file*.

    Raises:
        FaaSConfigurationError: they are not there.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(file)
    except OSError as unfit:
        raise FaaSConfigurationError(f"{quoted(file)} holds no key with its certificate, as PEM: {unfit}") from None
    return context


def context_for_this_run(names: Iterable[str]) -> tuple[ssl.SSLContext, Path]:
    """Return the context of a server with a new certificate for *names*, and the file of the authority that signed it.

    Raises:
        FaaSConfigurationError: trustme, which makes it, is not installed.
    """
    try:
        import trustme
    except ImportError:
        raise FaaSConfigurationError("--tls without a file needs trustme: pip install 'lpfunctions[testing]'") from None
    authority = trustme.CA()
    certificate: Any = authority.issue_cert(*names)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with tempfile.NamedTemporaryFile(prefix="lpfunctions-emulator-", suffix=".pem", delete=False) as file:
        file.write(authority.cert_pem.bytes())
    return context, Path(file.name)
