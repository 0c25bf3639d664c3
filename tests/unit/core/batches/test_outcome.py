"""What became of one invocation among many."""

from __future__ import annotations

import pytest

from lpfunctions.core.batches.outcome import Outcome
from lpfunctions.core.errors import FaaSInvokeError
from lpfunctions.core.requests.calls import Invocation
from tests.support.responses import response_of

CALL = Invocation(lambda_uuid="a1b2")


def test_a_good_answer_is_unwrapped() -> None:
    answer = response_of(200)
    outcome = Outcome(CALL, answer, None)
    assert outcome.ok
    assert outcome.unwrap() is answer


def test_an_error_status_is_no_good_answer_and_raises() -> None:
    outcome = Outcome(CALL, response_of(404), None)
    assert not outcome.ok
    with pytest.raises(FaaSInvokeError, match=r"404"):
        outcome.unwrap()


def test_a_failure_raises_what_it_was() -> None:
    error = FaaSInvokeError("m")
    outcome = Outcome(CALL, None, error)
    assert not outcome.ok
    with pytest.raises(FaaSInvokeError, match=r"^m$"):
        outcome.unwrap()
    assert error.__traceback__ is None, "a stored error must not collect the tracebacks of those who raise it"
