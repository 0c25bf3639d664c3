"""The server under the emulator: an event loop in a thread of its own, and HTTP on a listening socket.

aiohttp.web serves, because it can send status 901.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from concurrent.futures import Future
from dataclasses import dataclass
from threading import Thread
from typing import TYPE_CHECKING, Final

from aiohttp import web

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.redaction import one_line
from lpfunctions.testing.control.api import ControlApi
from lpfunctions.testing.emulator.allowed_hosts import reached_by
from lpfunctions.testing.listening import stop_accepting
from lpfunctions.testing.status_page.frontend import StatusPage

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Sequence
    from ssl import SSLContext

    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.emulator.allowed_hosts import AllowedHosts
    from lpfunctions.testing.platform import FakePlatform
    from lpfunctions.testing.platform.functions.runner import FunctionRunner

BACKLOG: Final = 1024

HEALTH_PATH: Final = "/_emulator/health"
"""Answers 200 while the emulator serves."""

_STOP_SECONDS: Final = 0.05
"""How long requests under way may go on once the emulator is told to stop."""

_Ready = Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]


@dataclass(frozen=True, slots=True)
class Frontend:
    """Where the platform is served.

    Attributes:
        platform: answers the requests.
        listener: a listening socket.
        host: ``host[:port]`` for requests that name none.
        allowed: the hosts that requests may be sent to, and the origins that they may come from.
        real_hosts: whether discovery names the account's own hosts, not the host that the request was sent to.
        most_bytes: the largest body of a request.
        ssl_context: None for plain HTTP.
        access_log: receives a line for each request.
        reset: returns the platform to the state that a test begins with.
    """

    platform: FakePlatform
    listener: socket.socket
    host: str
    allowed: AllowedHosts
    real_hosts: bool
    most_bytes: int
    ssl_context: SSLContext | None
    access_log: Callable[[str], None] | None
    reset: Callable[[], None]

    @property
    def url(self) -> str:
        """``http://host`` or ``https://host``."""
        return f"{self.scheme}://{self.host}"

    @property
    def scheme(self) -> str:
        """``http`` or ``https``."""
        return "https" if self.ssl_context else "http"

    def addresses(self, origin: str) -> list[str]:
        """Return the addresses that serve, among them *origin*, at which one was asked."""
        host, port = self.listener.getsockname()[:2]
        names = [*reached_by(host), *self.allowed.added]
        return list(dict.fromkeys([origin, *(f"{self.scheme}://{name}:{port}" for name in names)]))


class Serving:
    """A frontend that serves requests from construction until `stop`."""

    def __init__(self, frontend: Frontend) -> None:
        """Start the thread; return when requests are served."""
        self.frontend = frontend
        ready: _Ready = Future()
        name = f"lpfunctions-emulator-{frontend.host}"
        self._thread = Thread(target=_run, args=(frontend, ready), name=name, daemon=True)
        self._thread.start()
        self._loop, self._stop = ready.result()

    def stop(self) -> None:
        """Close the port and every connection; requests under way are cut off."""
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()


def _run(frontend: Frontend, ready: _Ready) -> None:
    try:
        asyncio.run(_listen(frontend, ready))
    except BaseException as failure:
        if ready.done():
            raise
        ready.set_exception(failure)  # for the constructor to raise
    finally:
        frontend.listener.close()


async def _listen(frontend: Frontend, ready: _Ready) -> None:
    runner = frontend.platform.runner(is_every_host=not frontend.real_hosts)
    page = StatusPage(frontend.platform, runner, frontend.addresses)
    control = ControlApi(frontend.platform, frontend.reset)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        started = time.perf_counter()
        response = await _answer(frontend, runner, (control, page), request)
        if frontend.access_log is not None:
            frontend.access_log(_logged(request, response.status, time.perf_counter() - started))
        return response

    stop = asyncio.Event()
    # No Application: routing is the platform's business, and its layers cost more than they give here.
    server = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=_STOP_SECONDS)
    await server.setup()
    try:
        await web.SockSite(server, frontend.listener, backlog=BACKLOG, ssl_context=frontend.ssl_context).start()
        ready.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
        await stop_accepting(frontend.listener)
    finally:
        await server.cleanup()
        await asyncio.sleep(0)  # the transports close one turn later


async def _answer(
    frontend: Frontend, runner: FunctionRunner, own: Sequence[ControlApi | StatusPage], request: web.BaseRequest
) -> web.StreamResponse:
    try:
        authority = _authority(request, frontend)
        objection = frontend.allowed.objection(authority, request.headers.get("origin"), _reached(request))
        if objection is not None:
            return _refused(403, objection)
        if request.raw_path == HEALTH_PATH:
            return web.json_response({"status": "ok"})
        content = await _content(request, frontend.most_bytes)
        if content is None:
            return _refused(413, f"the emulator takes no body of more than {frontend.most_bytes} bytes")
        asked = _from_wire(request, f"{frontend.scheme}://{authority}", content)
        owner = next((each for each in own if each.owns(request.raw_path)), None)
        return _to_wire(await (owner.answer(asked) if owner else frontend.platform.serve(asked, runner)))
    except (FaaSRequestError, ConnectionResetError):
        # A scripted fault, or a client that closed the connection while sending: no response can be sent.
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


def _logged(request: web.BaseRequest, status: int, seconds: float) -> str:
    """Return a line of the access log. Some clients put a secret into the query."""
    moment = dt.datetime.now(dt.UTC).isoformat(timespec="milliseconds")
    path = one_line(request.raw_path.partition("?")[0])
    return f"{moment} {request.method} {path} {status} {seconds * 1000:.1f} ms"


def _authority(request: web.BaseRequest, frontend: Frontend) -> str:
    """Return the ``host[:port]`` that the request was sent to; one in its target wins (RFC 9112 section 3.2.2)."""
    if request.raw_path.startswith("/"):
        return request.headers.get("host", frontend.host)
    return request.raw_path.partition("://")[2].partition("/")[0]


def _target(request: web.BaseRequest) -> str:
    """Return path and query; the absolute form of the target, as sent to a proxy, has scheme and host before them."""
    target = request.raw_path
    return target if target.startswith("/") else "/" + target.partition("://")[2].partition("/")[2]


def _reached(request: web.BaseRequest) -> str:
    """Return the address of this machine that the request arrived at."""
    address = None if request.transport is None else request.transport.get_extra_info("sockname")
    return str(address[0]) if address else ""


async def _content(request: web.BaseRequest, most_bytes: int) -> bytes | None:
    """Return the body; None if it is longer than *most_bytes*, of which no more than that is read here."""
    if (request.content_length or 0) > most_bytes:
        return None
    if request.content.is_eof():  # all of it has come; saves 5 % of a small invocation
        whole = request.content.read_nowait(-1)
        return None if len(whole) > most_bytes else whole
    # read() of the request would refuse more than 1 MiB.
    content = bytearray()
    async for piece in request.content.iter_any():
        content += piece
        if len(content) > most_bytes:
            return None
    return bytes(content)


def _refused(status: int, why: str) -> web.Response:
    return web.Response(status=status, text=f"{why}\n")


def _from_wire(request: web.BaseRequest, root: str, content: bytes) -> HttpRequest:
    return HttpRequest(request.method, root + _target(request), request.headers, content or None)


def _to_wire(response: HttpResponse) -> web.Response:
    return web.Response(status=response.status, reason=response.reason, headers=response.headers, body=response.content)
