"""A ``requests.Session`` of the user's, instead of connections of ours.

Its mounted adapters, ``verify``, ``cert``, ``proxies`` and ``trust_env`` decide; of its headers, its auth and its
cookies nothing is added. What the public interface of requests does not tell cannot be promised:

* Its sockets start their timeout anew with each read and each address, so a head, a chunk size, a handshake that drips
  or a host of many unreachable addresses can outlast the deadline; a body cannot.
* How far a failed exchange had come is told by its exception, which leaves a failed TLS handshake ``"unknown"`` unless
  it was the certificate.
* It takes a head that is cut short for a whole one. What becomes of that is an empty body whose length nobody said, or
  an error without a body behind which the connection has ended, and both are refused here.
* It reads heads and chunks more leniently than the connections of ours, and over TLS takes a body that only the end of
  the connection delimits for whole without a close_notify.
* A signal handler that raises while urllib3 takes the lock of its pool can leave it taken: later calls to that host,
  and those of other threads, then wait for ever. Our own pool is safe from that.
* An adapter whose ``max_retries`` allow POST repeats requests below ``retry=``, which knows nothing of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from requests import PreparedRequest
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.util import SKIP_HEADER

from lpfunctions.adapters.blocking.http.channel import StreamEndedError, peer_of
from lpfunctions.adapters.blocking.http.request_bytes import check_fields
from lpfunctions.adapters.blocking.http.response_bytes import framing, has_body
from lpfunctions.adapters.blocking.http.routes import split_url
from lpfunctions.adapters.blocking.http.users_session.connection import HeldConnection
from lpfunctions.adapters.blocking.http.users_session.failures import LIBRARY_ERRORS, error_of, innermost_first
from lpfunctions.core.errors import FaaSRequestError, without_frames
from lpfunctions.core.http.decoding import BodyDecoder, too_large
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.interrupts import is_of_signal_handler

if TYPE_CHECKING:
    from requests import Response, Session

    from lpfunctions.adapters.blocking.http.exchange import Exchange
    from lpfunctions.core.http.connections import ConnectionCounts
    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest

_PIECE_BYTES: Final = 64 * 1024
_VERSIONS: Final[dict[object, str]] = {10: "1.0", 11: "1.1"}
_WITHOUT_LENGTH: Final = frozenset({204, 304})


class UsersSession:
    """Send through the adapters that a session has mounted."""

    def __init__(self, limits: TransportLimits, session: Session) -> None:
        self._limits = limits
        self._session = session

    def send(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        """Send *request* and return the whole response.

        Raises:
            FaaSRequestError: what ended the exchange instead, but for what a signal handler raised.
        """
        try:
            return self._send(request, exchange)
        except FaaSRequestError as refused:
            error: BaseException = without_frames(refused)
        except BaseException as failure:
            # Python's own codecs wrap what a signal handler raises in them, and urllib3 encodes each host name.
            layers = innermost_first(failure)
            interrupt = next(filter(is_of_signal_handler, layers), None)
            if interrupt is failure or (interrupt is None and not isinstance(failure, LIBRARY_ERRORS)):
                raise
            error = interrupt or error_of(
                [without_frames(layer) for layer in layers], request, exchange, "what the session's verify names"
            )
            del layers, interrupt  # they hold the request, and this frame
        try:
            if isinstance(error, FaaSRequestError):
                raise error from None
            raise error
        finally:
            del error  # whose traceback holds this frame

    def close(self) -> None:
        """Leave the session open: it is the user's."""

    def reopen(self) -> None:
        """Nothing was closed."""

    def connection_counts(self) -> list[ConnectionCounts]:
        """Nothing: the connections are those of the user's session."""
        return []

    def _send(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        exchange.connecting(self._limits.connect_timeout_seconds)
        response = self._answer(request, exchange)
        exchange.sending()
        try:
            with HeldConnection(response) as connection:
                headers = {name.lower(): value.strip() for name, value in response.headers.items()}
                peer = peer_of(connection.socket)
                body = self._body(request, response, headers, exchange, connection)
                version = _VERSIONS.get(getattr(response.raw, "version", None), "")
                return HttpResponse(response.status_code, response.reason or "", headers, body, version, peer)
        finally:
            response.close()

    def _answer(self, request: HttpRequest, exchange: Exchange) -> Response:
        connect_seconds = exchange.remaining()
        prepared = _prepared(request)
        url = request.url
        settings: dict[str, Any] = dict(self._session.merge_environment_settings(url, {}, True, None, None))
        adapter = self._session.get_adapter(url)
        if isinstance(adapter, HTTPAdapter):
            _add_nothing(prepared)
        settings["timeout"] = connect_seconds, exchange.remaining_of_all()
        return adapter.send(prepared, **settings)

    def _body(
        self,
        request: HttpRequest,
        response: Response,
        headers: dict[str, str],
        exchange: Exchange,
        connection: HeldConnection,
    ) -> bytes:
        decoder = BodyDecoder(headers.get("content-encoding", ""), self._limits.max_response_bytes)
        length, is_chunked = framing(headers) if has_body(request.method, response.status_code) else (0, False)
        if length is not None and length > self._limits.max_response_bytes:
            raise too_large(self._limits.max_response_bytes)
        size = 0
        while length != 0 and (piece := _next_piece(response, exchange, connection)):
            size += len(piece)
            decoder.feed(piece)
        came_over_http = bool(getattr(response.raw, "version", 0))  # not out of a mock
        if not size and length is None and not is_chunked and came_over_http:
            raise StreamEndedError
        extra = connection.extra()
        if not size and extra == b"" and (response.status_code in _WITHOUT_LENGTH or response.status_code >= 400):
            raise StreamEndedError  # what ended the connection may have cut the head short, and it says "not run"
        connection.is_clean = extra is None
        return decoder.finish()


def _next_piece(response: Response, exchange: Exchange, connection: HeldConnection) -> bytes:
    left = exchange.remaining()
    if (sock := connection.socket) is not None:
        sock.settimeout(left)
    piece: bytes = response.raw.read1(_PIECE_BYTES, decode_content=False)
    return piece


def _prepared(request: HttpRequest) -> PreparedRequest:
    split_url(request.url)
    check_fields(request)
    prepared = PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.headers = CaseInsensitiveDict(request.headers)
    prepared.body = request.content
    if request.content is not None:
        prepared.headers["Content-Length"] = str(len(request.content))
    return prepared


def _add_nothing(prepared: PreparedRequest) -> None:
    """Keep urllib3 from adding header fields of its own."""
    for name in ("User-Agent", "Accept-Encoding"):
        prepared.headers.setdefault(name, SKIP_HEADER)
