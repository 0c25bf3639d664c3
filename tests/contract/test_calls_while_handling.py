"""A call in an ``except`` block that fails leaves the exception that is handled there as it was, and raises its own."""

from __future__ import annotations

import asyncio
import signal
import traceback
from contextlib import AsyncExitStack, ExitStack
from typing import TYPE_CHECKING, Any

import aiohttp
import pytest
import requests

from lpfunctions import AsyncClient, BearerToken, Client, FaaSInvokeError, RetryPolicy, StaticDomainResolver
from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.faults.scripted_server import LOOPBACK, ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer, refused_port

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

pytestmark = pytest.mark.sockets


class SoftTimeLimit(Exception):  # noqa: N818 (as Celery's SoftTimeLimitExceeded)
    """What a signal handler raises."""


def handle(*_arguments: object) -> None:
    raise SoftTimeLimit


@pytest.fixture(autouse=True)
def _handler() -> Iterator[None]:
    usual = signal.signal(signal.SIGUSR1, handle)
    yield
    signal.signal(signal.SIGUSR1, usual)


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


def options(host: str) -> dict[str, Any]:
    return {
        "account_id": "12345678",
        "platform_version": "v2",
        "protocol": "http",
        "auth_strategy": BearerToken("t0ken"),
        "domain_resolver": StaticDomainResolver({"faasGW": host}),
        "retry": RetryPolicy.none(),
        "timeout": 0.5,
    }


@pytest.mark.parametrize("with_session", [False, True], ids=["own", "session"])
def test_blocking(host: str, with_session: bool) -> None:
    with ExitStack() as stack:
        given = options(host)
        if with_session:
            given["session"] = stack.enter_context(requests.Session())
        client = stack.enter_context(Client(**given))
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
        async with AsyncExitStack() as stack:
            given = options(host)
            if with_session:
                given["session"] = await stack.enter_async_context(aiohttp.ClientSession())
            client = await stack.enter_async_context(AsyncClient(**given))
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
