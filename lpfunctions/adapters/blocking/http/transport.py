"""The blocking transport."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from lpfunctions.adapters.blocking.http.exchange import Exchange
from lpfunctions.adapters.blocking.http.own_connections import OwnConnections
from lpfunctions.core.errors import FaaSTimeoutError
from lpfunctions.core.http.limits import DEFAULT_LIMITS, TransportLimits

if TYPE_CHECKING:
    import ssl
    from collections.abc import Sequence

    from requests import Session

    from lpfunctions.core.http.connections import ConnectionCounts
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse


class Backend(Protocol):
    """How requests get to their servers."""

    def send(self, request: HttpRequest, exchange: Exchange) -> HttpResponse:
        """Send *request* and return the whole response, or raise an error of ours."""
        ...

    def close(self) -> None:
        """Close what is ours."""
        ...

    def reopen(self) -> None:
        """Keep connections again."""
        ...

    def connection_counts(self) -> Sequence[ConnectionCounts]:
        """How the connections that are ours are used, host by host."""
        ...


class RequestsTransport:
    """A `Transport` over HTTP/1.1 with connections that are kept.

    Args:
        limits: bounds on the body, the number of connections per host, their idle time, and connecting.
        session: a ``requests.Session`` of yours, used instead of connections of ours and never closed here. Its mounted
            adapters, ``verify``, ``cert``, ``proxies`` and ``trust_env`` count, as does the size of its pool; of
            *limits* only ``max_response_bytes`` and ``connect_timeout_seconds`` do, and the deadline is kept as well
            as its sockets allow (see `session`).
        proxy: ``http[s]://[user:password@]host:port`` for every request.
        ssl_context: used as it is; without one, the system's authorities are trusted.
        trust_env: use ``HTTP_PROXY``, ``HTTPS_PROXY``, ``ALL_PROXY``, ``NO_PROXY`` and ``REQUESTS_CA_BUNDLE``.

    What a signal handler raises passes through unchanged, and its connection is closed. A forked child opens
    connections of its own.
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
        self._backend: Backend
        if session is None:
            self._backend = OwnConnections(limits, ssl_context, proxy, trust_env=trust_env)
        else:
            from lpfunctions.adapters.blocking.http.users_session.session import UsersSession

            self._backend = UsersSession(limits, session)

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        if request.timeout_seconds <= 0:
            raise FaaSTimeoutError("no time is left to send anything", phase="connect", delivered="no")
        return self._backend.send(request, Exchange(request.timeout_seconds))

    def close(self) -> None:
        """Close idle connections now, and each that is in use after its exchange; safe to call twice.

        A later ``send`` opens a connection anew, and closes it again, until `reopen`.
        """
        self._backend.close()

    def reopen(self) -> None:
        """Keep connections for later requests again, as before the first ``close``."""
        self._backend.reopen()

    def connection_counts(self) -> Sequence[ConnectionCounts]:
        """How the connections are used, host by host; nothing for those of a session of yours."""
        return self._backend.connection_counts()
