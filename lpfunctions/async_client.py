"""`AsyncClient`: one line per operation, awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Never, Self, overload

from lpfunctions.core.requests.calls import (
    EMPTY,
    EventQuery,
    FunctionHeaders,
    FunctionQuery,
    FunctionReference,
    Invocation,
)
from lpfunctions.wiring.aio import build
from lpfunctions.wiring.facade import Facade
from lpfunctions.wiring.options import sort
from lpfunctions.wiring.other_names import unknown_argument

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterable, Sequence
    from typing import Unpack

    from typing_extensions import TypeForm

    from lpfunctions.adapters.aio.batch import AsyncOutcomes
    from lpfunctions.core.batches.outcome import Outcome
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.responses.function_list import FunctionList
    from lpfunctions.core.responses.response import Response
    from lpfunctions.core.retries.policy import RetryPolicy
    from lpfunctions.handles import AsyncFunctionHandle, Req, Res
    from lpfunctions.wiring.aio import Owned
    from lpfunctions.wiring.auth import Authentication
    from lpfunctions.wiring.build import AccountState
    from lpfunctions.wiring.options import AsyncClientOptions, AsyncClientParts


class AsyncClient(Facade):
    """Call LivePerson Functions from a coroutine.

        async with AsyncClient(
            account_id="12345678",
            auth_strategy=ClientCredentials(client_id="…", client_secret="…"),
        ) as client:
            response = await client.invoke(lambda_uuid="8b6f…", payload={"foo": "bar"})
            print(response.raise_for_status().body)

    One client may be shared by any number of tasks.

    Options, operations, results and errors are those of `Client`, with these differences: ``auth_strategy`` may be an
    ``async`` callable; ``session`` is an ``aiohttp.ClientSession``; ``transport`` and ``clock`` are an `AsyncTransport`
    and an `AsyncClock`. One client serves several event loops, one after the other.

    Raises:
        FaaSConfigurationError: an option is unknown, cannot work, or excludes another.
    """

    _owned: Owned | None = None

    def __init__(
        self, *, account_id: str, auth_strategy: Authentication, **options: Unpack[AsyncClientOptions]
    ) -> None:
        config, parts = sort(account_id, options)
        self._build(config, auth_strategy, parts)

    @classmethod
    def from_config(
        cls, config: ClientConfig, *, auth_strategy: Authentication, **parts: Unpack[AsyncClientParts]
    ) -> Self:
        """Make a client of *config* and of *parts*. See `Client.from_config`."""
        return cls._from_config(config, auth_strategy, parts)

    @classmethod
    def from_env(
        cls,
        *,
        account_id: str | None = None,
        auth_strategy: Authentication | None = None,
        **overrides: Unpack[AsyncClientOptions],
    ) -> Self:
        """Make a client from environment variables. See `Client.from_env`."""
        return cls._from_env({"account_id": account_id, "auth_strategy": auth_strategy, **overrides})

    def _build_state(self) -> AccountState:
        state, self._owned = build(self._config, self._parts)
        return state

    async def invoke(
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
        """Run one function by UUID, or every function that listens to an event. See `Client.invoke`."""
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
        return await self._operations.invoke(call)

    async def is_implemented(
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
        """Say whether a productive function listens to an event. See `Client.is_implemented`."""
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
        return await self._operations.is_implemented(call)

    async def get_lambdas(
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
        """List the functions of the account, on V1 and on V2. See `Client.get_lambdas`."""
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
        return await self._operations.get_lambdas(call)

    async def get_functions(
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
        """List the functions of the account, on V2. See `Client.get_functions`."""
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
        return await self._operations.get_functions(call)

    @overload
    def invoke_many(
        self,
        invocations: Iterable[Invocation] | AsyncIterable[Invocation],
        *,
        response: type[Res],
        concurrency: int = ...,
        ordered: bool = ...,
        on_progress: Callable[[int, Outcome[Res | None]], None] | None = ...,
    ) -> AsyncOutcomes[Res | None]: ...
    @overload
    def invoke_many(
        self,
        invocations: Iterable[Invocation] | AsyncIterable[Invocation],
        *,
        response: TypeForm[Res],
        concurrency: int = ...,
        ordered: bool = ...,
        on_progress: Callable[[int, Outcome[Res | None]], None] | None = ...,
    ) -> AsyncOutcomes[Res | None]: ...
    @overload
    def invoke_many(
        self,
        invocations: Iterable[Invocation] | AsyncIterable[Invocation],
        *,
        response: Any = ...,
        concurrency: int = ...,
        ordered: bool = ...,
        on_progress: Callable[[int, Outcome[Any]], None] | None = ...,
    ) -> AsyncOutcomes[Any]: ...
    def invoke_many(
        self,
        invocations: Iterable[Invocation] | AsyncIterable[Invocation],
        *,
        response: Any = None,
        concurrency: int = 10,
        ordered: bool = True,
        on_progress: Callable[[int, Outcome[Any]], None] | None = None,
    ) -> AsyncOutcomes[Any]:
        """Run many invocations, some at once: ``async for outcome in client.invoke_many(…)``. See `Client.invoke_many`.

        A loop that is left early, by cancellation too, waits for the invocations under way; cancelled once more, it
        ends at once. Where it may be left, put it into ``async with client.invoke_many(…) as outcomes:``.
        """
        from lpfunctions.adapters.aio.batch import AsyncOutcomes, TasksBatch
        from lpfunctions.wiring.batch import check_invocations

        check_invocations(invocations, may_be_async=True)
        batch = self._batch(concurrency, response, on_progress)
        tasks = TasksBatch(
            batch.work,
            invocations,
            concurrency=batch.concurrency,
            ordered=ordered,
            abandon=batch.abandon,
            reporter=batch.reporter,
        )
        return AsyncOutcomes(tasks.outcomes(), batch.reporter)

    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: type[Req],
        response: type[Res],
    ) -> AsyncFunctionHandle[Req, Res]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: TypeForm[Req],
        response: TypeForm[Res],
    ) -> AsyncFunctionHandle[Req, Res]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: TypeForm[Req],
        response: Any = ...,
    ) -> AsyncFunctionHandle[Req, Any]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: Any = ...,
        response: TypeForm[Res],
    ) -> AsyncFunctionHandle[Any, Res]: ...
    @overload
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = ...,
        event_id: str | None = ...,
        request: Any = ...,
        response: Any = ...,
    ) -> AsyncFunctionHandle[Any, Any]: ...
    def function(
        self,
        *,
        lambda_uuid: FunctionReference | None = None,
        event_id: str | None = None,
        request: Any = Any,
        response: Any = Any,
    ) -> AsyncFunctionHandle[Any, Any]:
        """Return a typed handle: ``order = await look_up(Query(…))``. See `Client.function`."""
        from lpfunctions.handles import AsyncFunctionHandle, target_of

        return AsyncFunctionHandle(self.invoke, target_of(lambda_uuid, event_id), request, response)

    async def warm_up(self, *, timeout: float | None = None) -> None:
        """Discover the hosts and fetch a token now, so that the first call need not. See `Client.warm_up`."""
        await self._operations.warm_up(timeout)

    async def aclose(self) -> None:
        """Close what the client opened, in the running loop; safe to call twice.

        Free connections are closed now. Calls under way end as they would have, retries included, and their
        connections are closed behind them; ``aclose`` waits for none of them. A later call works, on a connection of
        its own; ``async with`` keeps connections again.
        """
        if self._owned is not None:
            await self._owned.aclose()

    async def __aenter__(self) -> Self:
        if self._owned is not None:
            self._owned.reopen()
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.aclose()
