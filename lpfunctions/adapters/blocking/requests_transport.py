"""The blocking transport, made of requests."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Final

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from lpfunctions.adapters.blocking.deadline_sockets import Exchange
from lpfunctions.adapters.blocking.requests_failures import LIBRARY_ERRORS, refusal, request_error
from lpfunctions.adapters.blocking.requests_routes import OwnConnections, Route, UsersSession
from lpfunctions.adapters.trust import default_context
from lpfunctions.core.decoding import BodyDecoder, too_large
from lpfunctions.core.errors import FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.http import HttpResponse
from lpfunctions.core.limits import DEFAULT_LIMITS, TransportLimits

if TYPE_CHECKING:
    import ssl

    from requests import Response, Session

    from lpfunctions.core.http import HttpRequest

# Scheme, authority without userinfo, and a target of what may stand in a request line.
_URL: Final = re.compile(r"(https?://[^\s/?#@]+)([/?][!-\"$-~]*)?", re.IGNORECASE)
_SPLITTING: Final = re.compile(r"[\r\n\0]")
_PIECE_BYTES: Final = 64 * 1024


class RequestsTransport:
    """A `Transport` over HTTP/1.1 with connections that are kept.

    Args:
        limits: bounds on the body, the number of connections per host, and their idle time.
        session: a session of yours, used instead of connections of ours and never closed here. Its mounted
            adapters, ``verify``, ``cert``, ``proxies`` and ``trust_env`` count, as does the size of its pool; of
            *limits* only ``max_response_bytes`` does, and the deadline is kept as well as its sockets allow (see
            `UsersSession`).
        proxy: ``http[s]://[user:password@]host:port`` for every request.
        ssl_context: used as it is; without one, the system's authorities are trusted.
        trust_env: use ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY`` and ``REQUESTS_CA_BUNDLE``.

    The system's name resolver cannot be interrupted: a lookup is the one step that may outlast the deadline.
    A forked child opens connections of its own.
    """

    def __init__(
        self,
        *,
        limits: TransportLimits = DEFAULT_LIMITS,
        session: Session | None = None,
        proxy: str | None = None,
        ssl_context: ssl.SSLContext | None = None,
        trust_env: bool = False,
    ) -> None:
        self._max_bytes = limits.max_response_bytes
        self._route: Route
        if session is not None:
            self._route = UsersSession(session)
        else:
            trust = partial(default_context, trust_env=trust_env) if ssl_context is None else lambda: ssl_context
            self._route = OwnConnections(limits, trust, proxy, trust_env=trust_env)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        exchange = Exchange(*_origin_and_target(request), request.timeout_seconds)
        if request.timeout_seconds <= 0:
            raise FaaSTimeoutError("no time is left to send anything", phase="connect", delivered="no")
        try:
            return self._answer(request, exchange)
        except FaaSRequestError:
            raise
        except LIBRARY_ERRORS as failure:
            error = request_error(failure, request, exchange.phase, exchange.delivered)
        raise error from None

    def close(self) -> None:
        """Close idle connections; safe to call twice. The next ``send`` opens fresh ones."""
        self._route.close()

    def _answer(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        response = self._route.send(_prepared(request), exchange)
        try:
            raw = response.raw
            headers = {name.lower(): value.strip() for name, value in raw.headers.itermerged()}
            _refuse_announced(raw.length_remaining, self._max_bytes)
            content = self._body(response, headers.get("content-encoding", ""), exchange)
            return HttpResponse(raw.status, raw.reason or "", headers, content)
        finally:
            response.close()

    def _body(self, response: Response, coding: str, exchange: Exchange) -> bytes:
        decoder = BodyDecoder(coding, self._max_bytes)
        raw = response.raw
        while True:
            self._route.arm(response, exchange)
            piece = raw.read1(_PIECE_BYTES, decode_content=False)
            decoder.feed(piece)
            if not piece or raw.length_remaining == 0:
                return decoder.finish()


def _origin_and_target(request: HttpRequest) -> tuple[str, str]:
    parts = _URL.fullmatch(request.url)
    if parts is None:
        raise refusal("the URL is malformed", request)
    target = parts[2] or "/"
    return parts[1], target if target.startswith("/") else f"/{target}"


def _prepared(request: HttpRequest) -> PreparedRequest:
    if _SPLITTING.search("".join(request.headers.values())):
        raise refusal("a header would split the request", request)
    prepared = PreparedRequest()
    prepared.method = request.method
    prepared.url = request.url
    prepared.headers = CaseInsensitiveDict(request.headers)
    prepared.body = request.content
    if request.content is not None:
        prepared.headers["Content-Length"] = str(len(request.content))
    return prepared


def _refuse_announced(body_bytes: int | None, max_bytes: int) -> None:
    if body_bytes is not None and body_bytes > max_bytes:
        raise too_large(max_bytes)
