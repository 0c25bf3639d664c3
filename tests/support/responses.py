"""Responses to an invocation, as the core makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.core.http.messages import HttpResponse
from lpfunctions.core.operation_table import INVOKE
from lpfunctions.core.responses.origin import Origin
from lpfunctions.core.responses.response import Response

if TYPE_CHECKING:
    from lpfunctions.core.attempts import Attempt


def response_of(status: int, *, request_id: str = "rid", attempts: tuple[Attempt, ...] = ()) -> Response:
    """The response to an invocation of function a1b2 of account 123, with an empty body."""
    origin = Origin(INVOKE, "function", "a1b2", "123", request_id)
    return Response(origin=origin, url="https://gw/a", answer=HttpResponse(status), elapsed=0.1, attempts=attempts)
