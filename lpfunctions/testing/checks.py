"""Validation of the arguments of the test kit."""

from __future__ import annotations

from typing import TypeGuard

from lpfunctions.core.errors import FaaSConfigurationError


def is_whole(value: object) -> TypeGuard[int]:
    """Return whether *value* is an integer; True and False are not."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_whole(name: str, value: object) -> None:
    """Check that *value* is a count.

    Raises:
        FaaSConfigurationError: *value* is no whole number, or negative.
    """
    if not is_whole(value) or value < 0:
        raise FaaSConfigurationError(f"{name} must be a whole number from 0, not {value!r}")


def check_seconds(name: str, value: object, advice: str = "") -> None:
    """Check that *value* is a duration in seconds; infinity is one.

    Raises:
        FaaSConfigurationError: *value* is no number, not a number, or negative; *advice* ends the message.
    """
    if not (is_whole(value) or isinstance(value, float)) or not value >= 0:  # NaN is not >= 0
        raise FaaSConfigurationError(f"{name} must be a number of seconds from 0, not {value!r}{advice}")
