"""`Client`: one line per operation, blocking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never, Self, overload

from lpfunctions.adapters.blocking.stepping import step_into
from lpfunctions.core.requests.calls import (
    EMPTY,
    EventQuery,
    FunctionHeaders,
    FunctionQuery,
    FunctionReference,
    Invocation,
)
from lpfunctions.wiring.blocking import build, check_not_async
from lpfunctions.wiring.facade import Facade
from lpfunctions.wiring.options import sort
from lpfunctions.wiring.other_names import unknown_argument

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from typing import Unpack

    from typing_extensions import TypeForm

    from lpfunctions.adapters.blocking.batch import Outcomes
    from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
    from lpfunctions.core.batches.outcome import Outcome
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.responses.function_list import FunctionList
    from lpfunctions.core.responses.response import Response
    from lpfunctions.core.retries.policy import RetryPolicy
    from lpfunctions.handles import FunctionHandle, Req, Res
    from lpfunctions.wiring.auth import Authentication
    from lpfunctions.wiring.build import AccountState
    from lpfunctions.wiring.options import ClientOptions, ClientParts


class Client(Facade):
    """Call LivePerson Functions, blocking.

        with Client(
            account_id="12345678",
            auth_strategy=ClientCredentials(client_id="…", client_secret="…"),
        ) as client:
            response = client.invoke(lambda_uuid="8b6f…", payload={"foo": "bar"})
            print(response.raise_for_status().body)

    One client may be shared by any number of threads.

    Args:
        account_id: the LivePerson account, 1 to 64 letters, digits, ``_`` or ``-``.
        auth_strategy: `ClientCredentials`, `BearerToken`, `DpopCredentials` or `OAuth1Credentials`; a callable that
            gets ``url`` and ``method`` and returns the ``Authorization`` value; or any `AuthStrategy`.
        options: below; None means the default. Times are seconds unless a name says otherwise.

    Options:
        timeout (35.0): one deadline for a whole call: discovery, token, waiting for a connection, all attempts,
            all pauses. ``float("inf")`` for none.
        connect_timeout (5.0): time to open a connection, within ``timeout``: look-up, TCP to any of the host's
            addresses, proxy, TLS. A request that fails so was not sent, and is tried again.
        retry (``RetryPolicy()``): what is repeated, how often and with what pauses.
        rate_limit (None): a `RateLimit` for the requests of all calls together. Waiting for it is part of the deadline,
            and when the server answers 429 or 503 with Retry-After, all calls wait as long.
        fail_on_error_status_code (False): raise on a non-2xx response what ``raise_for_status()`` would raise.
        platform_version (None): ``"v1"`` or ``"v2"``, instead of judging by the gateway's host.
        protocol (``"https"``), allow_insecure (False): plain ``"http"`` only to loopback, unless allowed.
        csds_domain (by account), csds_ttl_seconds (600), csds_http_headers ({}): the Domain API's ``host[:port]``,
            how long its response is fresh, extra headers for it.
        gw_csds_service_name (``"faasGW"``), ui_csds_service_name (``"faasUI"``): services to look up.
        trusted_domain_suffixes (LivePerson's): discovery responses outside these are refused.
        domain_resolver (CSDS): any `DomainResolver`; `StaticDomainResolver` ships.
        shared_store: tokens and discovery responses are fetched once for all processes that share it;
            ``lpfunctions.stores`` has `FileStore` and `RedisStore`. While it is out of order, each process fetches for
            itself.
        is_implemented_cache_duration_in_seconds (60): how long an answer of `is_implemented` is kept; 0 for not.
        jwt_refresh_after_minutes (30): age at which a token is renewed, earlier when it ends earlier.
        invoke_uuid_uri, invoke_event_uri, is_implemented_uri, get_lambdas_uri, get_functions_uri: RFC 6570
            templates of the paths; the positional ``%s`` form works too.
        api_version (``"1"``): the query ``v`` of V1.
        max_response_bytes (32 MiB): largest response, after decoding.
        max_connections (100), keepalive_seconds (10.0): per host; an idle connection older than this is dropped.
        proxy, ssl_context, trust_env (None, None, False): a proxy URL; TLS settings; whether proxies and CA bundles
            of the environment count.
        session: a ``requests.Session`` of yours; never closed by the client. The deadline is kept as well as its
            sockets allow.
        transport: a `Transport` of yours; never closed by the client.
        clock: a `Clock` of yours.
        default_headers ({}): HTTP headers of all requests, discovery and tokens included; those that the client sets
            itself win. A function does not see them: *headers* of `invoke` are for it.
        user_agent_suffix (""): added to User-Agent: ``"shop/1.4"``.
        request_id_factory (uuid4): makes the ``X-Request-ID`` of each call.
        metric_collector: a `MetricCollector` of yours, told of every operation once.
        tracer_provider, meter_provider (the global ones): where OpenTelemetry spans and metrics go.
        http_spans (``"own"``): one span a request, and none of an instrumented HTTP library for the same; ``"off"``
            leaves requests to that library.
        logger (``lpfunctions.client``): a ``logging.Logger`` or structlog logger: one line for a failed call.

    Raises:
        FaaSConfigurationError: an option is unknown, cannot work, or excludes another.
    """

    _owned: RequestsTransport | None = None

    def __init__(self, *, account_id: str, auth_strategy: Authentication, **options: Unpack[ClientOptions]) -> None:
        config, parts = sort(account_id, options)
        self._build(config, auth_strategy, parts)

    @classmethod
    def from_config(cls, config: ClientConfig, *, auth_strategy: Authentication, **parts: Unpack[ClientParts]) -> Self:
        """Make a client of *config* and the *parts* that are no plain values (``transport``, ``clock``, …).

        Raises:
            FaaSConfigurationError: an option that belongs into *config*, or a part that cannot obey it.
        """
        return cls._from_config(config, auth_strategy, parts)

    @classmethod
    def from_env(
        cls,
        *,
        account_id: str | None = None,
        auth_strategy: Authentication | None = None,
        **overrides: Unpack[ClientOptions],
    ) -> Self:
        """Make a client from environment variables; what is passed wins.

        ``LPFUNCTIONS_ACCOUNT_ID``, ``LPFUNCTIONS_CLIENT_ID``, ``LPFUNCTIONS_CLIENT_SECRET`` or
        ``LPFUNCTIONS_CLIENT_SECRET_FILE``; every option that is a text, number, flag or list as
        ``LPFUNCTIONS_<NAME>``; ``LPFUNCTIONS_RETRY=none``, ``default`` or ``at_least_once``, and
        ``LPFUNCTIONS_MAX_RETRIES``; and ``LPFUNCTIONS_EMULATOR=http://127.0.0.1:8080`` for an emulator on this machine,
        or on another with ``LPFUNCTIONS_ALLOW_INSECURE=true``. docs/configuration.md lists them.

        Raises:
            FaaSConfigurationError: a variable is missing, misspelt, cannot be read, or is of an option that no text can
                express; the message names it.
        """
        return cls._from_env({"account_id": account_id, "auth_strategy": auth_strategy, **overrides})

    def _build_state(self) -> AccountState:
        check_not_async(self._auth_strategy, self._parts)
        state, self._owned = build(self._config, self._parts)
        return state

    def invoke(
        self,
        *,
        lambda_uuid: FunctionReference | None = None,
        event_id: str | None = None,
        payload: object = EMPTY,
        headers: FunctionHeaders | None = None,
        timestamp: int | None = None,
        external_system: str | None = None,
        lp_event_source: str | None = None,
        skill_id: str | None = None,
        v1_comp_error: bool = False,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        fail_on_error_status_code: bool | None = None,
        request_id: str | None = None,
        **unknown: Never,
    ) -> Response:
        """Run one function by UUID, or every function that listens to an event.

        Args:
            lambda_uuid: the function: a str, a `uuid.UUID`, or an object whose ``uuid`` is a str, such as a
                `FunctionInfo`; exactly one of this and *event_id*.
            event_id: the event, an `Event` or any other id. The body of the response is then a list with one
                `EventResult` for each function. An event without a function answers ``[]`` on V1, 404 on V2.
            payload: what the function gets as ``input.payload``: any JSON-able value, a dataclass or a pydantic
                model. Left out means ``{}``; None sends ``null``.
            headers: what it gets as ``input.headers``: a mapping, or a list of ``{"key": …, "value": …}``.
            timestamp: milliseconds since the epoch; default now.
            external_system: name of the calling system, for the platform's reports.
            lp_event_source: the same in the words of V2; wins over *external_system*.
            skill_id: only functions bound to this skill, or to none.
            v1_comp_error: turn a V2 error body into its V1 form.
            timeout: deadline of this call, seconds; default that of the client.
            retry: retry policy of this call.
            fail_on_error_status_code: raise on a non-2xx response.
            request_id: ``X-Request-ID`` of all attempts; default a new one.

        Returns:
            The response. One with an error status too, unless *fail_on_error_status_code* says otherwise, here or in
            the client's options.

        Raises:
            FaaSConfigurationError: an argument cannot work; nothing was sent.
            FaaSInvokeError: no response came; or, with *fail_on_error_status_code*, it was an error. ``delivered`` says
                whether the function may have run.
            FaaSLambdaError: the function failed; only with *fail_on_error_status_code*.
        """
        if unknown:
            raise unknown_argument(self.invoke, unknown)
        call = Invocation(
            lambda_uuid=lambda_uuid,
            event_id=event_id,
            payload=payload,
            headers=headers,
            timestamp=timestamp,
            external_system=external_system,
            lp_event_source=lp_event_source,
            skill_id=skill_id,
            v1_comp_error=v1_comp_error,
            timeout=timeout,
            retry=retry,
            fail_on_error_status_code=fail_on_error_status_code,
            request_id=request_id,
        )
        return step_into(self._operations.invoke, call)

    def is_implemented(
        self,
        *,
        event_id: str,
        external_system: str | None = None,
        lp_event_source: str | None = None,
        skill_id: str | None = None,
        user_id: str | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        fail_on_error_status_code: bool | None = None,
        request_id: str | None = None,
        **unknown: Never,
    ) -> bool:
        """Say whether a productive function listens to an event.

        The answer is kept for ``is_implemented_cache_duration_in_seconds``; a failure is not.

        Args:
            event_id: the event, an `Event` or any other id.
            skill_id: only functions bound to this skill, or to none.
            user_id: V2 only.
            external_system: name of the calling system; *lp_event_source*, the same in the words of V2, wins over it.
            timeout: as for `invoke`, and so are *retry* and *request_id*.
            fail_on_error_status_code: accepted for symmetry; an error status always raises.

        Raises:
            FaaSConfigurationError: an argument cannot work; nothing was sent.
            FaaSIsImplementedError: it could not be found out.
        """
        if unknown:
            raise unknown_argument(self.is_implemented, unknown)
        call = EventQuery(
            event_id=event_id,
            skill_id=skill_id,
            user_id=user_id,
            external_system=external_system,
            lp_event_source=lp_event_source,
            timeout=timeout,
            retry=retry,
            fail_on_error_status_code=fail_on_error_status_code,
            request_id=request_id,
        )
        return step_into(self._operations.is_implemented, call)

    def get_lambdas(
        self,
        *,
        event_id: str | None = None,
        state: str | Sequence[str] | None = None,
        user_id: str | None = None,
        name: str | None = None,
        external_system: str | None = None,
        lp_event_source: str | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        fail_on_error_status_code: bool | None = None,
        request_id: str | None = None,
        **unknown: Never,
    ) -> FunctionList:
        """List the functions of the account, on V1 and on V2.

        LivePerson does not document that client credentials may list; a user's bearer may:
        ``client.with_options(auth_strategy=BearerToken("…")).get_lambdas()``.

        Args:
            event_id: only functions whose event id contains this.
            state: only functions in this state, or in one of these: ``Draft``, ``Productive``, ``Modified``,
                ``Marked Undeployed``. The platform answers 400 to a state that it does not know.
            user_id: the user on whose behalf the list is read.
            name: only functions whose name contains this.
            external_system: name of the calling system; *lp_event_source*, the same in the words of V2, wins over it.
            timeout: as for `invoke`, and so are *retry*, *fail_on_error_status_code* and *request_id*.

        Raises:
            FaaSConfigurationError: an argument cannot work; nothing was sent.
            FaaSGetLambdasError: no response came; or, with *fail_on_error_status_code*, it was an error.
        """
        if unknown:
            raise unknown_argument(self.get_lambdas, unknown)
        call = FunctionQuery(
            event_id=event_id,
            state=state,
            user_id=user_id,
            name=name,
            external_system=external_system,
            lp_event_source=lp_event_source,
            timeout=timeout,
            retry=retry,
            fail_on_error_status_code=fail_on_error_status_code,
            request_id=request_id,
        )
        return step_into(self._operations.get_lambdas, call)

    def get_functions(
        self,
        *,
        event_id: str | None = None,
        state: str | Sequence[str] | None = None,
        user_id: str | None = None,
        function_name: str | None = None,
        external_system: str | None = None,
        lp_event_source: str | None = None,
        timeout: float | None = None,
        retry: RetryPolicy | None = None,
        fail_on_error_status_code: bool | None = None,
        request_id: str | None = None,
        **unknown: Never,
    ) -> FunctionList:
        """List the functions of the account, on V2.

        LivePerson does not document that client credentials may list; a user's bearer may:
        ``client.with_options(auth_strategy=BearerToken("…")).get_functions()``.

        Args:
            event_id: only functions whose event id contains this.
            state: only functions in this state, or in one of these: ``Draft``, ``Productive``, ``Modified``,
                ``Marked Undeployed``. The platform answers 400 to a state that it does not know.
            user_id: the user on whose behalf the list is read.
            function_name: only functions whose name contains this.
            external_system: name of the calling system; *lp_event_source*, the same in the words of V2, wins over it.
            timeout: as for `invoke`, and so are *retry*, *fail_on_error_status_code* and *request_id*.

        Raises:
            FaaSConfigurationError: an argument cannot work; nothing was sent.
            FaaSGetFunctionsError: the account is on V1; no response came; or, with *fail_on_error_status_code*, it was
                an error.
        """
        if unknown:
            raise unknown_argument(self.get_functions, unknown)
        call = FunctionQuery(
            event_id=event_id,
            state=state,
            user_id=user_id,
            name=function_name,
            external_system=external_system,
            lp_event_source=lp_event_source,
            timeout=timeout,
            retry=retry,
            fail_on_error_status_code=fail_on_error_status_code,
            request_id=request_id,
        )
        return step_into(self._operations.get_functions, call)

    @overload
    def invoke_many(
        self,
        invocations: Iterable[Invocation],
        *,
        response: type[Res],
        concurrency: int = ...,
        ordered: bool = ...,
        on_progress: Callable[[int, Outcome[Res | None]], None] | None = ...,
    ) -> Outcomes[Res | None]: ...
    @overload
    def invoke_many(
        self,
        invocations: Iterable[Invocation],
        *,
        response: TypeForm[Res],
        concurrency: int = ...,
        ordered: bool = ...,
        on_progress: Callable[[int, Outcome[Res | None]], None] | None = ...,
    ) -> Outcomes[Res | None]: ...
    @overload
    def invoke_many(
        self,
        invocations: Iterable[Invocation],
        *,
        response: Any = ...,
        concurrency: int = ...,
        ordered: bool = ...,
        on_progress: Callable[[int, Outcome[Any]], None] | None = ...,
    ) -> Outcomes[Any]: ...
    def invoke_many(
        self,
        invocations: Iterable[Invocation],
        *,
        response: Any = None,
        concurrency: int = 10,
        ordered: bool = True,
        on_progress: Callable[[int, Outcome[Any]], None] | None = None,
    ) -> Outcomes[Any]:
        """Run many invocations, some at once; one failure never stops the rest.

        ``for outcome in client.invoke_many(Invocation(lambda_uuid=uuid, payload=order) for order in orders): …``

        No outcome of an invocation that was started is lost. When *invocations* raises, those under way are yielded
        before the exception goes on. When the loop is left early, by ``break``, an exception, Ctrl-C or, with
        `AsyncClient`, by cancellation, nothing more is started, those under way are waited for, and their outcomes are
        told to *on_progress*; without it they become one WARNING with their request ids. A second Ctrl-C or
        cancellation ends the wait at once: what has no outcome yet is told as an error whose ``delivered`` is
        ``"unknown"``. Where the loop may be left, put it into ``with client.invoke_many(…) as outcomes:``, so that the
        wait is over when the block is left.

        Args:
            invocations: read as room becomes free, never ahead of it; with `AsyncClient` also an async iterable.
            response: read each good response as this type, any that pydantic knows, into ``outcome.value``. A response
                that does not fit is the failure of its invocation.
            concurrency: how many run at once, at most. A 429 halves the number; good responses raise it again.
            ordered: yield in the order of *invocations*; otherwise as they end.
            on_progress: called with the number of outcomes so far and the newest; what it raises is logged.

        Returns:
            An iterator of `Outcome`; its ``summary`` counts them.

        Raises:
            FaaSConfigurationError: *concurrency* is no whole number from 1, or *invocations* cannot be read.
        """
        from lpfunctions.adapters.blocking.batch import Outcomes, ThreadsBatch
        from lpfunctions.wiring.batch import check_invocations

        check_invocations(invocations, may_be_async=False)
        batch = self._batch(concurrency, response, on_progress)
        threads = ThreadsBatch(
            lambda job: step_into(batch.work, job),
            invocations,
            concurrency=batch.concurrency,
            ordered=ordered,
            abandon=batch.abandon,
            reporter=batch.reporter,
        )
        return Outcomes(threads.outcomes(), batch.reporter)

    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: type[Req],
        response: type[Res],
    ) -> FunctionHandle[Req, Res]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: TypeForm[Req],
        response: TypeForm[Res],
    ) -> FunctionHandle[Req, Res]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: TypeForm[Req],
        response: Any = ...,
    ) -> FunctionHandle[Req, Any]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: Any = ...,
        response: TypeForm[Res],
    ) -> FunctionHandle[Any, Res]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: Any = ...,
        response: Any = ...,
    ) -> FunctionHandle[Any, Any]: ...
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = None,
        event_id: str | None = None,
        request: Any = Any,
        response: Any = Any,
    ) -> FunctionHandle[Any, Any]:
        """Return a typed handle: ``look_up = client.function(lambda_uuid=…, request=Query, response=Order)``.

        ``look_up(Query(order="A-1001"))`` then is an ``Order``, or raises: an error status always does.

        Args:
            lambda_uuid: the function; exactly one of this and *event_id*.
            event_id: the event; *response* then is a list, such as ``list[EventResult[Order]]``.
            request: type of the payload, any that pydantic knows.
            response: type of the response.
        """
        from lpfunctions.handles import FunctionHandle, target_of

        return FunctionHandle(self.invoke, target_of(lambda_uuid, event_id), request, response)

    def warm_up(self, *, timeout: float | None = None) -> None:
        """Discover the hosts and fetch a token now, so that the first call need not.

        The strategy is asked to authorise ``GET https://<gateway>/``, which is never sent.

        Args:
            timeout: seconds it may take; default that of the client.

        Raises:
            FaaSConfigurationError: *timeout* cannot work, or a host would be spoken to in clear text.
            CSDSFailure, CSDSDomainNotFound: discovery failed.
            FaaSAppJWTAuthenticationError: could not obtain a token.
            FaaSTimeoutError: it took longer than *timeout*.
        """
        step_into(self._operations.warm_up, timeout)

    def close(self) -> None:
        """Close what the client opened; safe to call twice.

        Free connections are closed now. Calls under way end as they would have, retries included, and their
        connections are closed behind them; ``close`` waits for none of them. A later call works, on a connection of
        its own; ``with`` keeps connections again.
        """
        if self._owned is not None:
            self._owned.close()

    def __enter__(self) -> Self:
        if self._owned is not None:
            self._owned.reopen()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()
