"""What is asked of one request over all its attempts, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Attempt
    from lpfunctions.core.retries.deadline import Deadline
    from lpfunctions.core.retries.policy import RetryPolicy


class SendOptions(NamedTuple):
    """What is asked of one request, over all its attempts.

    Attributes:
        deadline: when to give up.
        policy: how often to repeat.
        idempotent: does repeating it change nothing? (RFC 9110 section 9.2.2)
        purpose: what it is made for, in a word.
        template: its path with placeholders for what varies.
        runs_several: can it start several functions, as an event on V2 does?
        joins_trace: is the receiver told of the caller's trace?
        is_observed: does telemetry want to know of its attempts?
        least_pause_seconds: between two attempts, whatever the policy says.
    """

    deadline: Deadline
    policy: RetryPolicy
    idempotent: bool = True
    purpose: str = ""
    template: str = ""
    runs_several: bool = False
    joins_trace: bool = False
    is_observed: bool = True
    least_pause_seconds: float = 0.0


def _no_attempts() -> list[Attempt]:
    return []


@dataclass(slots=True)
class AttemptLog:
    """What became of one request so far.

    Attributes:
        attempts: what became of each attempt.
        host: where the last attempt was sent; None as long as there was none.
        retries: how many attempts were retries.
        acquired: what the last retry took from the budget.
        ended: monotonic time of the end of the last attempt.
    """

    attempts: list[Attempt] = field(default_factory=_no_attempts)
    host: str | None = None
    retries: int = 0
    acquired: int = 0
    ended: float = 0.0
