"""Results as JSON on stdout; whatever else there is to say, on stderr."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from lpfunctions.core.redaction import redact_text

if TYPE_CHECKING:
    from lpfunctions import FaaSError


def show_json(value: Any) -> None:
    """Print *value*, over several lines where a person reads it, and in one where a program does."""
    from pydantic_core import to_json

    indent = 2 if sys.stdout.isatty() else None
    sys.stdout.write(to_json(value, indent=indent, inf_nan_mode="constants", fallback=str).decode() + "\n")


def show_text(text: str) -> None:
    """Print *text*, a result for people, as it is."""
    sys.stdout.write(text)


def tell(text: str) -> None:
    """Say something beside the result."""
    sys.stderr.write(redact_text(text) + "\n")


def tell_failure(failure: FaaSError) -> None:
    """Say what failed, and whether the function may have run."""
    from lpfunctions import FaaSInvokeError, FaaSOperationError

    tell(f"error: {failure}")
    if isinstance(failure, FaaSOperationError):
        if isinstance(failure, FaaSInvokeError):
            said = {"no": "it did not run", "yes": "it ran", "unknown": "it may have run"}[failure.delivered]
            tell(f"  the function: {said}")
        tell(f"  request id: {failure.request_id}")
