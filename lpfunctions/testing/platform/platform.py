"""FakePlatform: LivePerson Functions in one object, for tests and for the emulator."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, cast

from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.core.credentials import ClientCredentials
from lpfunctions.core.generations import Generation
from lpfunctions.testing.platform.account import Account
from lpfunctions.testing.platform.faults import Fault
from lpfunctions.testing.platform.functions import DeployedFunction
from lpfunctions.testing.platform.runner import AwaitingRig, BlockingRig, SystemWall
from lpfunctions.testing.platform.service import Service

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Unpack

    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.core.http import HttpRequest, HttpResponse
    from lpfunctions.testing.platform.functions import FunctionState
    from lpfunctions.testing.platform.journal import Journal, RecordedRequest
    from lpfunctions.testing.platform.routing import Kind
    from lpfunctions.testing.platform.runner import Rig, Wall
    from lpfunctions.wiring.options import AsyncClientOptions, ClientOptions


class FakePlatform:
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
        clock: Wall | None = None,
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
                scripted latency uses that instead of real time.
            journal_limit: how many requests the journal keeps; None for all.
        """
        self.account = Account(account_id, Generation(platform_version), client_id, client_secret)
        self._clock = clock or SystemWall()
        self._token_lifetime_seconds = token_lifetime_seconds
        self._service = Service(
            self.account,
            clock=self._clock,
            execution_limit_seconds=execution_limit_seconds,
            token_lifetime_seconds=token_lifetime_seconds,
            journal_limit=journal_limit,
        )
        self._blocking = BlockingRig(getattr(self._clock, "sleep", time.sleep))
        self._awaiting = self.rig()

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
    def requests(self) -> Journal:
        """The journal: every request, and how it was answered."""
        return self._service.journal

    @property
    def functions(self) -> list[DeployedFunction]:
        """The functions of the account, in the order of their deployment."""
        return list(self.account.functions)

    # -- clients --

    def client(self, **options: Unpack[ClientOptions]) -> Client:
        """Make a client of this platform, in memory: no socket is opened."""
        from lpfunctions.client import Client

        return Client(
            account_id=self.account_id,
            auth_strategy=self.credentials(),
            **cast("ClientOptions", {"transport": MemoryTransport(self.handle), **options}),
        )

    def async_client(self, **options: Unpack[AsyncClientOptions]) -> AsyncClient:
        """Make an async client of this platform, in memory: no socket is opened."""
        from lpfunctions.async_client import AsyncClient

        return AsyncClient(
            account_id=self.account_id,
            auth_strategy=self.credentials(),
            **cast("AsyncClientOptions", {"transport": AsyncMemoryTransport(self.handle_async), **options}),
        )

    def credentials(self) -> ClientCredentials:
        """Return the credentials of the installed app."""
        return ClientCredentials(client_id=self.account.client_id, client_secret=self.account.client_secret)

    # -- functions --

    def function(
        self,
        name: str | None = None,
        *,
        event_id: str | None = None,
        skills: Iterable[str] = (),
        state: FunctionState = "Productive",
        description: str = "",
    ) -> Callable[[Callable[[Any], Any]], DeployedFunction]:
        """Deploy the decorated function, plain or ``async``.

        Args:
            name: unique in the account; a second one of that name replaces the first. Default: its Python name.
            event_id: the event it listens to.
            skills: if any, it listens only to calls for one of these.
            state: ``Productive`` and ``Modified`` can be invoked.
            description: for listings.

        Raises:
            FaaSConfigurationError: there is no such state.
        """

        def deploy(code: Callable[[Any], Any]) -> DeployedFunction:
            chosen = name or str(getattr(code, "__name__", type(code).__name__))
            function = DeployedFunction(
                code,
                uuid=self.account.functions.uuid_of(chosen),
                name=chosen,
                event_id=event_id and str(event_id),
                skills=tuple(skills),
                state=state,
                description=description,
                created_at=self._clock.now(),
            )
            self.account.functions.add(function)
            return function

        return deploy

    # -- tokens --

    def issue_token(self, *, account_id: str | None = None, lifetime_seconds: float | None = None) -> str:
        """Return an access token without asking the token endpoint; for *account_id* a stranger's one."""
        life = self._token_lifetime_seconds if lifetime_seconds is None else lifetime_seconds
        return self._service.issuer.issue(
            account_id=self.account_id if account_id is None else account_id,
            client_id=self.account.client_id,
            now=self._clock.now(),
            lifetime_seconds=life,
        )

    def revoke_tokens(self) -> None:
        """Make all tokens issued so far worthless; new ones are good."""
        self._service.issuer.rotate()

    def add_bearer(self, token: str) -> None:
        """Accept *token* as that of a logged-in user, for every operation and for ever."""
        self.account.bearers.add(token)

    # -- faults --

    def fail_next(
        self,
        *,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
        body: object = b"",
        latency_seconds: float = 0.0,
        drop_connection: bool = False,
        lose_answer: bool = False,
        times: int | None = 1,
        kind: Kind | None = None,
        path_contains: str = "",
        where: Callable[[RecordedRequest], bool] | None = None,
    ) -> None:
        """Script a fault for the next request that matches; several are met in the order of scripting.

        Args:
            status: answer this, and do not ask the platform.
            headers: of that answer.
            body: of that answer: bytes or text as they are, anything else as JSON.
            latency_seconds: wait before anything else happens; alone, the request is served late.
            drop_connection: close the connection without serving the request.
            lose_answer: serve the request, then close the connection instead of answering.
            times: how many requests meet the fault; None for all to come.
            kind: only ``invoke``, ``is_implemented``, ``list``, ``token`` or ``discovery``.
            path_contains: only requests whose encoded path contains this.
            where: only requests for which this is true, as the journal records them.

        In memory a closed connection is a ``FaaSConnectionError`` with ``delivered="unknown"``.

        Raises:
            FaaSConfigurationError: the fault would do nothing, or two things at once.
        """
        self._service.faults.add(
            Fault(
                status=status,
                headers=headers or {},
                body=body,
                latency_seconds=latency_seconds,
                drop_connection=drop_connection,
                lose_answer=lose_answer,
                times=times,
                kind=kind,
                path_contains=path_contains,
                where=where,
            )
        )

    def clear_faults(self) -> None:
        """Forget the faults that no request has met yet."""
        self._service.faults.clear()

    # -- doors --

    def handle(self, request: HttpRequest) -> HttpResponse:
        """Answer *request*, blocking; safe to call from many threads.

        Raises:
            FaaSConnectionError: a fault closed the connection.
            FaaSTimeoutError: the answer took longer than ``request.timeout_seconds``.
        """
        return step(self.serve(request, self._blocking))

    async def handle_async(self, request: HttpRequest) -> HttpResponse:
        """Answer *request*, awaiting; raises what `handle` raises."""
        return await self.serve(request, self._awaiting)

    def rig(self, domain: str | None = None) -> Rig:
        """Return what an awaiting door needs whose discovery names *domain* as the host of every service."""
        return AwaitingRig(getattr(self._clock, "sleep", asyncio.sleep), domain)

    async def serve(self, request: HttpRequest, rig: Rig) -> HttpResponse:
        """Answer *request* at the door that lends *rig*; raises what `handle` raises."""
        return await self._service.serve(request, rig)
