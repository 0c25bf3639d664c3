"""The server under the emulator: an event loop in a thread of its own, and HTTP on a listening socket.

aiohttp.web serves, because it can send status 901.
"""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Final

from aiohttp import web

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http import HttpRequest
from lpfunctions.testing.page.door import StatusPage

if TYPE_CHECKING:
    import socket
    from ssl import SSLContext

    from lpfunctions.core.http import HttpResponse
    from lpfunctions.testing.platform import FakePlatform
    from lpfunctions.testing.platform.runner import Rig

BACKLOG: Final = 1024

_PATIENCE_SECONDS: Final = 0.05
"""How long requests under way may go on once the emulator is told to stop."""

_TURNS_TO_ACCEPT: Final = 10
"""Turns of the loop, and some to spare, that asyncio takes to make a stream of a connection."""

_Ready = Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]


@dataclass(frozen=True, slots=True)
class Door:
    """Where the platform is served.

    Attributes:
        platform: answers.
        listener: a listening socket.
        host: ``host[:port]`` for requests that name none.
        domain: what discovery names as the host of every service; None for the account's own hosts.
        ssl_context: None for plain HTTP.
    """

    platform: FakePlatform
    listener: socket.socket
    host: str
    domain: str | None
    ssl_context: SSLContext | None

    @property
    def url(self) -> str:
        """Of the door: ``http://host`` or ``https://host``."""
        return f"{self.scheme}://{self.host}"

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.ssl_context else "http"


class Serving:
    """A door that is open, from construction until `stop`."""

    def __init__(self, door: Door) -> None:
        """Start the thread; return when requests are served."""
        self.door = door
        ready: _Ready = Future()
        name = f"lpfunctions-emulator-{door.host}"
        self._thread = Thread(target=_run, args=(door, ready), name=name, daemon=True)
        self._thread.start()
        self._loop, self._stop = ready.result()

    def stop(self) -> None:
        """Close the port and every connection; requests under way are cut off."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


def _run(door: Door, ready: _Ready) -> None:
    try:
        asyncio.run(_listen(door, ready))
    except BaseException as failure:
        if ready.done():
            raise
        ready.set_exception(failure)  # for the constructor to raise
    finally:
        door.listener.close()


async def _listen(door: Door, ready: _Ready) -> None:
    rig = door.platform.rig(domain=door.domain)
    page = StatusPage(door.platform, door.url, rig)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await _answer(door, rig, page, request)

    stop = asyncio.Event()
    # No Application: routing is the platform's business, and its middlemen cost more than they give here.
    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=_PATIENCE_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, door.listener, backlog=BACKLOG, ssl_context=door.ssl_context).start()
        ready.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        # A connection that asyncio has accepted and not yet made a stream of would be lost, unclosed, with its server.
        asyncio.get_running_loop().remove_reader(door.listener)
        for _ in range(_TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)  # the transports close one turn later


async def _answer(door: Door, rig: Rig, page: StatusPage, request: web.BaseRequest) -> web.StreamResponse:
    try:
        asked = await _from_wire(request, door)
        answering = page.answer(asked) if page.owns(request.raw_path) else door.platform.serve(asked, rig)
        return _to_wire(await answering)
    except (FaaSRequestError, ConnectionResetError):
        # A scripted fault, or a caller who hung up while sending. The response has nowhere to go.
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


async def _from_wire(request: web.BaseRequest, door: Door) -> HttpRequest:
    target = request.raw_path
    if not target.startswith("/"):
        # The absolute form of the request target (RFC 9112 section 3.2.2), as sent to a proxy.
        target = "/" + target.partition("://")[2].partition("/")[2]
    # read() of the request would refuse more than 1 MiB.
    content = await request.content.read()
    url = f"{door.scheme}://{request.headers.get('host', door.host)}{target}"
    return HttpRequest(request.method, url, request.headers, content or None)


def _to_wire(response: HttpResponse) -> web.Response:
    return web.Response(status=response.status, reason=response.reason, headers=response.headers, body=response.content)
