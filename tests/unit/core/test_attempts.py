"""Over all attempts of a call, the one that may have run the function counts."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import pytest

from lpfunctions.core import operation_table
from lpfunctions.core.attempts import Attempt, worst_delivered
from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSConnectionError
from lpfunctions.core.responses.errors import from_cause
from lpfunctions.core.responses.origin import Origin

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Delivered

ORIGIN = Origin(operation_table.INVOKE, "function", "a1b2", "12345678", "rid")


def attempts(*delivered: Delivered) -> tuple[Attempt, ...]:
    return tuple(Attempt("gw.example", None, "FaaSConnectionError", each, 0.1) for each in delivered)


@pytest.mark.parametrize(
    ("each", "worst"),
    [
        pytest.param(["no"], "no", id="no"),
        pytest.param(["no", "no"], "no", id="no-twice"),
        pytest.param(["no", "unknown", "no"], "unknown", id="unknown-among-no"),
        pytest.param(["unknown", "yes"], "yes", id="yes-after-unknown"),
        pytest.param(["no", "yes"], "yes", id="yes-after-no"),
    ],
)
def test_the_worst_attempt_decides_whatever_the_order(each: list[Delivered], worst: Delivered) -> None:
    assert {worst_delivered(attempts(*order)) for order in permutations(each)} == {worst}


def test_without_an_attempt_nothing_was_delivered() -> None:
    assert worst_delivered(()) == "no"


def test_an_attempt_that_may_have_run_is_not_forgotten_when_a_later_one_was_refused() -> None:
    error = from_cause(ORIGIN, FaaSConnectionError("refused", delivered="no"), attempts("unknown", "no"))
    assert error.delivered == "unknown"
    assert "the function may have run" in str(error)


def test_an_attempt_that_may_have_run_is_not_forgotten_when_no_token_was_had_later() -> None:
    assert from_cause(ORIGIN, FaaSAppJWTAuthenticationError("no token"), attempts("unknown")).delivered == "unknown"


def test_a_cause_that_no_attempt_shows_counts_too() -> None:
    error = from_cause(ORIGIN, FaaSConnectionError("reset", delivered="unknown"), attempts("no"))
    assert error.delivered == "unknown"
