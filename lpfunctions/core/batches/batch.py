"""The mode-neutral part of ``invoke_many``: one job for each invocation, and telling what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.batches.summary import Tally
from lpfunctions.core.interrupts import ignoring_failures, raise_if_of_signal_handler

if TYPE_CHECKING:
    from lpfunctions.core.batches.outcome import Outcome
    from lpfunctions.core.batches.summary import BatchSummary
    from lpfunctions.core.requests.calls import Invocation

    OnProgress = Callable[[int, Outcome[Any]], None]

_MOST_IDS: Final = 100
"""So many request ids fit into one warning."""


def _no_claims() -> list[str]:
    return []


@dataclass(slots=True, eq=False)
class Job:
    """One invocation of a batch, on its way.

    Attributes:
        index: its place among the invocations, from 0.
        call: the invocation.
        number: its number for `AdaptiveConcurrency`.
        request_id: ``X-Request-ID`` of all its attempts; None until it is known.
        outcome: what became of it; None while it is under way.
        seconds: how long it took.
        rank: the order in which jobs end.
        is_counted: is its outcome part of the summary?
        is_told: has somebody heard of its outcome?
    """

    index: int
    call: Invocation
    number: int
    request_id: str | None = None
    outcome: Outcome[Any] | None = None
    seconds: float = 0.0
    rank: int = 0
    is_counted: bool = False
    is_told: bool = False
    _claims: list[str] = field(default_factory=_no_claims)

    def start(self) -> bool:
        """May it be run? Asked once, by whoever is about to run it."""
        return self._claim("start")

    def drop(self) -> bool:
        """See to it that it is not run; False if it was started before. May be asked again."""
        return self._claim("drop")

    def _claim(self, purpose: str) -> bool:
        # Appending is atomic, and takes no lock that an interrupt could leave behind: the first one counts.
        self._claims.append(purpose)
        return self._claims[0] == purpose


class Reporter:
    """Tell ``on_progress`` of outcomes, count them, and warn of those that nobody heard of.

    Args:
        on_progress: the user's, called with the number of outcomes so far and the newest.
        abandon: makes the outcome of a job that nobody waits for any longer.
        warn: logs a line with fields.
    """

    def __init__(
        self,
        on_progress: OnProgress | None,
        abandon: Callable[[Job], Outcome[Any]],
        warn: Callable[..., object],
    ) -> None:
        self._on_progress = on_progress
        self._abandon = abandon
        self._warn = warn
        self._has_warned = False
        self._tally = Tally()

    @property
    def summary(self) -> BatchSummary:
        """The outcomes so far, in numbers."""
        return self._tally.summary()

    def tell(self, job: Job, outcome: Outcome[Any]) -> None:
        """Count *outcome*, and tell ``on_progress``."""
        if not job.is_counted:
            job.is_counted = True
            self._tally.add(outcome, job.seconds)
        if self._on_progress is None:
            return
        try:
            self._on_progress(self._tally.total, outcome)
        except Exception as failure:  # noqa: BLE001 (a hook never ends a batch)
            raise_if_of_signal_handler(failure)
            self._complain(failure)
        job.is_told = True

    def tell_rest(self, jobs: Iterable[Job]) -> None:
        """Tell of those of *jobs* whose outcomes nobody heard of: to ``on_progress``, or in one warning.

        When it was interrupted, it may be called again.
        """
        left = [(job, job.outcome or self._abandon(job)) for job in jobs if not job.is_told]
        for job, outcome in left:
            self.tell(job, outcome)
        if left and self._on_progress is None:
            self._warn_of(left)
            for job, _ in left:
                job.is_told = True

    def _warn_of(self, left: list[tuple[Job, Outcome[Any]]]) -> None:
        shown = [f"{_request_id(job, outcome)} {_in_words(outcome)}" for job, outcome in left[:_MOST_IDS]]
        with ignoring_failures():  # a logger of the user's
            self._warn(
                f"invoke_many ended early, and {len(left)} outcomes were not read: {', '.join(shown)}",
                request_ids=[_request_id(job, outcome) for job, outcome in left],
            )

    def _complain(self, failure: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            with ignoring_failures():  # a logger of the user's
                self._warn(f"on_progress raised {type(failure).__name__}; invoke_many goes on", exc_info=failure)


def _request_id(job: Job, outcome: Outcome[Any]) -> str | None:
    return job.request_id if outcome.response is None else outcome.response.request_id


def _in_words(outcome: Outcome[Any]) -> str:
    failure = outcome.failure
    return "ok" if failure is None else f'{type(failure).__name__} (delivered "{failure.delivered}")'
