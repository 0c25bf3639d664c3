"""What was promised, held against what happened. Pure."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING, Final, NamedTuple

from lpfunctions import FaaSInvokeError, FaaSRequestError, FaaSTimeoutError, FailedResponse, Response
from tests.faults.answers import OWNER, is_whole
from tests.faults.plan import FAULTS, NO_FAULT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.callers import Observation
    from tests.faults.exchange import Result
    from tests.faults.server import Truth
    from tests.faults.settings import Setting

GRACE_SECONDS: Final = 0.1
"""By how much a call may outlast its deadline."""

KINDS: Final = ("foreign answer", "run too often", "wrong delivered", "late", "hangs", "wrong result", "wrong error")


class Violation(NamedTuple):
    """A promise that was not kept.

    Attributes:
        kind: which, one of `KINDS`.
        text: what was seen.
    """

    kind: str
    text: str


def violations(
    seen: Observation, truth: Truth, setting: Setting, timer_late: Callable[[float, float], float]
) -> Iterator[Violation]:
    """All promises that *seen* breaks; *timer_late* tells how much time a plain timer lost between two moments."""
    if not _is_bound_by_bytes(seen, truth, setting):
        yield from _in_time(seen, timer_late)
    yield from _own_errors(seen, setting)
    yield from _own_answer(seen)
    yield from _runs(seen, truth)
    yield from _delivered(seen, truth)
    yield from _result(seen, truth, setting)


def _in_time(seen: Observation, timer_late: Callable[[float, float], float]) -> Iterator[Violation]:
    if seen.ended == math.inf:
        yield Violation("hangs", f"{seen.call} has not ended")
        return
    late = seen.ended - seen.began - seen.call.timeout_seconds
    # Each says of another process how long this machine kept it waiting; on an idle one both are nothing.
    if late > GRACE_SECONDS + timer_late(seen.began, seen.ended) + seen.waited_seconds:
        yield Violation("late", f"{seen.call} ended {late:.3f} s after its deadline: {seen.error or seen.response!r}")


def _is_bound_by_bytes(seen: Observation, truth: Truth, setting: Setting) -> bool:
    met = (FAULTS[name] for name in truth.played.get(seen.call.owner, ()) if name)
    return seen.ended < math.inf and setting.own_session and not setting.is_async and any(one.drips for one in met)


def _own_errors(seen: Observation, setting: Setting) -> Iterator[Violation]:
    error = seen.error
    was_cancelled = isinstance(error, asyncio.CancelledError) and seen.call.cancel_after_seconds is not None
    if error is not None and not isinstance(error, FaaSInvokeError) and not (setting.is_async and was_cancelled):
        yield Violation("wrong error", f"{seen.call} raised {error!r}")


def _own_answer(seen: Observation) -> Iterator[Violation]:
    response = _response(seen)
    if response is None:
        return
    owner = response.headers.get(OWNER)
    if owner is None:
        yield Violation("foreign answer", f"{seen.call} got an answer that names nobody: {response!r}")
    elif owner != seen.call.owner:
        yield Violation("foreign answer", f"{seen.call} got the answer to {owner}")


def _runs(seen: Observation, truth: Truth) -> Iterator[Violation]:
    policy = seen.call.policy
    allowed = policy.max_retries + 1 if policy.retry_unknown else 1
    runs = truth.runs.get(seen.call.owner, 0)
    if runs > allowed:
        yield Violation("run too often", f"{seen.call} ran {runs} times, allowed are {allowed}")


def _delivered(seen: Observation, truth: Truth) -> Iterator[Violation]:
    told = seen.response or seen.error
    if not isinstance(told, (Response, FaaSInvokeError)):
        return
    runs = truth.runs.get(seen.call.owner, 0)
    if (told.delivered == "no" and runs) or (told.delivered == "yes" and not runs):
        played = ", ".join(truth.played.get(seen.call.owner, ()))
        yield Violation("wrong delivered", f"{seen.call}: {told.delivered!r}, ran {runs} times ({played}): {told!r}")


def _result(seen: Observation, truth: Truth, setting: Setting) -> Iterator[Violation]:
    played = truth.played.get(seen.call.owner, [])
    told = seen.response or seen.error
    if not isinstance(told, (Response, FaaSInvokeError)) or len(told.attempts) != len(played) or not played:
        return  # an attempt did not come as far as the fault that was meant for it
    fault = FAULTS.get(played[-1], NO_FAULT)
    wrong = _wrong(told, fault.result_for(setting), fault.content, seen.call.owner)
    if wrong is not None:
        yield Violation("wrong result", f"{seen.call}: {fault.name!r} {wrong}: {told!r}")


def _wrong(told: Response | FaaSInvokeError, result: Result, content: bytes | None, owner: str) -> str | None:
    """What is wrong with what was *told* of a fault that is to have this *result*, in words; None for nothing."""
    response = told if isinstance(told, Response) else told.response
    if response is None:
        cause = told.__cause__ if isinstance(told, FaaSInvokeError) else None
        is_its_own = isinstance(cause, FaaSRequestError) and not isinstance(cause, FaaSTimeoutError)
        return "was a failure" if result == "answer" and is_its_own else None
    if result == "failure":
        return "was taken for an answer"
    if result == "no value":
        return "was taken for a value" if response.ok else None
    if result == "either" or response.content == content or is_whole(response.content, owner):
        return None
    return "was taken for another answer"


def _response(seen: Observation) -> FailedResponse | None:
    if seen.response is not None:
        return seen.response
    return seen.error.response if isinstance(seen.error, FaaSInvokeError) else None
