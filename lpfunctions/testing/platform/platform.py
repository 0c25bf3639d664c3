"""FakePlatform: LivePerson Functions in one object, for tests and for the emulator."""

from __future__ import annotations

import asyncio
import time
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

from lpfunctions.adapters.blocking.stepping import step
from lpfunctions.adapters.memory import AsyncMemoryTransport, MemoryTransport
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.client_options import async_client_of, chosen, client_of, combined_in_memory
from lpfunctions.testing.clock import async_clock_options, clock_options
from lpfunctions.testing.javascript.hosting import JavaScriptHosting
from lpfunctions.testing.javascript.pushed import PushedCode
from lpfunctions.testing.platform.account import Account, platform_version_named
from lpfunctions.testing.platform.auth.tokens import TokenShape
from lpfunctions.testing.platform.faults.rates import Rate
from lpfunctions.testing.platform.faults.scripted import Fault, outage
from lpfunctions.testing.platform.functions.runner import AsyncFunctionRunner, BlockingFunctionRunner, SystemWallClock
from lpfunctions.testing.platform.service import Service
from lpfunctions.testing.platform.snapshot import Snapshot

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping
    from contextlib import AbstractContextManager
    from typing import Unpack
    from uuid import UUID

    from lpfunctions.async_client import AsyncClient
    from lpfunctions.client import Client
    from lpfunctions.core.auth.credentials import ClientCredentials
    from lpfunctions.core.http.messages import HttpRequest, HttpResponse
    from lpfunctions.ports import AsyncTransport, Transport
    from lpfunctions.testing.platform.auth.tokens import TokenForm
    from lpfunctions.testing.platform.auth.users import Permission, User
    from lpfunctions.testing.platform.faults.scripted import Faults
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction, FunctionState
    from lpfunctions.testing.platform.functions.runner import FunctionRunner, WallClock
    from lpfunctions.testing.platform.requests.journal import Journal
    from lpfunctions.testing.platform.requests.recorded import RecordedRequest
    from lpfunctions.testing.platform.requests.routing import Kind
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
        clock: WallClock | None = None,
        journal_limit: int | None = 20_000,
        journal_limit_bytes: int | None = 128 * 1024 * 1024,
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
            journal_limit_bytes: how many bytes of requests and answers it keeps, the newest in any case; None for all.

        Raises:
            FaaSConfigurationError: there is no such version.
        """
        self._clock = clock or SystemWallClock()
        self.account: Account = Account(
            account_id, platform_version_named(platform_version), client_id, client_secret, now=self._clock.now
        )
        self._javascript = JavaScriptHosting(self.handle)
        self._service = Service(
            self.account,
            clock=self._clock,
            execution_limit_seconds=execution_limit_seconds,
            token_lifetime_seconds=token_lifetime_seconds,
            journal_limit=journal_limit,
            journal_limit_bytes=journal_limit_bytes,
            build=PushedCode(self._javascript).build,
        )
        self._blocking = BlockingFunctionRunner(getattr(self._clock, "sleep", time.sleep))
        self._awaiting = self.runner()
        self._as_new = self.snapshot()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<FakePlatform {self.account.platform_version} account {self.account.account_id!r}>"

    @property
    def account_id(self) -> str:
        """The account that exists."""
        return self.account.account_id

    @property
    def platform_version(self) -> str:
        """``"v1"`` or ``"v2"``."""
        return self.account.platform_version.value

    @property
    def clock(self) -> WallClock:
        """What tells the time."""
        return self._clock

    @property
    def requests(self) -> Journal:
        """The journal: every request, and how it was answered."""
        return self._service.journal

    @property
    def faults(self) -> Faults:
        """The faults that `fail_next` and `outage` have scripted, and that no request has used up."""
        return self._service.faults

    def request_log(self) -> str:
        """Return in at most 200 lines the requests and what functions logged, without payloads and tokens."""
        from lpfunctions.testing.request_log import request_log

        return request_log(self.requests, list(self.accounts.values()))

    def trail(self) -> str:
        """Return `request_log`, which this is the former name of; it will be gone in version 2."""
        warnings.warn("trail() is now request_log(), and will be gone in version 2", DeprecationWarning, stacklevel=2)
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
            FaaSConfigurationError: there is an account with this id, or no such version.
        """
        if account_id in self._service.accounts:
            raise FaaSConfigurationError(f"there is an account {account_id!r} already")
        account = Account(
            account_id, platform_version_named(platform_version), client_id, client_secret, now=self._clock.now
        )
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
        account = chosen("platform.client", self.accounts, account)
        usual = {**clock_options(self.clock), "transport": self.transport()}
        return client_of(account, combined_in_memory("platform.client", usual, options))

    def async_client(self, account: Account | None = None, /, **options: Unpack[AsyncClientOptions]) -> AsyncClient:
        """Make an async client of *account* (default: the first), in memory; as `client`."""
        account = chosen("platform.async_client", self.accounts, account)
        usual = {**async_clock_options(self.clock), "transport": self.async_transport()}
        return async_client_of(account, combined_in_memory("platform.async_client", usual, options))

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
        sample_payload: object = None,
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
            sample_payload: for the emulator's status page, to invoke it with by hand.

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
            sample_payload=sample_payload,
        )

    def deploy_folder(
        self,
        folder: str | os.PathLike[str],
        account: Account | None = None,
        *,
        allow_hosts: Iterable[str] = (),
    ) -> list[DeployedFunction]:
        """Deploy functions in JavaScript, from a folder laid out as LivePerson's CLI lays it out.

        Each ``functions/<name>/index.js`` is one function: on V1 ``lambda(input, callback)``, on V2 ``async function
        lambda(input)``. ``config.json`` beside it may name it (``name``, ``event``, ``description``, ``skills``,
        ``environmentVariables``, ``uuid``). Node runs them; its working directory is the one that holds ``functions``.
        Code that requires LivePerson's toolbelt, or a library that the platform ships, finds what the CLI put into
        ``bin`` beside ``functions``, or what is in a ``node_modules``.

        Args:
            folder: the one that holds ``functions``, or that folder itself.
            account: to deploy to; default the first.
            allow_hosts: where the functions may connect to, such as ``"127.0.0.1"`` or ``"*.example.com"``. Connections
                to LivePerson's hosts lead back to this platform, and all others fail.

        Raises:
            FaaSConfigurationError: no function is there, a configuration cannot be read, the code has an error of
                syntax, an allowed host is none, or Node is missing.
        """
        return self._javascript.deploy_folder(Path(folder), account or self.account, allow_hosts)

    def close(self) -> None:
        """End the functions in JavaScript that run; a further call starts them again."""
        self._javascript.close()

    # -- tokens and keys --

    def issue_token(
        self,
        *,
        account_id: str | None = None,
        lifetime_seconds: float | None = None,
        dpop_key: Mapping[str, Any] | None = None,
    ) -> str:
        """Return an access token without asking the token endpoint.

        Args:
            account_id: the account that it is valid for, which need not exist on this platform.
            lifetime_seconds: how long.
            dpop_key: a public key as JWK; the token is then good only with DPoP proofs of that key.
        """
        return self._service.sentinel.issue(
            account_id=self.account.account_id if account_id is None else account_id,
            client_id=self.account.client_id,
            lifetime_seconds=lifetime_seconds,
            dpop_key=dpop_key,
        )

    def shape_tokens(
        self,
        *,
        lifetime_seconds: float | None = None,
        form: TokenForm = "jwt",
        expires_in: Literal["text", "number", "absent"] | None = None,
        revoked: bool = False,
    ) -> None:
        """Set the form of the tokens that the token endpoint grants from now on; without arguments, the usual one.

        Args:
            lifetime_seconds: how long they are valid; default that of the platform.
            form: ``jwt``; ``opaque``, no JWT at all; ``malformed``, like a JWT that no library can read.
            expires_in: how the response states the lifetime: ``text``, a ``number``, or not (``absent``); by default
                as ``text`` at the forms of the endpoint below ``/sentinel/api/v2``, and not at the others.
            revoked: grant tokens that every service rejects.
        """
        self._service.sentinel.shape = TokenShape(lifetime_seconds, form, expires_in, revoked)

    def revoke_tokens(self) -> None:
        """Revoke all tokens issued so far; new ones are valid."""
        self._service.issuer.rotate()

    def demand_dpop_nonce(self, nonce: str | None) -> None:
        """From now on a DPoP proof must hold *nonce*; one without it is answered ``use_dpop_nonce`` and the nonce.

        None demands none.
        """
        self._service.authenticator.dpop.nonce = nonce

    def add_bearer(self, token: str) -> None:
        """Accept *token* as that of a logged-in user, for every operation, without an end."""
        self.account.bearers.add(token)

    def add_user(self, login_name: str, password: str, permissions: Iterable[Permission] = ("FaaS-Developer",)) -> User:
        """Let somebody log in, as LivePerson's command-line tool does; at first ``user`` can, with ``password``.

        Args:
            login_name: a second user of that name replaces the first.
            password: their password.
            permissions: all three let the user read; ``FaaS-Developer`` and ``FaaS-Invocation`` invoke;
                ``FaaS-Admin`` and ``FaaS-Developer`` do everything else.

        Raises:
            FaaSConfigurationError: there is no such permission.
        """
        return self.account.users.add(login_name, password, permissions)

    def add_oauth1_keys(
        self, *, consumer_key: str, consumer_secret: str, token: str = "", token_secret: str = ""
    ) -> None:
        """Accept requests that are signed with these keys (OAuth 1.0), for every operation.

        Without a token they are signed with the consumer key alone, as LivePerson's first clients did.
        """
        self.account.oauth1_keys[consumer_key, token] = (consumer_secret, token_secret)

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
        required: bool = True,
    ) -> None:
        """Script a fault for the next request that matches; several are met in the order of scripting.

        Args:
            status: answer this, and do not ask the platform.
            headers: of that response.
            body: of that response: bytes or text as they are, anything else as JSON.
            latency_seconds: wait before anything else happens; alone, the request is served late.
            drop_connection: close the connection without serving the request.
            lose_answer: serve the request, then close the connection instead of answering.
            times: how many requests meet the fault; None for all to come.
            kind: only ``invoke``, ``is_implemented``, ``list``, ``token``, ``keys``, ``discovery`` (the Domain
                API), ``unknown`` (no endpoint has the path), or another of docs/testing.md; ``keys`` is the token
                service's list of public keys.
            path_contains: only requests whose encoded path contains this.
            where: only requests for which this is true, as the journal records them.
            required: a test that uses the fixture ``lp_platform``, and passes without a request having met the fault,
                fails (`assert_faults_met`).

        In memory a closed connection is a ``FaaSConnectionError`` with ``delivered="unknown"``.

        Raises:
            FaaSConfigurationError: the fault would do nothing, or two things at once; it cannot happen, such as a
                status of 42; or there is no such kind.
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
                required=required,
            )
        )

    def assert_faults_met(self) -> None:
        """Assert that each fault that is ``required`` was met by at least one request.

        Raises:
            AssertionError: some were not; the message lists them, and the requests that came.
        """
        __tracebackhide__ = True
        self._service.faults.assert_met(self.requests)

    def clear_faults(self) -> None:
        """Forget the faults that no request has met yet."""
        self._service.faults.clear()

    def outage(
        self,
        *kinds: Kind,
        status: int | None = 503,
        headers: Mapping[str, str] | None = None,
        body: object = b"",
    ) -> AbstractContextManager[None]:
        """Let every request fail while the ``with`` block lasts.

        Args:
            kinds: only these: ``invoke``, ``is_implemented``, ``list``, ``token``, ``keys``, ``discovery``,
                ``unknown``; none for all.
            status: the response; None to close the connection instead.
            headers: of the response.
            body: of the response.

        Raises:
            FaaSConfigurationError: as `fail_next`.
        """
        return self._service.faults.while_scripted(outage(kinds, status, headers, body))

    def limit_rate(self, calls: int, *, per_seconds: float = 1.0, retry_after: str | int | None = None) -> None:
        """Answer 429 to invocations beyond *calls* within *per_seconds*: by account on V1, by function on V2.

        Args:
            calls: how many are allowed; 0 for none.
            per_seconds: within this long, counted back from each call on the platform's clock.
            retry_after: the value of ``Retry-After``; None to send none.

        Raises:
            FaaSConfigurationError: *calls* is negative, or *per_seconds* is not positive.
        """
        headers = {} if retry_after is None else {"retry-after": str(retry_after)}
        self._service.gateway.rates.limit(Rate(calls, per_seconds, headers))

    def lift_rate_limit(self) -> None:
        """Remove the rate limit."""
        self._service.gateway.rates.limit(None)

    # -- state --

    def reset(self) -> None:
        """Return to the state after construction: no functions, faults, limits or further accounts, an empty journal.

        Tokens that were issued stay as they are, valid or revoked, so that a client that is kept needs no new one.
        The clock is not moved, and Node goes on running.
        """
        self.restore(self._as_new)

    def snapshot(self) -> Snapshot:
        """Return the present state, for `restore`: functions with states and logs, accounts, faults, limits, journal.

        Tokens and the clock are no part of it.
        """
        return Snapshot(self._service, self._service.saved())

    def restore(self, snapshot: Snapshot) -> None:
        """Return to the state of *snapshot*, as often as wanted. Functions and accounts are the same objects again.

        Raises:
            FaaSConfigurationError: *snapshot* is none of this platform.
        """
        snapshot.restore(self._service)

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
