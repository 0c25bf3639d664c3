"""What happens, in order: check, resolve, authorise, send, classify.

Knows ports and core; no library, no mode. `AsyncClient` awaits these coroutines; `Client` runs them in one step.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from lpfunctions.core import operation_table
from lpfunctions.core.attempts import worst_delivered
from lpfunctions.core.errors import (
    CSDSDomainNotFound,
    FaaSConfigurationError,
    FaaSError,
    FaaSOperationError,
    FaaSRequestError,
    FaaSTimeoutError,
)
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.core.http.request_headers import header_value
from lpfunctions.core.platform.version import PlatformVersion, platform_version_of
from lpfunctions.core.requests.body import invocation_body
from lpfunctions.core.requests.calls import check_call
from lpfunctions.core.requests.endpoints import Targets
from lpfunctions.core.responses import errors as failures
from lpfunctions.core.responses.function_list import FunctionList
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response, read_implemented
from lpfunctions.core.retries.deadline import Deadline
from lpfunctions.core.retries.send_options import AttemptLog, SendOptions
from lpfunctions.core.telemetry.events import ObservedOperation
from lpfunctions.core.validation import check_timeout

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.operation_table import OperationSpec
    from lpfunctions.core.requests.calls import Call, EventQuery, FunctionQuery, Invocation
    from lpfunctions.core.requests.endpoints import Target
    from lpfunctions.implemented_cache import ImplementedCache, ImplementedKey
    from lpfunctions.ports import (
        AsyncAuthStrategy,
        AsyncClock,
        AsyncDomainResolver,
        Telemetry,
    )
    from lpfunctions.sending import RequestSender

R = TypeVar("R", bound=Response)


class Operations:
    """The operations of one client, over its ports."""

    def __init__(
        self,
        config: ClientConfig,
        *,
        domains: AsyncDomainResolver,
        auth: AsyncAuthStrategy,
        sender: RequestSender,
        implemented_cache: ImplementedCache,
        clock: AsyncClock,
        telemetry: Telemetry,
        new_request_id: Callable[[], str],
    ) -> None:
        self._config = config
        self._targets = Targets(config)
        self._account_id = config.account_id
        self._version = None if config.platform_version is None else PlatformVersion(config.platform_version)
        self._gateway, self._listings = config.gw_csds_service_name, config.ui_csds_service_name
        self._domains = domains
        self._auth = auth
        self._sender = sender
        self._implemented = implemented_cache
        self._clock = clock
        self._monotonic = clock.monotonic
        self._telemetry = telemetry
        self.new_request_id = new_request_id

    async def invoke(self, call: Invocation) -> Response:
        """Run one function, or every function that listens to an event."""
        observed = ObservedOperation(operation_table.INVOKE, call, self._account_id)
        with self._telemetry.operation(observed):
            check_call(call)
            target = self._targets.invocation(call)
            content = invocation_body(call, int(self._clock.now() * 1000))
            response = await self._execute(observed, call, target, Response, content)
            if call.v1_comp_error:
                response.in_v1_form()
            return self._raise_if_asked(call, response)

    async def is_implemented(self, call: EventQuery) -> bool:
        """Whether a productive function listens to an event; remembered for a while."""
        observed = ObservedOperation(operation_table.IS_IMPLEMENTED, call, self._account_id)
        with self._telemetry.operation(observed):
            check_call(call)
            key = (call.event_id, call.skill_id or None, call.user_id or None)
            remembered = self._cached(key)
            observed.from_cache = remembered is not None
            return remembered if remembered is not None else await self._query_implemented(observed, key, call)

    async def get_lambdas(self, call: FunctionQuery) -> FunctionList:
        """List functions, on either version."""
        return await self._list(operation_table.GET_LAMBDAS, call)

    async def get_functions(self, call: FunctionQuery) -> FunctionList:
        """List functions, on V2."""
        return await self._list(operation_table.GET_FUNCTIONS, call)

    async def warm_up(self, timeout_seconds: float | None) -> None:
        """Discover the hosts and have the first call's authorisation ready."""
        if timeout_seconds is not None:
            check_timeout("timeout", timeout_seconds)
        deadline = self._deadline(timeout_seconds, self._monotonic())
        host, _ = await self._resolve(operation_table.INVOKE, deadline)
        remaining = deadline.remaining(self._monotonic())
        await self._auth.authorize(HttpRequest("GET", f"{self._config.protocol}://{host}/", timeout_seconds=remaining))

    def _cached(self, key: ImplementedKey) -> bool | None:
        try:
            return self._implemented.get(key)
        except TypeError:  # an argument that is not hashable is refused by name when the target is built
            return None

    async def _query_implemented(self, observed: ObservedOperation, key: ImplementedKey, call: EventQuery) -> bool:
        target = self._targets.is_implemented(call)
        origin = self._origin(observed.spec, call, target)
        observed.request_id = origin.request_id
        timeout_seconds = self._config.timeout if call.timeout is None else call.timeout

        async def fetch(may_take_seconds: float) -> bool:
            asked = replace(call, timeout=may_take_seconds, request_id=origin.request_id)
            response = await self._execute(observed, asked, target, Response)
            return read_implemented(response.raise_for_status(), origin)

        try:
            return await self._implemented.get_or_fetch(key, fetch, timeout_seconds=timeout_seconds)
        except TimeoutError:
            late = FaaSTimeoutError("the deadline passed while waiting for the response", phase="response")
            raise failures.from_cause(origin, late, ()) from late

    async def _list(self, spec: OperationSpec, call: FunctionQuery) -> FunctionList:
        observed = ObservedOperation(spec, call, self._account_id)
        with self._telemetry.operation(observed):
            check_call(call)
            response = await self._execute(observed, call, self._targets.listing(call), FunctionList)
            return self._raise_if_asked(call, response)

    async def _execute(
        self, observed: ObservedOperation, call: Call, target: Target, shape: type[R], content: bytes | None = None
    ) -> R:
        """Send *content* to *target*, and return the response as *shape*."""
        started = self._monotonic()
        spec, origin = observed.spec, self._origin(observed.spec, call, target)
        deadline, policy = self._deadline(call.timeout, started), call.retry or self._config.retry
        log = AttemptLog()
        observed.request_id, observed.attempts = origin.request_id, log.attempts
        try:
            host, version = await self._resolve(spec, deadline)
            if spec.version is not None and spec.version is not version:
                raise failures.from_version(origin, version, instead=operation_table.GET_LAMBDAS.name)
            options = SendOptions(
                deadline,
                policy,
                spec.idempotent,
                purpose=spec.name,
                template=target.template(version),
                runs_several=target.is_event and version is PlatformVersion.V2,
                joins_trace=True,
                is_observed=observed.is_observed,
            )
            remaining = self._remaining(deadline)
            request = target.request(host, version, origin.request_id, content, remaining)
            classified = await self._sender.send(request, options, log, self._auth)
        except (FaaSConfigurationError, FaaSOperationError):
            raise
        except FaaSError as cause:
            if not isinstance(cause, FaaSRequestError):  # it failed at discovery or at the token endpoint
                log.host = None
            raise failures.from_cause(origin, cause, tuple(log.attempts)) from cause
        finally:
            observed.host = log.host
        response = observed.response = shape(
            origin=origin,
            url=request.url,
            answer=classified.response,
            elapsed=log.ended - started,
            attempts=tuple(log.attempts),
            delivered=worst_delivered(log.attempts),
            retry_after=classified.retry_after,
        )
        return response

    async def _resolve(self, spec: OperationSpec, deadline: Deadline) -> tuple[str, PlatformVersion]:
        """The host that serves *spec*, and the account's version, which only the gateway's host tells."""
        service = self._listings if spec.service == "ui" else self._gateway
        host = await self._domains.resolve(service, timeout_seconds=self._remaining(deadline))
        if self._version is not None:
            return host, self._version
        if service == self._gateway:
            return host, platform_version_of(host)
        try:
            gateway = await self._domains.resolve(self._gateway, timeout_seconds=self._remaining(deadline))
        except CSDSDomainNotFound as missing:
            raise CSDSDomainNotFound(
                f"{missing}; its host tells whether the account is on V1 or V2: name it, or set platform_version",
                service=missing.service,
                known=missing.known,
            ) from missing.__cause__
        return host, platform_version_of(gateway)

    def _remaining(self, deadline: Deadline) -> float:
        remaining = deadline.at - self._monotonic()
        if remaining > 0:
            return remaining
        raise FaaSTimeoutError("the deadline passed during discovery", phase="discovery", delivered="no")

    def _origin(self, spec: OperationSpec, call: Call, target: Target) -> Origin:
        given = call.request_id
        request_id = self.new_request_id() if given is None else header_value("request_id", given)
        return Origin(spec, target.noun, target.name, self._account_id, request_id)

    def _deadline(self, timeout_seconds: float | None, now: float) -> Deadline:
        return Deadline.after(self._config.timeout if timeout_seconds is None else timeout_seconds, now)

    def _raise_if_asked(self, call: Call, response: R) -> R:
        """*response*, unless it is to be raised."""
        fail = call.fail_on_error_status_code
        fail = self._config.fail_on_error_status_code if fail is None else fail
        return response.raise_for_status() if fail else response
