"""How far a request got in aiohttp, and what its failure means.

Every exception of aiohttp, and of what it uses, is mapped by one table; none is raised further, not even chained,
because most of them hold the request. Nothing is ever sent twice.
"""

from __future__ import annotations

import os
import ssl
import sys
from typing import TYPE_CHECKING, Final

import aiohttp
from aiohttp.http import HttpProcessingError

from lpfunctions.adapters.trust import untrusted
from lpfunctions.core.errors import (
    FaaSConnectionError,
    FaaSRequestError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
)
from lpfunctions.core.interrupts import raise_if_of_signal_handler
from lpfunctions.core.retries.deadline import in_words

if TYPE_CHECKING:
    from lpfunctions.adapters.aio.http.connection import IdleConnections
    from lpfunctions.core.attempts import Delivered, Phase
    from lpfunctions.core.http.messages import HttpRequest

# First match wins: aiohttp's errors are subclasses of each other, of OSError and of ValueError.
_MEANINGS: Final[tuple[tuple[type[Exception], type[FaaSRequestError], str], ...]] = (
    (aiohttp.ClientHttpProxyError, FaaSConnectionError, "the proxy refused the tunnel"),
    (aiohttp.ClientProxyConnectionError, FaaSConnectionError, "the proxy cannot be reached"),
    (aiohttp.ClientConnectorDNSError, FaaSConnectionError, "the host name cannot be resolved"),
    (aiohttp.ClientConnectorCertificateError, FaaSConnectionError, "its certificate is not trusted"),
    (aiohttp.ClientConnectorSSLError, FaaSConnectionError, "the TLS handshake failed"),
    (aiohttp.ClientConnectorError, FaaSConnectionError, "it cannot be reached"),
    (aiohttp.ServerDisconnectedError, FaaSConnectionError, "it closed the connection instead of answering"),
    (aiohttp.ClientPayloadError, FaaSConnectionError, "the response was cut short"),
    (aiohttp.ClientResponseError, FaaSResponseFormatError, "what came back is no HTTP"),
    (HttpProcessingError, FaaSResponseFormatError, "what came back is no HTTP"),
    (OSError, FaaSConnectionError, "the connection broke"),
    (aiohttp.ClientConnectionError, FaaSConnectionError, "the connection broke"),
    (ValueError, FaaSRequestError, "the request cannot be put on the wire; check its URL and its header fields"),
    (TypeError, FaaSRequestError, "the request cannot be put on the wire; check its URL and its header fields"),
    (aiohttp.ClientError, FaaSRequestError, "the request failed"),
    (RuntimeError, FaaSConnectionError, "the connection or its session is closed"),
)

LIBRARY_ERRORS: Final[tuple[type[Exception], ...]] = tuple(library for library, _, _ in _MEANINGS)


class RequestProgress:
    """How far one request got.

    Attributes:
        request: what is to be sent.
        admitted: whether a place among the connections of its host was free.
        may_have_been_sent: whether the request was written to a socket.
        idle: keeps its connection afterwards; None for a user's session.
    """

    __slots__ = ("_handled", "admitted", "idle", "may_have_been_sent", "request")

    def __init__(self, request: HttpRequest) -> None:
        self.request: HttpRequest = request
        self.admitted: bool = False
        self.may_have_been_sent: bool = False
        self.idle: IdleConnections | None = None
        self._handled = sys.exception()

    def raise_if_of_signal_handler(self, error: BaseException) -> None:
        """Raise what a signal handler raised, unchanged, if that is *error* or what it comes from.

        What the caller was handling when they called is a context of every failure, and does not count.
        """
        inner: BaseException | None = error
        while inner is not None and inner is not self._handled:
            raise_if_of_signal_handler(inner)
            inner = inner.__cause__ or inner.__context__

    def failure(self, error: Exception, store: str = "") -> FaaSRequestError:
        """Return our error for one of the `LIBRARY_ERRORS`; raise it ``from None``.

        *store* says whose authorities are trusted, for the message of a certificate error.
        """
        ours, what = next((ours, what) for library, ours, what in _MEANINGS if isinstance(error, library))
        failure = ours(f"{self._heading()}: {what}{_detail(error, store)}", delivered=self._delivered())
        failure.retryable = ours is FaaSConnectionError
        return failure

    def unsolicited_response(self) -> FaaSConnectionError:
        """Return our error for a connection on which a response arrived before the request was sent."""
        return FaaSConnectionError(f"{self._heading()}: it answered before it was asked", delivered=self._delivered())

    def unconnected(self, limit_seconds: float) -> FaaSRequestError:
        """Return our error for a host to which no connection was made within *limit_seconds*."""
        if limit_seconds >= self.request.timeout_seconds:
            return self.timeout()
        return FaaSConnectionError(
            f"{self._heading()}: no connection within connect_timeout={limit_seconds:g} s", delivered="no"
        )

    def timeout(self) -> FaaSTimeoutError:
        """Return our error for a deadline that has passed."""
        phase = self._phase()
        return FaaSTimeoutError(
            f"{self._heading()}: the deadline of {in_words(max(self.request.timeout_seconds, 0))} passed ({phase})",
            phase=phase,
            delivered=self._delivered(),
        )

    def _heading(self) -> str:
        return f"{self.request.method} to {self.request.host}"

    def _delivered(self) -> Delivered:
        return "unknown" if self.may_have_been_sent else "no"

    def _phase(self) -> Phase:
        if self.may_have_been_sent:
            return "response"
        return "connect" if self.admitted else "pool"


def refusal(message: str) -> FaaSRequestError:
    """Return our error for a request that can never be sent."""
    error = FaaSRequestError(message, delivered="no")
    error.retryable = False
    return error


def _detail(error: Exception, store: str) -> str:
    """Return the system's or the proxy's explanation; aiohttp's text may quote the request."""
    said: object = None
    if isinstance(error, aiohttp.ClientHttpProxyError):
        said = error.status
    elif isinstance(error, aiohttp.ClientConnectorCertificateError):
        refused = error.certificate_error
        said = untrusted(refused, store) if isinstance(refused, ssl.SSLCertVerificationError) else None
    elif isinstance(error, aiohttp.ClientConnectorError):
        said = error.os_error.strerror
    elif isinstance(error, OSError) and error.errno is not None:
        said = error.strerror if error.strerror == os.strerror(error.errno) else None
    return f" ({said})" if said else ""
