"""What requests, urllib3 and http.client raise, said as an error of ours.

They wrap what they catch, up to four layers deep, and their exceptions hold the request with its credentials. So the
innermost one is looked at, and nothing is chained.
"""

from __future__ import annotations

import http.client
import socket
import ssl
from typing import TYPE_CHECKING, Final

import requests
import urllib3.exceptions as urllib3

from lpfunctions.adapters.blocking.http.failures import (
    OWN_ERRORS,
    TABLE,
    Row,
    is_timeout,
    lost,
    message_of,
    timeout_error,
    unreadable,
    unusable,
)
from lpfunctions.adapters.blocking.http.request_bytes import UnusableRequestError
from lpfunctions.adapters.blocking.http.routes import UnusableUrlError

if TYPE_CHECKING:
    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.core.errors import FaaSRequestError
    from lpfunctions.core.http.messages import HttpRequest

LIBRARY_ERRORS: Final = (*OWN_ERRORS, requests.RequestException, urllib3.HTTPError, http.client.HTTPException)
"""Everything that an exchange over a session may raise."""

_TABLE: Final = (
    Row((http.client.RemoteDisconnected,), lost, "the server closed the connection before its response was complete"),
    Row((http.client.IncompleteRead, urllib3.IncompleteRead), lost, "the response was cut short"),
    Row((http.client.InvalidURL, urllib3.LocationValueError), unusable, "the URL is malformed"),
    Row((requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema), unusable, "the URL is malformed"),
    Row((http.client.HTTPException, urllib3.InvalidHeader), unreadable, "the response is not HTTP"),
    *TABLE,
    Row((Exception,), lost, "the connection failed"),
)

_OUT_OF_TIME: Final = (urllib3.TimeoutError, urllib3.EmptyPoolError, requests.Timeout)
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
    ssl.SSLCertVerificationError,
    UnusableRequestError,
    UnusableUrlError,
)


def error_of(layers: list[BaseException], request: HttpRequest, exchange: Exchange, store: str) -> FaaSRequestError:
    """The error of ours for a failure of these *layers*, the innermost first; *store* says who was trusted."""
    _note_progress(layers, exchange)
    if any(_is_timeout(layer) for layer in layers):
        return timeout_error(request, exchange)
    innermost = layers[0]
    row = next(row for row in _TABLE if isinstance(innermost, row.kinds))
    return row.becomes(message_of(innermost, row, request, store), exchange.delivered)


def innermost_first(failure: BaseException) -> list[BaseException]:
    """*failure* and what it wraps."""
    found: list[BaseException] = []
    layer: object = failure
    while isinstance(layer, BaseException) and layer not in found:
        found.append(layer)
        layer = _wrapped_by(layer)
    return found[::-1]


def _note_progress(layers: list[BaseException], exchange: Exchange) -> None:
    """Note how far the exchange had come, as far as its exception tells; it is known once a response has begun."""
    if exchange.delivered != "no":
        return
    if any(isinstance(layer, urllib3.EmptyPoolError) for layer in layers):
        exchange.phase = "pool"
    elif any(isinstance(layer, _OF_THE_ANSWER) for layer in layers) or not any(
        isinstance(layer, _BEFORE_SENDING) for layer in layers
    ):
        exchange.phase, exchange.delivered = "response", "unknown"


def _is_timeout(layer: BaseException) -> bool:
    return is_timeout(layer) or (isinstance(layer, _OUT_OF_TIME) and not isinstance(layer, urllib3.NewConnectionError))


def _wrapped_by(layer: BaseException) -> object:
    # Not __context__: that may be an exception which the caller was handling when they called us.
    candidates = (*layer.args, getattr(layer, "reason", None), layer.__cause__)
    return next((candidate for candidate in candidates if isinstance(candidate, BaseException)), None)
