"""Sending one HTTP request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse


class Transport(Protocol):
    """Send one HTTP request and return its complete response, blocking.

    Contract (``lpfunctions.testing.contracts.TransportContract``):

    * every status is returned, none raised (901 too); redirects are returned, not followed
    * the URL goes on the wire as it is given; no header is added beyond those HTTP demands
    * header names in the response are lower case; the body is decoded (gzip, deflate) and complete
    * ``request.timeout_seconds`` bounds the whole exchange: waiting for a connection, connecting, sending,
      the head, the body, however slowly it drips; ``FaaSTimeoutError.phase`` says which of
      ``pool``, ``connect``, ``response`` it was
    * any failure is a ``FaaSRequestError``; ``delivered`` is ``"no"`` only if the server cannot have acted on the
      request; no exception of an HTTP library leaves, not even chained
    * a URL or header that cannot be sent, or a CA bundle that cannot be read, is a plain ``FaaSRequestError`` with
      ``delivered="no"`` and ``retryable=False``
    * a body larger than the transport's limit after decoding is a ``FaaSResponseFormatError``
    * no cookie is kept; ``.netrc``, proxies and CA bundles of the environment are ignored unless it was built
      with ``trust_env``
    * safe to call from many threads at once; after ``close``, ``send`` opens fresh connections or raises ours
    """

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        ...

    def close(self) -> None:
        """Close idle connections; safe to call twice."""
        ...


class AsyncTransport(Protocol):
    """Send one HTTP request and return its complete response, awaiting.

    The contract is that of `Transport`; in addition a cancelled ``send`` leaks no connection, and one transport
    serves several event loops one after the other.
    """

    async def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        ...

    async def aclose(self) -> None:
        """Close idle connections; safe to call twice."""
        ...
