"""A transport that keeps no deadline fails the transport contract; it does not hang in it."""

from __future__ import annotations

import http.client
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack
from urllib.parse import urlsplit

import pytest

from lpfunctions.core.errors import FaaSConnectionError, FaaSTimeoutError
from lpfunctions.core.http.messages import HttpRequest, HttpResponse
from lpfunctions.testing.contracts import TransportContract
from lpfunctions.testing.contracts.support import certificates
from lpfunctions.testing.contracts.transport_cases.time_cases import BODY_DRIPS, OTHER_DRIPS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.testing.contracts import TransportOptions

pytestmark = pytest.mark.sockets


ALL_ENDED_SECONDS = 15.0


class CarelessTransport:
    """One connection a request over `http.client`; the timeout is that of each read, or there is none at all."""

    def __init__(self, options: TransportOptions, *, is_timed: bool) -> None:
        self._options = options
        self._is_timed = is_timed

    def send(self, request: HttpRequest) -> HttpResponse:
        try:
            return self._exchange(request)
        except TimeoutError as late:
            raise FaaSTimeoutError(str(late), phase="response", delivered="unknown") from None
        except (OSError, http.client.HTTPException) as broken:
            raise FaaSConnectionError(repr(broken)) from None

    def _exchange(self, request: HttpRequest) -> HttpResponse:
        url = urlsplit(request.url)
        connection = self._connection(url.scheme, self._options.get("proxy"), url.netloc, request.timeout_seconds)
        try:
            connection.request(request.method, url.path, request.content, dict(request.headers))
            answer = connection.getresponse()
            return HttpResponse(answer.status, answer.reason, dict(answer.getheaders()), answer.read())
        finally:
            connection.close()

    def _connection(self, scheme: str, proxy: str | None, host: str, seconds: float) -> http.client.HTTPConnection:
        timeout = seconds if self._is_timed else None
        at = urlsplit(proxy).netloc if proxy else host
        if scheme == "http":
            return http.client.HTTPConnection(at, timeout=timeout)
        connection = http.client.HTTPSConnection(at, timeout=timeout, context=self._options.get("ssl_context"))
        if proxy:
            connection.set_tunnel(host)
        return connection

    def close(self) -> None:
        """Nothing is kept."""


class TimedReads(TransportContract):
    def build(self, **options: Unpack[TransportOptions]) -> CarelessTransport:
        return CarelessTransport(options, is_timed=True)


class NoTimeouts(TransportContract):
    def build(self, **options: Unpack[TransportOptions]) -> CarelessTransport:
        return CarelessTransport(options, is_timed=False)


def dripping(suite: TransportContract) -> dict[str, Callable[[], None]]:
    """Return the cases that no timeout of a single read can pass."""
    return {
        **{part: partial(suite.test_dripping_body_does_not_outlast_the_deadline, part) for part in BODY_DRIPS},
        **{part: partial(suite.test_dripping_answer_does_not_outlast_the_deadline, part) for part in OTHER_DRIPS},
        "over TLS": suite.test_dripping_answer_over_tls_does_not_outlast_the_deadline,
        "handshake": suite.test_dripping_handshake_does_not_outlast_the_deadline,
        "tunnel": partial(suite.test_stalled_tunnel_does_not_outlast_the_deadline, "drip"),
    }


def silent(suite: TransportContract) -> dict[str, Callable[[], None]]:
    """Return the cases that a transport without any timeout sits out."""
    return {
        "silence": suite.test_silent_server_does_not_outlast_the_deadline,
        "stop": suite.test_body_that_stops_does_not_outlast_the_deadline,
        "upload": suite.test_upload_that_nobody_reads_does_not_outlast_the_deadline,
        "sipped upload": suite.test_upload_that_is_read_by_drops_does_not_outlast_the_deadline,
        "upload over TLS": suite.test_upload_over_tls_that_nobody_reads_does_not_outlast_the_deadline,
        "dead address": suite.test_address_that_does_not_answer_does_not_outlast_the_deadline,
        "second exchange": suite.test_second_exchange_on_a_connection_has_a_deadline_of_its_own,
        "handshake that stalls": suite.test_stalled_handshake_does_not_outlast_the_deadline,
        "silent tunnel": partial(suite.test_stalled_tunnel_does_not_outlast_the_deadline, "silence"),
        "slow TLS": partial(suite.test_stalled_tunnel_does_not_outlast_the_deadline, "slow TLS"),
    }


def fails(case: Callable[[], None]) -> bool:
    try:
        case()
    except (AssertionError, pytest.fail.Exception):
        return True
    return False


CARELESS: dict[str, Callable[[], dict[str, Callable[[], None]]]] = {
    "the timeout of a read": lambda: dripping(TimedReads()),
    "no timeout": lambda: {**dripping(NoTimeouts()), **silent(NoTimeouts())},
}


@pytest.mark.parametrize("careless", CARELESS)
def test_a_transport_that_keeps_no_deadline_fails_and_does_not_hang(careless: str) -> None:
    cases: dict[str, Any] = CARELESS[careless]()
    certificates.server_context()  # its authority is made once, before the threads begin
    started = time.monotonic()
    with ThreadPoolExecutor(len(cases)) as threads:
        outcomes = dict(zip(cases, threads.map(fails, cases.values()), strict=True))
    assert outcomes == dict.fromkeys(cases, True)
    assert time.monotonic() - started < ALL_ENDED_SECONDS
