"""Each way of sending knows the version of HTTP and the peer of its connection."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import aiohttp
import pytest
import requests

from lpfunctions.adapters.aio.http.transport import AiohttpTransport
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.faults.scripted_server import ScriptedServer
from lpfunctions.testing.faults.scripts import answering, http_answer

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse

pytestmark = [pytest.mark.sockets, pytest.mark.versions]


def known(answer: HttpResponse, server: ScriptedServer) -> bool:
    url = urlsplit(server.url())
    return (answer.http_version, answer.peer) == ("1.1", (url.hostname, url.port))


@pytest.mark.parametrize("body", [b"ok", b""], ids=["body", "no body"])
@pytest.mark.parametrize("way", ["own connections", "session"])
def test_blocking(way: str, body: bytes) -> None:
    with ScriptedServer(answering(http_answer(200, body))) as server, requests.Session() as session:
        transport = RequestsTransport() if way == "own connections" else RequestsTransport(session=session)
        try:
            for _ in range(2):
                assert known(transport.send(HttpRequest("GET", server.url(), timeout_seconds=5.0)), server)
        finally:
            transport.close()


@pytest.mark.parametrize("body", [b"ok", b""], ids=["body", "no body"])
@pytest.mark.parametrize("way", ["direct", "session"])
async def test_async(way: str, body: bytes) -> None:
    with ScriptedServer(answering(http_answer(200, body))) as server:
        async with aiohttp.ClientSession() as session:
            transport = AiohttpTransport() if way == "direct" else AiohttpTransport(session=session)
            try:
                for _ in range(2):
                    assert known(await transport.send(HttpRequest("GET", server.url(), timeout_seconds=5.0)), server)
            finally:
                await transport.aclose()
