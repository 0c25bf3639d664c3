"""Whose code failed when it was a user's."""

from __future__ import annotations

import pytest

from lpfunctions.core.errors import CSDSFailure, FaaSAppJWTAuthenticationError, FaaSTimeoutError
from lpfunctions.core.user_errors import wrapping_errors_of

CANARY = "canary-7f3a"


def test_what_a_users_code_raises_becomes_an_error_that_names_it() -> None:
    failure = KeyError(CANARY)
    with (
        pytest.raises(FaaSAppJWTAuthenticationError, match=r"^my_callback raised KeyError$") as caught,
        wrapping_errors_of("my_callback"),
    ):
        raise failure
    assert caught.value.__cause__ is failure
    assert CANARY not in str(caught.value)


def test_an_error_of_ours_passes_as_it_is() -> None:
    late = FaaSTimeoutError("late", phase="token")
    with pytest.raises(FaaSTimeoutError) as caught, wrapping_errors_of("my_callback"):
        raise late
    assert caught.value is late


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_stops_the_program_passes(error: type[BaseException]) -> None:
    with pytest.raises(error), wrapping_errors_of("my_callback"):
        raise error


def test_the_error_is_of_the_kind_that_the_failed_step_has() -> None:
    with (
        pytest.raises(CSDSFailure, match=r"^MyResolver\.resolve raised OSError$"),
        wrapping_errors_of("MyResolver.resolve", CSDSFailure),
    ):
        raise OSError
