"""Clients over a transport in memory, whose platform does no work: what is left is our own."""

from __future__ import annotations

import json
import time
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any, Final

import jwt

from benchmarks.contenders import CREDENTIALS, PAYLOAD, UUID
from lpfunctions import AsyncClient, Client, HttpRequest, HttpResponse
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.telemetry.events import ObservedOperation

ACCOUNT: Final = "1"
HOST: Final = "va.fninvocations.liveperson.net"

_DOMAINS = [{"service": "faasGW", "baseURI": HOST}, {"service": "sentinel", "baseURI": "va.sentinel.liveperson.net"}]
_DISCOVERY = HttpResponse(200, content=json.dumps({"baseURIs": _DOMAINS}).encode())
_ANSWER = HttpResponse(200, "OK", {"content-type": "application/json"}, b'{"implemented":true}')


def _token() -> HttpResponse:
    now = int(time.time())
    token = jwt.encode({"iat": now, "exp": now + 3600}, "k" * 32)
    return HttpResponse(200, content=json.dumps({"access_token": token}).encode())


def handle(request: HttpRequest) -> HttpResponse:
    """A platform that does no work."""
    if request.content is not None and b'"payload"' in request.content:
        return _ANSWER
    if "baseURI" in request.url:
        return _DISCOVERY
    return _token() if "/token" in request.url else _ANSWER


def client() -> Client:
    """A blocking client."""
    return Client(account_id=ACCOUNT, auth_strategy=CREDENTIALS, transport=MemoryTransport(handle))


def async_client() -> AsyncClient:
    """An awaiting one. It may be made outside of a loop."""
    return AsyncClient(account_id=ACCOUNT, auth_strategy=CREDENTIALS, transport=AsyncMemoryTransport(handle))


def invoking(client: Any) -> Callable[[], Any]:
    """What an ``invoke`` is, of a client of either mode."""
    return lambda: client.invoke(lambda_uuid=UUID, payload=PAYLOAD, lp_event_source="bench")


def asking(client: Any) -> Callable[[], Any]:
    """What an ``is_implemented`` is; remembered after the first."""
    return lambda: client.is_implemented(event_id="event", lp_event_source="bench")


class NoTelemetry:
    """What the calls would cost if nobody looked: a ``with`` block around nothing."""

    _nothing: Final[AbstractContextManager[None]] = nullcontext()

    def operation(self, operation: ObservedOperation) -> AbstractContextManager[None]:
        """Watch nothing, its attempts neither."""
        operation.is_observed = False
        return self._nothing

    def attempt(self, _attempt: object) -> AbstractContextManager[None]:
        """Watch nothing."""
        return self._nothing

    def retry_denied(self, *_facts: object) -> None:
        """Take note of nothing."""


def unobserved(client: Any) -> Any:
    """The same *client*, of either mode, with nobody looking."""
    for holder in (client._operations, client._state.shared.sender):
        assert holder._telemetry is not None  # setting what is not there would go unnoticed
        holder._telemetry = NoTelemetry()
    return client
