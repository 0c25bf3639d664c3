"""What became of a call, in one word: what counts, exit codes and reports are keyed by."""

from __future__ import annotations

from typing import Final, Literal

from lpfunctions import (
    FaaSAppJWTAuthenticationError,
    FaaSConfigurationError,
    FaaSConnectionError,
    FaaSError,
    FaaSLambdaError,
    FaaSOperationError,
    FaaSTimeoutError,
)

Kind = Literal["ok", "function", "usage", "platform", "authentication", "network", "unknown"]
"""What became of a call.

``ok``; ``function``: the customer's function failed; ``usage``: an argument that cannot work, nothing was sent;
``platform``: an error status or an unreadable response; ``authentication``: no token, or it was refused;
``network``: no response, or not in time; ``unknown``: the process ended while the call was under way.
"""

KINDS: Final[tuple[Kind, ...]] = ("ok", "function", "usage", "platform", "authentication", "network", "unknown")


def kind_of(failure: FaaSError | None) -> Kind:
    """Return the kind of a call that failed with *failure*; None is ``ok``."""
    if failure is None:
        return "ok"
    if isinstance(failure, FaaSLambdaError):
        return "function"
    causes = _chain(failure)
    if any(isinstance(cause, FaaSConfigurationError) for cause in causes):
        return "usage"
    if any(isinstance(cause, (FaaSConnectionError, FaaSTimeoutError)) for cause in causes):
        return "network"
    if any(isinstance(cause, FaaSAppJWTAuthenticationError) for cause in causes) or _is_refused(failure):
        return "authentication"
    return "platform"


def _is_refused(failure: FaaSError) -> bool:
    return isinstance(failure, FaaSOperationError) and failure.status in {401, 403}


def _chain(failure: BaseException) -> list[BaseException]:
    chain = [failure]
    while (cause := chain[-1].__cause__) is not None and cause not in chain:
        chain.append(cause)
    return chain
