"""What ``invoke_many`` of both clients shares: its checks, and what runs one job."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from lpfunctions.core.batches.batch import Reporter
from lpfunctions.core.batches.concurrency import THROTTLED, AdaptiveConcurrency
from lpfunctions.core.batches.outcome import Outcome
from lpfunctions.core.errors import FaaSConfigurationError, FaaSError
from lpfunctions.core.interrupts import raise_if_of_signal_handler
from lpfunctions.core.requests.calls import Invocation
from lpfunctions.core.responses import errors as failures
from lpfunctions.core.responses.validation import adapter_of
from lpfunctions.core.validation import check_count, check_type
from lpfunctions.wiring.dependencies import check_plain_function

if TYPE_CHECKING:
    from collections.abc import Callable

    from lpfunctions.adapters.telemetry.logger import Logger
    from lpfunctions.core.batches.batch import Job, OnProgress
    from lpfunctions.core.responses.response import Response
    from lpfunctions.operations import Operations


def check_invocations(invocations: object, *, may_be_async: bool) -> None:
    """Refuse what cannot be read.

    Raises:
        FaaSConfigurationError: says what is needed instead.
    """
    if isinstance(invocations, AsyncIterable) and not may_be_async:
        raise FaaSConfigurationError("invocations is an async iterable: use AsyncClient, or a plain iterable")
    if not isinstance(invocations, Iterable | AsyncIterable):
        raise FaaSConfigurationError(f"invocations must be an iterable, not {type(invocations).__name__}")


class Batch:
    """One call of ``invoke_many``.

    Args:
        operations: of the client.
        logger: of the client.
        account_id: of the client.
        monotonic: tells the time, seconds.
        concurrency, on_progress: as the user gave them.
        shape: what each response is read as; None to leave it as it is.

    Attributes:
        concurrency: how many may run at once.
        abandon: makes the outcome of a job whose end is not waited for.
        reporter: told of each outcome.

    Raises:
        FaaSConfigurationError: an argument cannot work.
    """

    def __init__(
        self,
        operations: Operations,
        *,
        logger: Logger,
        account_id: str,
        monotonic: Callable[[], float],
        concurrency: int,
        shape: Any,
        on_progress: OnProgress | None,
    ) -> None:
        check_count("concurrency", concurrency)
        if on_progress is not None:
            check_plain_function("on_progress", on_progress)
        if shape is not None:
            adapter_of(shape)  # a type that cannot work is refused now, and not when functions have run
        self.concurrency: AdaptiveConcurrency = AdaptiveConcurrency(concurrency)
        self.abandon: Callable[[Job], Outcome[Any]] = partial(_abandoned, account_id)
        self.reporter: Reporter = Reporter(on_progress, self.abandon, logger.warning)
        self._operations = operations
        self._account_id = account_id
        self._now = monotonic
        self._shape = shape

    async def work(self, job: Job) -> Outcome[Any]:
        """Run *job*; what goes wrong is its outcome."""
        started = self._now()
        try:
            outcome = await self._outcome(job)
        except FaaSError as failure:
            outcome = Outcome(job.call, None, failure, index=job.index)
        except Exception as failure:  # noqa: BLE001 (one failure never stops the rest)
            raise_if_of_signal_handler(failure)
            error = failures.from_unexpected(job.call, self._account_id, job.request_id, failure)
            outcome = Outcome(job.call, None, error, index=job.index)
        job.seconds = self._now() - started
        self.concurrency.ended(job.number, throttled=_was_throttled(outcome))
        return outcome

    async def _outcome(self, job: Job) -> Outcome[Any]:
        call = job.call
        check_type("invocations", call, Invocation)
        if call.request_id is None:
            # Known before it is sent, for an outcome that nobody waits for.
            job.request_id = self._operations.new_request_id()
            response = await self._operations.invoke(replace(call, request_id=job.request_id))
        else:
            job.request_id = call.request_id
            response = await self._operations.invoke(call)
        return Outcome(call, response, None, index=job.index, parsed=self._parsed(response))

    def _parsed(self, response: Response) -> tuple[Any] | None:
        return (response.parse(self._shape),) if self._shape is not None and response.ok else None


def _abandoned(account_id: str, job: Job) -> Outcome[Any]:
    error = failures.from_abandoned(job.call, account_id, job.request_id)
    return Outcome(job.call, None, error, index=job.index)


def _was_throttled(outcome: Outcome[Any]) -> bool:
    attempts = getattr(outcome.response or outcome.error, "attempts", ())
    return any(attempt.status == THROTTLED for attempt in attempts)
