"""A call in an ``except`` block that fails leaves the exception that is handled there as it was, and raises its own."""

from __future__ import annotations

import asyncio
import signal
import traceback
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSInvokeError, RetryPolicy
from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.faults.scripted_server import LOOPBACK, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, refused_port
from tests.signals.plan import SoftTimeLimit
from tests.support.clients_of_host import async_client, blocking_client

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

pytestmark = pytest.mark.sockets


def handle(*_arguments: object) -> None:
    raise SoftTimeLimit


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    usual = signal.signal(signal.SIGUSR1, handle)
    yield
    signal.signal(signal.SIGUSR1, usual)


ONE_ATTEMPT: dict[str, Any] = {"retry": RetryPolicy.none(), "timeout": 0.5}
ANSWERS = {
    "no HTTP": b"220 smtp.example ESMTP\r\n\r\n",
    "cut short": http_answer(200, b"{", fields=[("Content-Length", "10")]),
    "bad gzip": http_answer(200, b"{}", fields=[("Content-Encoding", "gzip")]),
}


@pytest.fixture(params=["nobody listens", *ANSWERS])
def host(request: pytest.FixtureRequest) -> Generator[str]:
    """Of a server whose response is none."""
    if request.param not in ANSWERS:
        yield f"{LOOPBACK}:{refused_port()}"
        return
    with ScriptedServer(answering(ANSWERS[request.param])) as server:
        yield f"{LOOPBACK}:{server.port}"


@pytest.mark.parametrize("with_session", [False, True], ids=["own", "session"])
def test_blocking(host: str, with_session: bool) -> None:
    with blocking_client(host, with_session=with_session, **ONE_ATTEMPT) as client:
        try:
            signal.raise_signal(signal.SIGUSR1)
        except SoftTimeLimit as handled:
            before = traceback.format_exception(handled)
            with pytest.raises(FaaSInvokeError):
                client.invoke(lambda_uuid="a-function")
            after = traceback.format_exception(handled)
        else:
            pytest.fail("no signal came")
    assert after == before


@pytest.mark.parametrize("with_session", [False, True], ids=["own", "session"])
def test_async(host: str, with_session: bool) -> None:
    async def call() -> None:
        async with async_client(host, with_session=with_session, **ONE_ATTEMPT) as client:
            try:
                signal.raise_signal(signal.SIGUSR1)
            except SoftTimeLimit as handled:
                before = traceback.format_exception(handled)
                with pytest.raises(FaaSInvokeError):
                    await client.invoke(lambda_uuid="a-function")
                after = traceback.format_exception(handled)
            else:
                pytest.fail("no signal came")
        assert after == before

    asyncio.run(call())


@pytest.mark.parametrize("url", ["http://host:99999/", "http://127.0.0.1:9/"])
def test_request_that_cannot_be_sent(url: str) -> None:
    async def call() -> None:
        transport = AiohttpTransport()
        try:
            signal.raise_signal(signal.SIGUSR1)
        except SoftTimeLimit:
            with pytest.raises(FaaSRequestError):
                await transport.send(HttpRequest("GET", url, {"X-Field": "a\nb"}, timeout_seconds=5))
        finally:
            await transport.aclose()

    asyncio.run(call())
