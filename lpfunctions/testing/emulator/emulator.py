"""Emulator: FakePlatform behind real HTTP on loopback, for blocking and async tests."""

from __future__ import annotations

import socket
from functools import partial
from typing import TYPE_CHECKING, Final, Self

from lpfunctions.testing.checks import check_whole
from lpfunctions.testing.client_options import async_client_of, chosen, client_of, combined, environment_of
from lpfunctions.testing.clock import async_clock_options, clock_options
from lpfunctions.testing.emulator.allowed_hosts import AllowedHosts
from lpfunctions.testing.emulator.serving import BACKLOG, Frontend, Serving

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from ssl import SSLContext
    from types import TracebackType
    from typing import Unpack

    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.testing.platform import Account, FakePlatform
    from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions

_LOOPBACK: Final = "127.0.0.1"


class Emulator:
    """Serve *platform* over HTTP while the ``with`` block lasts, or from ``start`` to ``stop``.

    Its discovery names the host that it was asked at as the host of every service. A client cannot tell V2 by such a
    host: give it ``platform_version`` and ``protocol="http"``.
    """

    def __init__(
        self,
        platform: FakePlatform,
        *,
        port: int = 0,
        ssl_context: SSLContext | None = None,
        listener: socket.socket | None = None,
        real_hosts: bool = False,
        allow_hosts: Iterable[str] = (),
        max_request_bytes: int = 32 * 1024 * 1024,
        access_log: Callable[[str], None] | None = None,
        reset: Callable[[], None] | None = None,
    ) -> None:
        """Prepare; nothing is opened yet.

        Args:
            platform: answers the requests; it may have other emulators at the same time.
            port: to listen on; 0 for one that is free.
            ssl_context: of the server side, with its certificate loaded; the emulator then speaks HTTPS.
            listener: a socket that listens already, instead of *port*; closed when the emulator stops.
            real_hosts: discovery names the hosts of the account, not the emulator. For clients that are led here
                by other means: a hosts file, a network of their own.
            allow_hosts: more names to answer under, such as that of a container; loopback and the address that a
                request arrives at always are, LivePerson's hosts and the account's with *real_hosts*. A request
                whose ``Host`` or ``Origin`` has another name is answered 403: a web page may have sent it.
            max_request_bytes: the largest body of a request; a longer one is answered 413.
            access_log: is told a line for each request, without its query, when it was answered.
            reset: what ``POST /_emulator/api/reset`` calls, in a thread; by default the platform returns to the state
                that it has when the emulator starts.

        Raises:
            FaaSConfigurationError: an allowed host is no name, or the largest body no size.
        """
        check_whole("max_request_bytes", max_request_bytes)
        self.platform = platform
        self._port = port
        self._ssl_context = ssl_context
        self._listener = listener
        self._real_hosts = real_hosts
        self._allowed = AllowedHosts(allow_hosts, platform.accounts if real_hosts else None)
        self._max_request_bytes = max_request_bytes
        self._access_log = access_log
        self._reset = reset
        self._running: Serving | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def __repr__(self) -> str:
        where = f"on {self._running.frontend.host}" if self._running else "stopped"
        return f"<Emulator {where}, {self.platform!r}>"

    @property
    def host(self) -> str:
        """``127.0.0.1:port`` while it runs.

        Raises:
            RuntimeError: it does not run.
        """
        if self._running is None:
            raise RuntimeError("the emulator does not run; use it in a with block, or call start()")
        return self._running.frontend.host

    @property
    def url(self) -> str:
        """``http://127.0.0.1:port`` while it runs; ``https`` with an *ssl_context*."""
        return f"{self._scheme}://{self.host}"

    @property
    def _scheme(self) -> str:
        return "https" if self._ssl_context else "http"

    def client(self, account: Account | None = None, /, **options: Unpack[ClientOptions]) -> Client:
        """Make a client of *account* (default: the first), over requests.

        An emulator that speaks HTTPS needs the option ``ssl_context``, of a client that trusts it.

        Args:
            account: one that `FakePlatform.add_account` returned.
            options: those of `Client`, but for account and credentials. What leads it here may be overridden.

        Raises:
            FaaSConfigurationError: an option is fixed, unknown, or cannot work; or *account* is of another platform.
            RuntimeError: the emulator does not run.
        """
        account = chosen("emulator.client", self.platform.accounts, account)
        usual = {**self.client_options(account), **clock_options(self.platform.clock)}
        return client_of(account, combined("emulator.client", usual, options))

    def async_client(self, account: Account | None = None, /, **options: Unpack[AsyncClientOptions]) -> AsyncClient:
        """Make an async client of *account* (default: the first), over aiohttp; as `client`."""
        account = chosen("emulator.async_client", self.platform.accounts, account)
        usual = {**self.client_options(account), **async_clock_options(self.platform.clock)}
        return async_client_of(account, combined("emulator.async_client", usual, options))

    def client_options(self, account: Account | None = None, /) -> dict[str, str]:
        """Return the options that lead a client here; ``127.0.0.1`` cannot show which version this is."""
        version = (account or self.platform.account).platform_version.value
        return {"csds_domain": self.host, "protocol": self._scheme, "platform_version": version}

    def environment(self, account: Account | None = None, /) -> dict[str, str]:
        """Return the variables by which ``Client.from_env()`` comes here as *account* (default: the first).

        For a program that makes its client itself; set them with pytest's ``monkeypatch.setenv``, or give them to a
        subprocess. ``LPFUNCTIONS_CLIENT_SECRET`` is among them, that of the fake.
        """
        return environment_of(chosen("emulator.environment", self.platform.accounts, account), self.url)

    def start(self) -> Self:
        """Listen; return when requests are served. Does nothing when it already runs.

        Raises:
            OSError: the port is taken.
        """
        if self._running is None:
            listener = self._listener or socket.create_server((_LOOPBACK, self._port), backlog=BACKLOG)
            host = f"{_LOOPBACK}:{listener.getsockname()[1]}"
            self._running = Serving(
                Frontend(
                    platform=self.platform,
                    listener=listener,
                    host=host,
                    allowed=self._allowed,
                    real_hosts=self._real_hosts,
                    most_bytes=self._max_request_bytes,
                    ssl_context=self._ssl_context,
                    access_log=self._access_log,
                    reset=self._reset or partial(self.platform.restore, self.platform.snapshot()),
                )
            )
        return self

    def stop(self) -> None:
        """Close the port and every connection; requests under way are cut off. Safe to call twice."""
        running, self._running = self._running, None
        if running is not None:
            running.stop()
