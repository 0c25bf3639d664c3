"""An error is data: it survives pickle and deepcopy with its facts, and with those causes that are ours."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING, Any, get_args

import pytest

import lpfunctions
from lpfunctions.core import errors
from lpfunctions.core.attempts import Delivered
from lpfunctions.core.errors import (
    CSDSDomainNotFound,
    CSDSFailure,
    FaaSAppJWTAuthenticationError,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSError,
    FaaSGetFunctionsError,
    FaaSGetLambdasError,
    FaaSInvokeError,
    FaaSIsImplementedError,
    FaaSLambdaError,
    FaaSOperationError,
    FaaSRequestError,
    FaaSResponseFormatError,
    FaaSTimeoutError,
    fresh,
    raise_again,
    without_frames,
)
from tests.support.errors import ATTEMPTS, EVERY, facts_of, specimen

if TYPE_CHECKING:
    from collections.abc import Callable


def pickled(error: FaaSError) -> FaaSError:
    copied: FaaSError = pickle.loads(pickle.dumps(error))
    return copied


COPIES = pytest.mark.parametrize("copied", [pickled, copy.deepcopy, copy.copy, fresh], ids=lambda way: way.__name__)
ALL = pytest.mark.parametrize("cls", EVERY, ids=lambda cls: cls.__name__)


def test_the_tree_is_the_documented_one() -> None:
    assert {cls: cls.__bases__ for cls in EVERY} == {
        FaaSError: (Exception,),
        FaaSConfigurationError: (FaaSError, ValueError),
        FaaSOperationError: (FaaSError,),
        FaaSInvokeError: (FaaSOperationError,),
        FaaSLambdaError: (FaaSInvokeError,),
        FaaSIsImplementedError: (FaaSOperationError,),
        FaaSGetLambdasError: (FaaSOperationError,),
        FaaSGetFunctionsError: (FaaSOperationError,),
        FaaSRequestError: (FaaSError,),
        FaaSConnectionError: (FaaSRequestError,),
        FaaSTimeoutError: (FaaSRequestError, TimeoutError),
        FaaSResponseFormatError: (FaaSRequestError,),
        FaaSAppJWTAuthenticationError: (FaaSError,),
        CSDSFailure: (FaaSError,),
        CSDSDomainNotFound: (FaaSError,),
    }


@ALL
def test_every_error_is_public_and_drawn_in_the_tree(cls: type[FaaSError]) -> None:
    assert getattr(lpfunctions, cls.__name__) is cls
    assert cls.__name__ in (errors.__doc__ or "")
    assert cls.__doc__


@ALL
def test_every_error_has_what_a_handler_reads(cls: type[FaaSError]) -> None:
    maker: Any = cls
    required = {"FaaSTimeoutError": {"phase": "connect"}, "CSDSDomainNotFound": {"service": "s"}}.get(cls.__name__, {})
    for error in (specimen(cls), maker("m", **required)):
        assert error.delivered in get_args(Delivered)
        assert isinstance(error.retryable, bool)
        assert isinstance(error.retry_after, float | None)
        assert isinstance(error.status, int | None)
        assert isinstance(error.error_code, str | None)
        assert isinstance(error.request_id, str | None)


@ALL
@COPIES
def test_a_copy_has_the_same_facts(cls: type[FaaSError], copied: Callable[[FaaSError], FaaSError]) -> None:
    error = specimen(cls)
    again = copied(error)
    assert again is not error
    assert type(again) is cls
    assert again.args == error.args
    assert str(again) == "what 'happened' at 100 %"
    assert vars(again) == vars(error)
    for name, value in facts_of(cls).items():
        assert getattr(again, name) == value


@ALL
@COPIES
def test_a_copy_keeps_causes_of_ours(cls: type[FaaSError], copied: Callable[[FaaSError], FaaSError]) -> None:
    error = specimen(cls)
    error.__cause__ = FaaSTimeoutError("late", phase="token")
    error.__cause__.__cause__ = CSDSDomainNotFound("none", service="faasGW")
    again = copied(error)
    assert isinstance(again.__cause__, FaaSTimeoutError)
    assert again.__cause__.phase == "token"
    assert isinstance(again.__cause__.__cause__, CSDSDomainNotFound)
    assert again.__cause__.__cause__.service == "faasGW"


@ALL
@COPIES
def test_a_copy_drops_a_foreign_cause(cls: type[FaaSError], copied: Callable[[FaaSError], FaaSError]) -> None:
    error = specimen(cls)
    error.__cause__ = OSError("a library's own words")
    assert copied(error).__cause__ is None


@ALL
def test_defaults_need_no_more_than_a_message(cls: type[FaaSError]) -> None:
    required = {"FaaSTimeoutError": {"phase": "connect"}, "CSDSDomainNotFound": {"service": "s"}}.get(cls.__name__, {})
    maker: Any = cls
    assert str(maker(**required)) == ""
    assert str(pickled(maker("m", **required))) == "m"


@pytest.mark.parametrize(
    ("error", "delivered", "retryable"),
    [
        (FaaSError(), "no", False),
        (FaaSConfigurationError(), "no", False),
        (FaaSRequestError(), "unknown", True),
        (FaaSConnectionError(), "unknown", True),
        (FaaSTimeoutError(phase="response"), "unknown", True),
        (FaaSResponseFormatError(), "unknown", False),
        (FaaSAppJWTAuthenticationError(), "no", False),
        (CSDSFailure(), "no", False),
        (CSDSDomainNotFound(service="s"), "no", False),
        (FaaSInvokeError(), "unknown", False),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_an_error_says_by_itself(error: FaaSError, delivered: str, retryable: bool) -> None:
    assert (error.delivered, error.retryable, error.retry_after) == (delivered, retryable, None)


@pytest.mark.parametrize(
    ("cls", "operation"),
    [
        (FaaSOperationError, ""),
        (FaaSInvokeError, "invoke"),
        (FaaSLambdaError, "invoke"),
        (FaaSIsImplementedError, "is_implemented"),
        (FaaSGetLambdasError, "get_lambdas"),
        (FaaSGetFunctionsError, "get_functions"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_an_operation_error_names_its_operation(cls: type[FaaSOperationError], operation: str) -> None:
    assert cls.operation == cls("m").operation == operation


def test_retry_count_is_the_attempts_after_the_first() -> None:
    assert FaaSInvokeError().retry_count == 0
    assert FaaSInvokeError(attempts=ATTEMPTS[:1]).retry_count == 0
    assert FaaSInvokeError(attempts=ATTEMPTS).retry_count == 1


def test_caused_by_sets_the_cause_and_returns_the_error() -> None:
    error, cause = FaaSInvokeError("m"), OSError("x")
    assert error.caused_by(cause) is error
    assert error.__cause__ is cause


def test_catching_the_builtin_catches_ours() -> None:
    with pytest.raises(ValueError, match=r"^m$"):
        raise FaaSConfigurationError("m")
    with pytest.raises(TimeoutError, match=r"^m$"):
        raise FaaSTimeoutError("m", phase="backoff")


def test_a_fresh_error_has_no_traceback_and_leaves_the_first_alone() -> None:
    first = CSDSFailure("m", status=500)
    try:
        raise first
    except CSDSFailure:
        traceback = first.__traceback__
    again = fresh(first)
    assert again.__traceback__ is None
    assert first.__traceback__ is traceback is not None
    again.retryable = True
    assert first.retryable is False


def test_raised_again_an_error_keeps_its_cause_and_piles_up_no_traceback() -> None:
    stored = CSDSFailure("m", status=500)
    stored.__cause__ = FaaSConnectionError("refused", delivered="no")
    for _ in range(3):
        with pytest.raises(CSDSFailure, match=r"^m$") as caught:
            raise_again(stored)
        assert caught.value is not stored
        assert caught.value.status == 500
        assert isinstance(caught.value.__cause__, FaaSConnectionError)
    assert stored.__traceback__ is None


def test_attributes_that_a_user_adds_survive() -> None:
    error = FaaSInvokeError("m")
    vars(error)["ticket"] = "T-1"
    assert vars(pickled(error))["ticket"] == "T-1"


def test_without_frames_neither_error_nor_cause_holds_a_frame() -> None:
    def refuse() -> None:
        try:
            raise OSError("refused")  # noqa: TRY301 (its frame is what is looked for)
        except OSError as refused:
            raise CSDSFailure("m") from refused

    with pytest.raises(CSDSFailure) as caught:
        refuse()
    error = caught.value
    cause = error.__cause__
    assert cause is not None
    assert error.__traceback__ is not None
    assert cause.__traceback__ is not None
    assert without_frames(error) is error
    assert error.__cause__ is cause
    assert {each for layer in (error, cause) for each in (layer.__traceback__, layer.__context__)} == {None}
