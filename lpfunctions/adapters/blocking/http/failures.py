"""What went wrong with a socket, with TLS, or with what came over it, said as an error of ours.

Nothing is chained: the frames of what failed hold what was sent.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

from lpfunctions.adapters.blocking.http.channel import StreamEndedError
from lpfunctions.adapters.blocking.http.connecting.opening import TunnelRefusedError
from lpfunctions.adapters.blocking.http.exchange import DeadlinePassedError
from lpfunctions.adapters.blocking.http.request_bytes import UnusableRequestError
from lpfunctions.adapters.blocking.http.response_bytes import InvalidResponseError
from lpfunctions.adapters.blocking.http.routes import UnusableUrlError
from lpfunctions.adapters.trust import untrusted
from lpfunctions.core.errors import FaaSConnectionError, FaaSRequestError, FaaSResponseFormatError, FaaSTimeoutError
from lpfunctions.core.redaction import one_line, quoted
from lpfunctions.core.retries.deadline import in_words

if TYPE_CHECKING:
    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.core.attempts import Delivered, Phase
    from lpfunctions.core.http.messages import HttpRequest

OWN_ERRORS: Final = (
    OSError,  # of sockets, of the resolver, and of TLS: ssl.SSLError is one
    DeadlinePassedError,
    InvalidResponseError,
    StreamEndedError,
    TunnelRefusedError,
    UnusableRequestError,
    UnusableUrlError,
)
"""Everything that an exchange over a connection of ours may raise."""


class Row(NamedTuple):
    """Exceptions, what becomes of them, and what is said before their own words, if those are fit to be shown."""

    kinds: tuple[type[BaseException], ...]
    becomes: Callable[[str, Delivered], FaaSRequestError]
    said: str


def lost(message: str, delivered: Delivered) -> FaaSRequestError:
    """The connection was lost, or never made."""
    return FaaSConnectionError(message, delivered=delivered)


def unreadable(message: str, delivered: Delivered) -> FaaSRequestError:
    """What came is no valid HTTP response."""
    return FaaSResponseFormatError(message, delivered=delivered)


def unusable(message: str, delivered: Delivered) -> FaaSRequestError:
    """The request cannot be sent, now or later."""
    error = FaaSRequestError(message, delivered=delivered)
    error.retryable = False
    return error


TABLE: Final = (
    Row((UnusableUrlError, UnusableRequestError), unusable, ""),
    Row((InvalidResponseError,), unreadable, "the response is not HTTP: "),
    Row((TunnelRefusedError,), lost, "the proxy opened no tunnel: "),
    Row(
        (StreamEndedError, ssl.SSLEOFError, ssl.SSLZeroReturnError),
        lost,
        "the server closed the connection before its response was complete",
    ),
    Row((ssl.SSLCertVerificationError,), lost, "the certificate of the server is not trusted: "),
    Row((ssl.SSLError,), lost, "TLS failed: "),
    Row((socket.gaierror,), lost, "the host name cannot be resolved: "),
    Row((OSError,), lost, "the connection failed: "),
)
"""The first row that fits counts."""

_NOT_IN_TIME: Final[dict[Phase, str]] = {
    "pool": "no connection became free",
    "connect": "no connection was made",
    "response": "no complete response came",
}


def error_of(failure: BaseException, request: HttpRequest, exchange: Exchange, store: str) -> FaaSRequestError:
    """The error of ours for *failure*, which ended the *exchange* of *request*; *store* says who was trusted."""
    if is_timeout(failure):
        return timeout_error(request, exchange)
    row = next(row for row in TABLE if isinstance(failure, row.kinds))
    return row.becomes(message_of(failure, row, request, store), exchange.delivered)


def message_of(failure: BaseException, row: Row, request: HttpRequest, store: str) -> str:
    """What was attempted, what *row* says of it, and the own words of *failure* if they are fit to be shown."""
    return (
        f"{_attempt(request)}: {row.said}{_words_of(failure, store) if row.said.endswith(': ') or not row.said else ''}"
    )


def is_timeout(failure: BaseException) -> bool:
    """Did *failure* come of a limit of ours? A ``TimeoutError`` with a number is the system's, about the peer."""
    return isinstance(failure, DeadlinePassedError) or (isinstance(failure, TimeoutError) and failure.errno is None)


def timeout_error(request: HttpRequest, exchange: Exchange) -> FaaSRequestError:
    """The error for an *exchange* that ran out of time; a limit on connecting that passed is no deadline."""
    late = f"{_attempt(request)}: {_NOT_IN_TIME[exchange.phase]} within"
    if exchange.phase == "connect" and not exchange.is_over:
        limit = in_words(exchange.connect_timeout_seconds)
        return FaaSConnectionError(f"{late} connect_timeout={limit}", delivered=exchange.delivered)
    message = f"{late} {in_words(request.timeout_seconds)}"
    return FaaSTimeoutError(message, phase=exchange.phase, delivered=exchange.delivered)


def _attempt(request: HttpRequest) -> str:
    return f"{request.method} to {quoted(request.url.partition('?')[0])}"


def _words_of(failure: BaseException, store: str) -> str:
    if isinstance(failure, ssl.SSLCertVerificationError):
        return untrusted(failure, store)
    if isinstance(failure, ssl.SSLError):
        return failure.reason or "for no reason that is known"
    if isinstance(failure, OSError):
        return failure.strerror or quoted(failure)
    return one_line(str(failure))
