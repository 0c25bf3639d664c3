"""What went wrong in requests, urllib3, http.client, ssl or a socket, said as an error of ours.

requests and urllib3 wrap what they catch, up to four layers deep, and their exceptions hold the request with its
credentials. So the table is asked about the innermost one, and nothing is chained.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

import requests
import urllib3.exceptions as urllib3

from lpfunctions.core.deadline import in_words
from lpfunctions.core.errors import (
    Delivered,
    FaaSConnectionError,
    FaaSRequestError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
)
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from lpfunctions.core.errors import Phase
    from lpfunctions.core.http import HttpRequest

LIBRARY_ERRORS: Final = (
    requests.RequestException,
    urllib3.HTTPError,
    http.client.HTTPException,
    OSError,
    ValueError,
)
"""Everything that an exchange may raise."""


class _Row(NamedTuple):
    """Exceptions, what becomes of them, and what is said."""

    kinds: tuple[type[BaseException], ...]
    becomes: Callable[[str, Delivered], FaaSRequestError]
    said: str


def _lost(message: str, delivered: Delivered) -> FaaSRequestError:
    return FaaSConnectionError(message, delivered=delivered)


def _unreadable(message: str, delivered: Delivered) -> FaaSRequestError:
    return FaaSResponseFormatError(message, delivered=delivered)


def _unusable(message: str, delivered: Delivered) -> FaaSRequestError:
    error = FaaSRequestError(message, delivered=delivered)
    error.retryable = False
    return error


_TABLE: Final = (
    _Row((http.client.RemoteDisconnected,), _lost, "the server closed the connection before its answer was complete"),
    _Row((http.client.IncompleteRead,), _lost, "the answer was cut short"),
    _Row((ssl.SSLCertVerificationError,), _lost, "the certificate of the server is not trusted"),
    _Row((ssl.SSLError,), _lost, "TLS failed"),
    _Row((socket.gaierror,), _lost, "the host name cannot be resolved"),
    _Row((urllib3.LocationValueError, requests.exceptions.InvalidURL), _unusable, "the URL is malformed"),
    _Row((http.client.InvalidURL, ValueError), _unusable, "the URL or a header cannot go on the wire"),
    _Row((http.client.HTTPException, urllib3.InvalidHeader), _unreadable, "the answer is not HTTP"),
    _Row((Exception,), _lost, "the connection failed"),
)

_OUT_OF_TIME: Final = (urllib3.TimeoutError, urllib3.EmptyPoolError, requests.Timeout)
_WAITED_IN_VAIN: Final[dict[Phase, str]] = {
    "pool": "no connection became free",
    "connect": "no connection was made",
    "response": "no complete answer came",
}
_OF_THE_ANSWER: Final = (urllib3.InvalidHeader, requests.exceptions.InvalidHeader)
_BEFORE_SENDING: Final = (
    urllib3.NewConnectionError,
    urllib3.ConnectTimeoutError,
    urllib3.EmptyPoolError,
    urllib3.ProxyError,
    urllib3.LocationValueError,
    requests.ConnectTimeout,
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidSchema,
    http.client.InvalidURL,
    socket.gaierror,
    ValueError,  # a certificate that is not trusted is one, too
)


def refusal(why: str, request: HttpRequest) -> FaaSRequestError:
    """The error for a *request* that cannot be sent."""
    return _unusable(f"{_attempt(request)}: {why}", "no")


def request_error(failure: BaseException, request: HttpRequest, phase: Phase, delivered: Delivered) -> FaaSRequestError:
    """The error of ours for *failure*, which ended the exchange of *request* in *phase*."""
    attempt = _attempt(request)
    layers = _innermost_first(failure)
    if any(_is_timeout(layer) for layer in layers):
        message = f"{attempt}: {_WAITED_IN_VAIN[phase]} within {in_words(request.timeout_seconds)}"
        return FaaSTimeoutError(message, phase=phase, delivered=delivered)
    innermost = layers[0]
    row = next(row for row in _TABLE if isinstance(innermost, row.kinds))
    return row.becomes(f"{attempt}: {row.said}{_detail(innermost)}", delivered)


def progress_at(failure: BaseException) -> tuple[Phase, Delivered]:
    """How far an exchange had come that ended in *failure*, as far as its exception tells."""
    layers = _innermost_first(failure)
    if any(isinstance(layer, urllib3.EmptyPoolError) for layer in layers):
        return "pool", "no"
    if any(isinstance(layer, _OF_THE_ANSWER) for layer in layers):
        return "response", "unknown"
    return ("connect", "no") if any(isinstance(layer, _BEFORE_SENDING) for layer in layers) else ("response", "unknown")


def _detail(failure: BaseException) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return f": {failure.verify_message}"
    if isinstance(failure, ssl.SSLError):
        return f": {failure.reason}" if failure.reason else ""
    if isinstance(failure, OSError) and not isinstance(failure, http.client.HTTPException):
        return f": {failure.strerror or quoted(failure)}"
    return ""


def _attempt(request: HttpRequest) -> str:
    return f"{request.method} to {quoted(request.url.partition('?')[0])}"


def _is_timeout(layer: BaseException) -> bool:
    if isinstance(layer, TimeoutError):
        return layer.errno is None  # with one, it is the system that gave up on the peer
    return isinstance(layer, _OUT_OF_TIME) and not isinstance(layer, urllib3.NewConnectionError)


def _innermost_first(failure: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    layer: object = failure
    while isinstance(layer, BaseException) and layer not in found:
        found.append(layer)
        layer = _wrapped_by(layer)
    return found[::-1]


def _wrapped_by(layer: BaseException) -> object:
    # Not __context__: that may be an exception which the caller was handling when he called us.
    candidates = (*layer.args, getattr(layer, "reason", None), layer.__cause__)
    return next((candidate for candidate in candidates if isinstance(candidate, BaseException)), None)
