"""FakePlatform: LivePerson Functions in one object, for tests and for the emulator."""

from __future__ import annotations

import asyncio
import time
import warnings
from typing import TYPE_CHECKING, Any, cast

from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.client_options import chosen, combined_in_memory
from lpfunctions.testing.clock import async_clock_options, clock_options
from lpfunctions.testing.javascript.hosting import RunsJavaScript
from lpfunctions.testing.platform.account import Account, generation_named
from lpfunctions.testing.platform.auth.token_controls import TokenControls
from lpfunctions.testing.platform.faults.fault_injection import FaultInjection
from lpfunctions.testing.platform.functions.runner import AsyncFunctionRunner, BlockingFunctionRunner, SystemWallClock
from lpfunctions.testing.platform.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Unpack
    from uuid import UUID

    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.core.auth.credentials import ClientCredentials
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AsyncTransport, Transport
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction, FunctionState
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.journal import Journal
    from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions


class FakePlatform(TokenControls, FaultInjection, RunsJavaScript):
    """LivePerson Functions for one account, V1 or V2: discovery, tokens, invocation, listing.

    It obeys what is documented of the platform; where nothing is, the code says which choice was made. In memory it
    answers `handle` and `handle_async`; `lpfunctions.testing.Emulator` puts it behind real HTTP.

    Attributes:
        account: the account, with its functions and its hosts.
    """

    def __init__(
        self,
        *,
        account_id: str = "12345678",
        platform_version: str = "v2",
        client_id: str = "client-id",
        client_secret: str = "client-secret",  # noqa: S107 (opens nothing but this fake)
        execution_limit_seconds: float = 30.0,
        token_lifetime_seconds: float = 3600.0,
        clock: WallClock | None = None,
        journal_limit: int | None = 20_000,
    ) -> None:
        """Set up an account without functions.

        Args:
            account_id: the one account that exists.
            platform_version: ``"v1"`` or ``"v2"``.
            client_id: of the installed app.
            client_secret: of the installed app.
            execution_limit_seconds: how long a function may run.
            token_lifetime_seconds: how long a token is good for.
            clock: tells what time it is for tokens and timestamps; if it has a ``sleep`` (plain or ``async``),
                scripted latency uses that instead of real time. A `VirtualClock` is used by the clients too.
            journal_limit: how many requests the journal keeps; None for all.

        Raises:
            FaaSConfigurationError: there is no such generation.
        """
        self._clock = clock or SystemWallClock()
        self.account: Account = Account(
            account_id, generation_named(platform_version), client_id, client_secret, now=self._clock.now
        )
        self._token_lifetime_seconds = token_lifetime_seconds
        self._service = Service(
            self.account,
            clock=self._clock,
            execution_limit_seconds=execution_limit_seconds,
            token_lifetime_seconds=token_lifetime_seconds,
            journal_limit=journal_limit,
        )
        self._blocking = BlockingFunctionRunner(getattr(self._clock, "sleep", time.sleep))
        self._awaiting = self.runner()

    def __repr__(self) -> str:
        return f"<FakePlatform {self.account.generation} account {self.account.account_id!r}>"

    @property
    def account_id(self) -> str:
        """The account that exists."""
        return self.account.account_id

    @property
    def platform_version(self) -> str:
        """``"v1"`` or ``"v2"``."""
        return self.account.generation.value

    @property
    def clock(self) -> WallClock:
        """What tells the time."""
        return self._clock

    @property
    def requests(self) -> Journal:
        """The journal: every request, and how it was answered."""
        return self._service.journal

    def request_log(self) -> str:
        """Return in at most 200 lines the requests and what functions logged, without payloads and tokens."""
        from lpfunctions.testing.request_log import request_log

        return request_log(self.requests, list(self.accounts.values()))

    def trail(self) -> str:
        """Return `request_log`, which this is the former name of; it will be removed in the next release."""
        warnings.warn("trail() is now request_log()", DeprecationWarning, stacklevel=2)
        return self.request_log()

    @property
    def functions(self) -> list[DeployedFunction]:
        """The functions of the account, in the order of their deployment."""
        return list(self.account.functions)

    @property
    def accounts(self) -> Mapping[str, Account]:
        """All accounts that exist, by id."""
        return self._service.accounts

    def add_account(
        self,
        *,
        account_id: str,
        platform_version: str = "v2",
        client_id: str = "client-id",
        client_secret: str = "client-secret",  # noqa: S107 (opens nothing but this fake)
    ) -> Account:
        """Set up one more account; deploy to it with its own `Account.function`.

        Raises:
            FaaSConfigurationError: there is an account with this id, or no such generation.
        """
        if account_id in self._service.accounts:
            raise FaaSConfigurationError(f"there is an account {account_id!r} already")
        account = Account(account_id, generation_named(platform_version), client_id, client_secret, now=self._clock.now)
        self._service.accounts[account_id] = account
        return account

    # -- clients --

    def client(self, account: Account | None = None, /, **options: Unpack[ClientOptions]) -> Client:
        """Make a client of *account* (default: the first), in memory: no socket is opened.

        Args:
            account: one that `add_account` returned.
            options: those of `Client`, but for what the platform fixes: account, credentials, connections. A
                ``transport`` of your own should lead to `transport`, as a wrapper of it does; one that leads to a
                network fails at discovery, for which the client asks ``in-memory-platform.invalid``.

        Raises:
            FaaSConfigurationError: an option is fixed, unknown, or cannot work; or *account* is of another platform.
        """
        from lpfunctions.client import Client

        account = chosen("platform.client", self.accounts, account)
        usual = {**clock_options(self.clock), "transport": self.transport()}
        return Client(
            account_id=account.account_id,
            auth_strategy=account.credentials,
            **cast("ClientOptions", combined_in_memory("platform.client", usual, options)),
        )

    def async_client(self, account: Account | None = None, /, **options: Unpack[AsyncClientOptions]) -> AsyncClient:
        """Make an async client of *account* (default: the first), in memory; as `client`."""
        from lpfunctions.async_client import AsyncClient

        account = chosen("platform.async_client", self.accounts, account)
        usual = {**async_clock_options(self.clock), "transport": self.async_transport()}
        return AsyncClient(
            account_id=account.account_id,
            auth_strategy=account.credentials,
            **cast("AsyncClientOptions", combined_in_memory("platform.async_client", usual, options)),
        )

    def transport(self) -> Transport:
        """Return a transport that leads here, for one of yours to wrap: ``transport=Mine(platform.transport())``."""
        return MemoryTransport(self.handle)

    def async_transport(self) -> AsyncTransport:
        """Return an async transport that leads here, to be wrapped as that of `transport`."""
        return AsyncMemoryTransport(self.handle_async)

    def credentials(self) -> ClientCredentials:
        """Return the credentials of the installed app."""
        return self.account.credentials

    # -- functions --

    def function(
        self,
        name: str | None = None,
        *,
        event_id: str | None = None,
        skills: Iterable[str] = (),
        state: FunctionState = "Productive",
        description: str = "",
        environment: Mapping[str, str] | None = None,
        is_comp_v1: bool = False,
        uuid: UUID | str | None = None,
    ) -> Callable[[Callable[[Any], Any]], DeployedFunction]:
        """Deploy the decorated function, plain or ``async``.

        Args:
            name: unique in the account; a second one of that name replaces the first. Default: its Python name.
            event_id: the event it listens to.
            skills: if any, it listens only to calls for one of these.
            state: ``Productive`` and ``Modified`` can be invoked.
            description: for listings.
            environment: variables of the function; JavaScript finds them in ``process.env``.
            is_comp_v1: on V2, a function that was imported from V1: it fails with V1's codes.
            uuid: such as that of production, which the code under test names; default: one made of account and name.

        An exception fails the call with status 901: a crash (V2 ``…function.js-runtime-error``, V1
        ``…runtime-exception``) if its class is one of Python's own for programming errors, such as ``KeyError``,
        ``TypeError`` or ``ZeroDivisionError``, or if the result is no JSON; else one that was meant (V2
        ``…function.threw-error``, V1 ``…custom-failure``). docs/testing.md lists the classes.

        Raises:
            FaaSConfigurationError: there is no such state; the name is no text; the decorated is no callable; the
                uuid is none, or that of another function.
        """
        return self.account.function(
            name,
            event_id=event_id,
            skills=skills,
            state=state,
            description=description,
            environment=environment,
            is_comp_v1=is_comp_v1,
            uuid=uuid,
        )

    # -- frontends --

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer *request*, blocking; safe to call from many threads.

        Raises:
            FaaSConnectionError: a fault closed the connection.
            FaaSTimeoutError: the response took longer than ``request.timeout_seconds``.
        """
        return step(self.serve(request, self._blocking))

    async def handle_async(self, request: HttpRequest) -> HttpResponse:
        """Answer *request*, awaiting; raises what `handle` raises."""
        return await self.serve(request, self._awaiting)

    def runner(self, *, is_every_host: bool = False) -> FunctionRunner:
        """Return the runner of an async frontend; with *is_every_host*, of one that serves all services at one host."""
        return AsyncFunctionRunner(getattr(self._clock, "sleep", asyncio.sleep), is_every_host=is_every_host)

    async def serve(self, request: HttpRequest, runner: FunctionRunner) -> HttpResponse:
        """Answer *request* for the frontend that *runner* belongs to; raises what `handle` raises."""
        return await self._service.serve(request, runner)
