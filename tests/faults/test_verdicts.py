"""`tests.faults.verdicts` finds what it is there to find: each promise, broken once."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import Any

import pytest

from lpfunctions import FaaSConnectionError, FaaSInvokeError, RetryPolicy
from lpfunctions.core.attempts import Attempt
from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.operation_table import INVOKE
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response
from tests.faults.answers import OWNER, body_for
from tests.faults.callers import Observation
from tests.faults.plan import FAULTS, Call, Round
from tests.faults.server import Truth
from tests.faults.settings import SETTINGS
from tests.faults.verdicts import violations

CALL = Call("me", False, RetryPolicy(), 1.0, 0, (), None)
ONCE, TWICE = (Truth({"me": number}, {"me": [""]}, 0) for number in (1, 2))
NEVER = Truth({}, {"me": ["404"]}, 1)
ATTEMPTS = (Attempt("host", 200, None, "yes", 0.1),)


def answer(
    owner: str | None = "me", *, status: int = 200, delivered: Any = "yes", body: bytes | None = None
) -> Response:
    headers = {} if owner is None else {OWNER.lower(): owner}
    content = body_for("me", 10) if body is None else body
    return Response(
        origin=Origin(INVOKE, "function", "f", "account", "me"),
        url="http://host/",
        answer=HttpResponse(status, "", headers, content),
        elapsed=0.1,
        attempts=ATTEMPTS,
        delivered=delivered,
    )


def failure(delivered: Any = "unknown") -> FaaSInvokeError:
    return FaaSInvokeError("failed", attempts=ATTEMPTS, delivered=delivered).caused_by(FaaSConnectionError("lost"))


def found(result: Any, truth: Truth = ONCE, **changes: Any) -> list[str]:
    """The kinds of violations of a call that came to *result*."""
    told = (
        {"error": result, "response": None}
        if isinstance(result, BaseException)
        else {"response": result, "error": None}
    )
    seen = replace(Observation(CALL, 100.0, 100.5, None, None, 0.0), **told, **changes)
    return [violation.kind for violation in violations(seen, truth, SETTINGS[0], lambda _began, _ended: 0.2)]


def met(name: str, runs: int = 1) -> Truth:
    return Truth({"me": runs}, {"me": [name]}, 1)


@pytest.mark.parametrize(
    ("kinds", "result", "truth", "changes"),
    [
        pytest.param([], answer(), ONCE, {}, id="all is well"),
        pytest.param([], answer(status=404, delivered="no"), NEVER, {}, id="refused"),
        pytest.param(["foreign answer"], answer("somebody else"), ONCE, {}, id="answer to another call"),
        pytest.param(["foreign answer"], answer(None), ONCE, {}, id="answer to nobody"),
        pytest.param(["run too often"], answer(), TWICE, {}, id="run twice"),
        pytest.param(["wrong delivered"], answer(status=404, delivered="no"), ONCE, {}, id="no, and it ran"),
        pytest.param(["wrong delivered"], answer(), Truth({}, {"me": [""]}, 0), {}, id="yes, and it did not run"),
        pytest.param(["late"], answer(), ONCE, {"ended": 101.4}, id="late, and the machine was not"),
        pytest.param([], answer(), ONCE, {"ended": 101.25}, id="late, and so was the machine"),
        pytest.param([], answer(), ONCE, {"ended": 101.4, "waited_seconds": 0.4}, id="late for want of a processor"),
        pytest.param(["hangs"], None, ONCE, {"ended": math.inf}, id="hangs"),
        pytest.param(["wrong error"], ValueError("theirs"), ONCE, {}, id="error of somebody else"),
        pytest.param(["wrong error"], asyncio.CancelledError(), ONCE, {}, id="cancelled by nobody"),
        pytest.param(["wrong result"], failure(), ONCE, {}, id="failure of a good answer"),
        pytest.param(["wrong result"], answer(body=body_for("me", 10)[:-9]), ONCE, {}, id="part of a body"),
        pytest.param(["wrong result"], answer(), met("body cut short"), {}, id="answer out of a part of one"),
        pytest.param(["wrong result"], answer(body=b"<html>"), met("page of a proxy"), {}, id="page for a value"),
        pytest.param([], failure(), met("body cut short"), {}, id="failure of a part"),
        pytest.param([], failure(), met("late answer"), {}, id="failure of what may fail"),
    ],
)
def test_each_broken_promise_is_found(kinds: list[str], result: Any, truth: Truth, changes: dict[str, Any]) -> None:
    assert found(result, truth, **changes) == kinds


def test_a_round_is_drawn_the_same_from_the_same_seed_and_otherwise_from_another() -> None:
    assert Round(1, 5).calls == Round(1, 5).calls
    assert Round(1, 5).calls != Round(2, 5).calls


def test_sixteen_rounds_try_every_setting_and_a_hundred_every_fault() -> None:
    assert {Round(1, number).setting for number in range(16)} == set(SETTINGS)
    assert {name for number in range(100) for call in Round(1, number).calls for name in call.faults} == set(FAULTS)
