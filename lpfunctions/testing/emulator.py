"""Emulator: FakePlatform behind real HTTP on loopback.

aiohttp.web serves it, because it can send status 901; the event loop runs in a thread of its own, so that blocking
and awaiting tests use it alike.
"""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import Future
from threading import Thread
from typing import TYPE_CHECKING, Final, NamedTuple, Self, cast

from aiohttp import web

from lpfunctions.core.errors import FaaSRequestError
from lpfunctions.core.http import HttpRequest

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Unpack

    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.core.http import HttpResponse
    from lpfunctions.testing.platform import FakePlatform
    from lpfunctions.testing.platform.runner import Rig
    from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions

_LOOPBACK: Final = "127.0.0.1"
_BACKLOG: Final = 1024
_PATIENCE_SECONDS: Final = 0.05
"""How long requests under way may go on once the emulator is told to stop."""

_Ready = Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]


class _Running(NamedTuple):
    host: str
    thread: Thread
    loop: asyncio.AbstractEventLoop
    stop: asyncio.Event


class Emulator:
    """Serve *platform* over HTTP while the ``with`` block lasts, or from ``start`` to ``stop``.

    Its discovery names the emulator itself as the host of every service. A client cannot tell V2 by such a host: give
    it ``platform_version`` and ``protocol="http"``.
    """

    def __init__(self, platform: FakePlatform, *, port: int = 0) -> None:
        """Prepare; nothing is opened yet.

        Args:
            platform: answers the requests; it may have other doors open at the same time.
            port: to listen on; 0 for one that is free.
        """
        self.platform = platform
        self._port = port
        self._running: _Running | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f"on {self._running.host}" if self._running else "stopped"
        return f"<Emulator {where}, {self.platform!r}>"

    @property
    def host(self) -> str:
        """``127.0.0.1:port`` while it runs.

        Raises:
            RuntimeError: it does not run.
        """
        if self._running is None:
            raise RuntimeError("the emulator does not run; use it in a with block, or call start()")
        return self._running.host

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port`` while it runs."""
        return f"http://{self.host}"

    def client(self, **options: Unpack[ClientOptions]) -> Client:
        """Make a client of this emulator, over requests."""
        from lpfunctions.client import Client

        return Client(
            account_id=self.platform.account_id,
            auth_strategy=self.platform.credentials(),
            **cast("ClientOptions", {**self.client_options(), **options}),
        )

    def async_client(self, **options: Unpack[AsyncClientOptions]) -> AsyncClient:
        """Make an async client of this emulator, over aiohttp."""
        from lpfunctions.async_client import AsyncClient

        return AsyncClient(
            account_id=self.platform.account_id,
            auth_strategy=self.platform.credentials(),
            **cast("AsyncClientOptions", {**self.client_options(), **options}),
        )

    def client_options(self) -> dict[str, str]:
        """Return the options that lead a client here; ``127.0.0.1`` cannot show which generation this is."""
        version = self.platform.platform_version
        return {"csds_domain": self.host, "protocol": "http", "platform_version": version}

    def start(self) -> Self:
        """Listen; return when requests are served. Does nothing when it already runs.

        Raises:
            OSError: the port is taken.
        """
        if self._running is None:
            listener = socket.create_server((_LOOPBACK, self._port), backlog=_BACKLOG)
            host = f"{_LOOPBACK}:{listener.getsockname()[1]}"
            ready: _Ready = Future()
            thread = Thread(
                target=_run,
                args=(self.platform, listener, host, ready),
                name=f"lpfunctions-emulator-{host}",
                daemon=True,
            )
            thread.start()
            self._running = _Running(host, thread, *ready.result())
        return self

    def stop(self) -> None:
        """Close the port and every connection; requests under way are cut off. Safe to call twice."""
        running, self._running = self._running, None
        if running is not None:
            running.loop.call_soon_threadsafe(running.stop.set)
            running.thread.join()


def _run(platform: FakePlatform, listener: socket.socket, host: str, ready: _Ready) -> None:
    try:
        asyncio.run(_listen(platform, listener, host, ready))
    except BaseException as failure:
        if ready.done():
            raise
        ready.set_exception(failure)  # for start() to raise
    finally:
        listener.close()


async def _listen(platform: FakePlatform, listener: socket.socket, host: str, ready: _Ready) -> None:
    rig = platform.rig(domain=host)

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return await _answer(platform, rig, host, request)

    stop = asyncio.Event()
    # No Application: routing is the platform's business, and its middlemen cost more than they give here.
    runner = web.ServerRunner(web.Server(answer, access_log=None), shutdown_timeout=_PATIENCE_SECONDS)
    await runner.setup()
    try:
        await web.SockSite(runner, listener, backlog=_BACKLOG).start()
        ready.set_result((asyncio.get_running_loop(), stop))
        await stop.wait()
    finally:
        await runner.cleanup()
        await asyncio.sleep(0)  # the transports close one turn later


async def _answer(platform: FakePlatform, rig: Rig, host: str, request: web.BaseRequest) -> web.StreamResponse:
    try:
        return _to_wire(await platform.serve(await _from_wire(request, host), rig))
    except (FaaSRequestError, ConnectionResetError):
        # A scripted fault, or a caller who hung up while sending. The response has nowhere to go.
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


async def _from_wire(request: web.BaseRequest, host: str) -> HttpRequest:
    target = request.raw_path
    if not target.startswith("/"):
        # The absolute form of the request target (RFC 9112 section 3.2.2), as sent to a proxy.
        target = "/" + target.partition("://")[2].partition("/")[2]
    # read() of the request would refuse more than 1 MiB.
    content = await request.content.read()
    return HttpRequest(
        request.method, f"http://{request.headers.get('host', host)}{target}", request.headers, content or None
    )


def _to_wire(response: HttpResponse) -> web.Response:
    return web.Response(status=response.status, reason=response.reason, headers=response.headers, body=response.content)
