"""The two ways to a server: connections of ours, which keep every deadline, or a session that the user brought."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from urllib3.util import SKIP_HEADER

from lpfunctions.adapters.blocking.after_fork import forget_in_child
from lpfunctions.adapters.blocking.deadline_adapter import DeadlineAdapter
from lpfunctions.adapters.blocking.requests_failures import LIBRARY_ERRORS, progress_at

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from requests import PreparedRequest, Response, Session

    from lpfunctions.adapters.blocking.deadline_sockets import Exchange
    from lpfunctions.core.limits import TransportLimits


class Route(Protocol):
    """How a prepared request gets to its server."""

    def send(self, prepared: PreparedRequest, exchange: Exchange) -> Response:
        """Send, and return when the head of the answer is there; the body waits in ``raw``."""
        ...

    def arm(self, response: Response, exchange: Exchange) -> None:
        """Let the next read of ``response.raw`` take no longer than *exchange* has left."""
        ...

    def close(self) -> None:
        """Close what is ours."""
        ...


class OwnConnections:
    """A route over connections of ours."""

    def __init__(
        self, limits: TransportLimits, new_context: Callable[[], ssl.SSLContext], proxy: str | None, *, trust_env: bool
    ) -> None:
        self._limits = limits
        self._new_context = new_context
        self._proxies = {"all": proxy} if proxy else None
        self._trust_env = trust_env
        self.forget_parent()
        forget_in_child(self)

    def send(self, prepared: PreparedRequest, exchange: Exchange) -> Response:
        """Send within the deadline of *exchange*."""
        # Any Timeout of urllib3 is accepted, though requests does not say so in its types.
        timeout: Any = exchange
        return self._adapter.send(prepared, stream=True, timeout=timeout, proxies=self._proxies_for(prepared))

    def arm(self, response: Response, exchange: Exchange) -> None:
        """Do nothing: these sockets know their exchange."""

    def close(self) -> None:
        """Close the idle connections; one that is in use is closed after use."""
        self._adapter.close()

    def forget_parent(self) -> None:
        """Begin with no connection and no lock held."""
        self._adapter = DeadlineAdapter(self._limits, self._new_context)

    def _proxies_for(self, prepared: PreparedRequest) -> dict[str, str] | None:
        if self._proxies is None and self._trust_env:
            return get_environ_proxies(str(prepared.url))
        return self._proxies


class UsersSession:
    """A route over a session of the user's: its adapters, verify, cert, proxies and trust_env decide.

    Its sockets start their timeout anew with each read, so a head, a chunk size or a handshake that drips can
    outlast the deadline; a body cannot. How far a failed exchange had come is told by its exception, which leaves
    a failed TLS handshake ``"unknown"`` unless it was the certificate.
    """

    def __init__(self, session: Session) -> None:
        self._session = session

    def send(self, prepared: PreparedRequest, exchange: Exchange) -> Response:
        """Send by the adapter that the session has mounted; of the session's own headers and auth nothing is added."""
        url = str(prepared.url)
        left = exchange.remaining()
        try:
            settings: dict[str, Any] = dict(self._session.merge_environment_settings(url, {}, True, None, None))
            adapter = self._session.get_adapter(url)
            if isinstance(adapter, HTTPAdapter):
                _add_nothing(prepared)
            response = adapter.send(prepared, timeout=None if left is None else (left, left), **settings)
        except LIBRARY_ERRORS as failure:
            exchange.phase, exchange.delivered = progress_at(failure)
            raise
        exchange.sending()
        return response

    def arm(self, response: Response, exchange: Exchange) -> None:
        """Shorten the timeout of the socket, if it can be found."""
        left = exchange.remaining()
        connection = getattr(response.raw, "connection", None)
        if (sock := getattr(connection, "sock", None)) is not None:
            sock.settimeout(left)

    def close(self) -> None:
        """Leave the session open: it is the user's."""


def _add_nothing(prepared: PreparedRequest) -> None:
    """Keep urllib3 from adding header fields of its own."""
    for name in ("User-Agent", "Accept-Encoding"):
        prepared.headers.setdefault(name, SKIP_HEADER)
