"""What a `MetricCollector` is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final

from lpfunctions.core.operation_table import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.core.telemetry.events import ObservedOperation

UNRESOLVED: Final = "unresolved"
"""The domain of an operation of which no request was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InvocationMetricData:
    """One operation, finished. It holds no payload, no token and no secret; its pickle neither.

    Attributes:
        account_id: the account.
        request_duration_in_millis: from the call of the client's method to its end, all attempts and pauses included;
            milliseconds, with fractions.
        domain: the host that was asked; ``"unresolved"`` when no request of this operation was sent: discovery or the
            token failed, the answer was remembered, or another call of the same client got it at the same time.
        external_system: what the caller passed.
        lp_event_source: what the caller passed; *external_system* when it was left out.
        user_id: what the caller passed.
        event: the event id, if the operation is about one.
        uuid: the function's UUID, if it is about one.
        status_code: HTTP status of the platform's last response to this operation, good or bad; None when there was
            none. That of discovery or the token endpoint is ``error.__cause__.status``.
        error: what the operation failed with, error statuses included, whether it was raised or returned; None if it
            went well. Its class tells a `FaaSLambdaError` from a fault of the platform.
        from_cache: was the answer remembered?
        skill_id: what the caller passed.
        retry_count: how many attempts followed the first.
    """

    account_id: str
    request_duration_in_millis: float
    domain: str = UNRESOLVED
    external_system: str | None = None
    lp_event_source: str | None = None
    user_id: str | None = None
    event: str | None = None
    uuid: str | None = None
    status_code: int | None = None
    error: BaseException | None = None
    from_cache: bool = False
    skill_id: str | None = None
    retry_count: int = 0


def metric_data(operation: ObservedOperation) -> InvocationMetricData:
    """What a collector is given of *operation*."""
    call = operation.call
    return InvocationMetricData(
        account_id=operation.account_id,
        request_duration_in_millis=operation.duration_seconds * 1000,
        domain=operation.host or UNRESOLVED,
        external_system=call.external_system,
        lp_event_source=call.lp_event_source or call.external_system,
        user_id=getattr(call, "user_id", None),
        event=getattr(call, "event_id", None),
        uuid=getattr(call, "lambda_uuid", None),
        status_code=operation.status,
        error=operation.error,
        from_cache=operation.from_cache,
        skill_id=getattr(call, "skill_id", None),
        retry_count=operation.retry_count,
    )


class EveryOperation:
    """The hooks of a `MetricCollector`, one for each operation: all of them call `record`."""

    def record(self, operation: str, data: InvocationMetricData) -> None:
        """Take note of *operation*, which has ended."""
        raise NotImplementedError

    def on_invoke(self, data: InvocationMetricData) -> None:
        """Take note of an ``invoke``."""
        self.record("invoke", data)

    def on_is_implemented(self, data: InvocationMetricData) -> None:
        """Take note of an ``is_implemented``."""
        self.record("is_implemented", data)

    def on_get_lambdas(self, data: InvocationMetricData) -> None:
        """Take note of a ``get_lambdas``."""
        self.record("get_lambdas", data)

    def on_get_functions(self, data: InvocationMetricData) -> None:
        """Take note of a ``get_functions``."""
        self.record("get_functions", data)

    def __getattr__(self, name: str) -> Callable[[InvocationMetricData], None]:
        """The hook of an operation that is no part of `MetricCollector`."""
        for operation in OPERATIONS:
            if operation.hook == name:
                return partial(self.record, operation.name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
