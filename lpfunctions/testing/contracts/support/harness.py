"""Lets one set of test bodies test blocking and async transports.

The bodies are plain functions. They send through a `Sender`; for an async transport the sender keeps an event loop
in a thread of its own.
"""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Protocol, TypedDict, TypeVar, cast

import pytest

from lpfunctions.testing.contracts.support.contract import Contract

if TYPE_CHECKING:
    import ssl
    from collections.abc import Coroutine, Generator
    from typing import Unpack

    from lpfunctions.core.http.limits import TransportLimits
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AsyncTransport, Transport

T = TypeVar("T")

ENVIRONMENT: Final = (
    *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "NETRC"),
    *("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"),
)
"""Variables that an HTTP library may read."""

_TASKS_END_SECONDS: Final = 1.0


class TransportOptions(TypedDict, total=False):
    """Options of the transport that a suite builds; an absent one has its default."""

    limits: TransportLimits
    ssl_context: ssl.SSLContext
    proxy: str
    trust_env: bool


class Sender(Protocol):
    """A blocking or async transport, called in the blocking way."""

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        ...

    def close(self) -> None:
        """Close the transport; the sender can still be used."""
        ...


class LoopSender:
    """Send through an `AsyncTransport` on an event loop that runs in a thread."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="loop-sender", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Run *work* on the loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request* and return the whole response."""
        return self.run(self._transport.send(request))

    def close(self) -> None:
        """Close the transport; the sender can still be used."""
        self.run(self._transport.aclose())

    def stop(self) -> None:
        """Stop the loop, and assert that the transport left no task behind."""
        left = self._tasks_left_behind()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()
        assert not left, f"the transport left tasks behind: {left}"

    def _tasks_left_behind(self) -> list[str]:
        end = time.monotonic() + _TASKS_END_SECONDS
        while (left := asyncio.all_tasks(self._loop)) and time.monotonic() < end:
            time.sleep(0.005)
        return [repr(task) for task in left]


@contextmanager
def sender_for(transport: Transport | AsyncTransport) -> Generator[Sender]:
    """Yield a `Sender` for *transport*, and close the transport at the end."""
    looped = LoopSender(cast("AsyncTransport", transport)) if hasattr(transport, "aclose") else None
    sender = looped or cast("Transport", transport)
    try:
        yield sender
    finally:
        try:
            sender.close()
        finally:
            if looped is not None:
                looped.stop()


class SocketHarness(Contract):
    """Builds the transport under test, and opens a `Sender` for it."""

    @pytest.fixture(autouse=True)
    def bare_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Remove the variables that name a proxy or a CA bundle."""
        for name in ENVIRONMENT:
            monkeypatch.delenv(name, raising=False)
            monkeypatch.delenv(name.lower(), raising=False)

    def build(self, **options: Unpack[TransportOptions]) -> Transport | AsyncTransport:
        """Return a new transport. It is built outside an event loop."""
        raise NotImplementedError

    @contextmanager
    def opened(self, **options: Unpack[TransportOptions]) -> Generator[Sender]:
        """Build a transport, yield a `Sender` for it, close it at the end."""
        with sender_for(self.build(**options)) as sender:
            yield sender
