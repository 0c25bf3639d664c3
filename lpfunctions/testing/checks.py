"""What a test may not ask of the kit, refused at once and in a sentence."""

from __future__ import annotations

from typing import TypeGuard

from lpfunctions.core.errors import FaaSConfigurationError


def is_whole(value: object) -> TypeGuard[int]:
    """Is *value* a whole number? True and False are none."""
    return isinstance(value, int) and not isinstance(value, bool)


def check_whole(name: str, value: object) -> None:
    """Refuse what is no count.

    Raises:
        FaaSConfigurationError: *value* is no whole number, or negative.
    """
    if not is_whole(value) or value < 0:
        raise FaaSConfigurationError(f"{name} must be a whole number from 0, not {value!r}")


def check_seconds(name: str, value: object, advice: str = "") -> None:
    """Refuse what is no duration; infinity is one.

    Raises:
        FaaSConfigurationError: *value* is no number, not a number, or negative; *advice* ends the message.
    """
    if not (is_whole(value) or isinstance(value, float)) or not value >= 0:  # NaN is not >= 0
        raise FaaSConfigurationError(f"{name} must be a number of seconds from 0, not {value!r}{advice}")
