"""Parts of a client that a user writes: a transport, an auth strategy, a resolver, a clock, a metric collector.

test_adapters.py holds each to its contract with a few lines, and lets one client work with all of them at once.
"""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from lpfunctions import CSDSDomainNotFound, CSDSFailure, FaaSAppJWTAuthenticationError, FaaSRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions import HttpRequest, HttpResponse, InvocationMetricData
    from lpfunctions.ports import Transport


class CountingTransport:
    """Counts answers by status, and leaves the sending to another transport."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner
        self.answers: Counter[int | str] = Counter()

    def send(self, request: HttpRequest) -> HttpResponse:
        """Send *request*, and count what came of it."""
        try:
            response = self._inner.send(request)
        except FaaSRequestError as failure:
            self.answers[type(failure).__name__] += 1
            raise
        self.answers[response.status] += 1
        return response

    def close(self) -> None:
        """Close the other transport."""
        self._inner.close()


class TokenFile:
    """Sends the bearer token that another program keeps in a file; read anew when a token is rejected."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._token = ""

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:  # noqa: ARG002 (the same token for every request)
        """Return the header with the token."""
        self._token = self._token or self._read()
        return {"Authorization": f"Bearer {self._token}"}

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (a 401 says it all)
        """Is there a newer token?"""
        before, self._token = self._token, self._read()
        return self._token != before

    def _read(self) -> str:
        try:
            return self._path.read_text().strip()
        except OSError as unreadable:
            raise FaaSAppJWTAuthenticationError(f"{self._path.name}: {unreadable.strerror}") from None


class HostsFile:
    """Finds services in a JSON file: ``{"faasGW": "host", …}``."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:  # noqa: ARG002 (a file does not keep us waiting)
        """Return the host of *service*."""
        try:
            hosts: dict[str, str] = json.loads(self._path.read_text())
        except (OSError, ValueError):
            raise CSDSFailure(f"{self._path.name} cannot be read") from None
        if service not in hosts:
            raise CSDSDomainNotFound(f"{self._path.name} has no {service!r}", service=service, known=tuple(hosts))
        return hosts[service]


class StoppableClock:
    """The system's clock, whose sleepers wake up when the program is told to stop."""

    def __init__(self) -> None:
        self._stopping = threading.Event()

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds since some fixed moment."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._stopping.wait(left):
            pass

    def stop(self) -> None:
        """Wake everybody up, from now on."""
        self._stopping.set()


class Totals:
    """Counts calls and failures by operation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.calls: Counter[str] = Counter()
        self.failures: Counter[str] = Counter()

    def on_invoke(self, data: InvocationMetricData) -> None:
        """One invocation is over."""
        self._count("invoke", data)

    def on_is_implemented(self, data: InvocationMetricData) -> None:
        """One question is answered."""
        self._count("is_implemented", data)

    def on_get_lambdas(self, data: InvocationMetricData) -> None:
        """One listing is over."""
        self._count("get_lambdas", data)

    def on_get_functions(self, data: InvocationMetricData) -> None:
        """One listing is over."""
        self._count("get_functions", data)

    def _count(self, operation: str, data: InvocationMetricData) -> None:
        with self._lock:
            self.calls[operation] += 1
            self.failures[operation] += data.error is not None
