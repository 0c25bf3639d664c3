"""Assertions about every failed operation."""

from __future__ import annotations

import copy
import pickle
from typing import TYPE_CHECKING

from lpfunctions import FaaSConfigurationError, FaaSError, FaaSOperationError

if TYPE_CHECKING:
    from collections.abc import Callable

SECRET = "s3cr3t-t0k3n-0f-ours"


def outcome_of(call: Callable[[], object]) -> object:
    """What *call* returns, or an error of ours that is fit to be shown; anything else fails the test."""
    try:
        return call()
    except FaaSError as error:
        return examined(error)


def examined(error: FaaSError) -> FaaSError:
    """*error*, which may be shown to anybody, and sent anywhere."""
    assert isinstance(error, FaaSOperationError | FaaSConfigurationError), repr(error)
    message = str(error)
    assert message
    assert message.isprintable(), message
    assert len(message) < 2000, message
    assert SECRET not in message
    assert error.retry_after is None or 0 <= error.retry_after <= 7 * 24 * 3600
    assert str(pickle.loads(pickle.dumps(error))) == message
    assert str(copy.deepcopy(error)) == message
    return error
