"""Assertions about failures: an error of ours, in time, that shows nothing of what was sent."""

from __future__ import annotations

import time
import traceback
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from lpfunctions.core.errors import FaaSError, FaaSRequestError, FaaSTimeoutError
from lpfunctions.core.http.messages import HttpRequest
from lpfunctions.testing.contracts.support.lateness import MachineLateness

if TYPE_CHECKING:
    from collections.abc import Generator

    from lpfunctions.core.attempts import Delivered, Phase
    from lpfunctions.testing.contracts.support.harness import Sender

AMPLE: Final = 5.0
"""Seconds; more than any passing test needs."""

SHORT: Final = 0.25
"""Seconds of a deadline that a test lets pass."""

GRACE: Final = 0.1
"""Seconds by which a deadline may be exceeded."""

SECRET: Final = "s3cr3t-4uth0r1zat10n"  # noqa: S105 (planted, and searched for)


def get(url: str, timeout_seconds: float = AMPLE) -> HttpRequest:
    """A GET that carries a planted secret."""
    return HttpRequest("GET", url, {"Authorization": f"Bearer {SECRET}"}, None, timeout_seconds)


def post(url: str, content: bytes = b"{}", timeout_seconds: float = AMPLE) -> HttpRequest:
    """A POST that carries a planted secret."""
    return get(url, timeout_seconds)._replace(method="POST", content=content)


@contextmanager
def within(seconds: float) -> Generator[None]:
    """Fail when the block takes longer than *seconds* plus the delay that the machine itself caused meanwhile."""
    with MachineLateness() as machine:
        started = time.monotonic()
        yield
        took, late = time.monotonic() - started, machine.seconds
    assert took <= seconds + late, f"took {took:.3f} s, allowed are {seconds:.3f} s and {late:.3f} s of a busy machine"


def content_or_failure(sender: Sender, request: HttpRequest) -> bytes:
    """Send *request* and return the body of the response; an empty one if it failed with an error of the port."""
    try:
        return sender.send(request).content
    except FaaSRequestError:
        return b""


def assert_told(error: FaaSError, *, delivered: Delivered, because: str, phase: Phase | None = None) -> None:
    """Assert that *error* tells what the port asks for, *because* of what the server or the test did."""
    told = f"{type(error).__name__} told {error.delivered!r}: {error}"
    assert error.delivered == delivered, f"the port asks for delivered={delivered!r} here, because {because}; {told}"
    if phase is not None:
        found = getattr(error, "phase", None)
        assert found == phase, f"the port asks for phase={phase!r} here, because {because}; it is {found!r}"


def failure_of(sender: Sender, request: HttpRequest) -> FaaSRequestError:
    """Send *request*, which must fail with an error of the port that shows no secret; return the error."""
    with within(min(request.timeout_seconds, AMPLE) + GRACE), pytest.raises(FaaSRequestError) as caught:
        sender.send(request)
    _assert_discreet(caught.value)
    return caught.value


def timeout_of(sender: Sender, request: HttpRequest) -> FaaSTimeoutError:
    """Send *request*, which must time out, neither early nor late; return the error."""
    started = time.monotonic()
    error = failure_of(sender, request)
    assert isinstance(error, FaaSTimeoutError), repr(error)
    assert time.monotonic() - started >= request.timeout_seconds * 0.9, "gave up too early"
    return error


def timeout_once_sent(sender: Sender, request: HttpRequest) -> FaaSTimeoutError:
    """Send *request*, which must time out after it was sent; return the error.

    A machine that is busy with other things may spend the whole time on connecting. Then more time is given.
    """
    error = timeout_of(sender, request)
    for _ in range(4):
        if error.phase == "response":
            break
        request = request._replace(timeout_seconds=request.timeout_seconds * 2)
        error = timeout_of(sender, request)
    return error


def _assert_discreet(error: FaaSRequestError) -> None:
    assert error.__cause__ is None, f"chained: {error.__cause__!r}"
    assert error.__context__ is None or error.__suppress_context__, f"chained: {error.__context__!r}"
    assert not hasattr(error, "request")
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(vars(error))
    assert SECRET not in shown
    assert str(error), "an error says what happened"
