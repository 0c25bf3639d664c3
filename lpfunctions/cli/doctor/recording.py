"""The transport that calls use, and what came back through it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ssl

    from lpfunctions import ClientConfig, HttpRequest, HttpResponse
    from lpfunctions.ports import Transport


class RememberingTransport:
    """Keep the newest response, and leave the sending to another transport."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.response: HttpResponse | None = None

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request*, and keep what comes back."""
        self.response = None
        self.response = self._inner.send(request)
        return self.response

    def close(self) -> None:
        """Close idle connections."""
        self._inner.close()


def transport_of(config: ClientConfig) -> RememberingTransport:
    """Return the transport that a client of *config* has, recorded."""
    from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
    from lpfunctions.wiring.build import limits_of

    return RememberingTransport(
        RequestsTransport(limits=limits_of(config), proxy=config.proxy, trust_env=config.trust_env)
    )


def trust_of(config: ClientConfig) -> ssl.SSLContext:
    """Return whom a client of *config* trusts."""
    from lpfunctions.adapters.trust import default_context

    return default_context(trust_env=config.trust_env)
