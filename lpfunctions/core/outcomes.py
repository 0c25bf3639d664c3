"""What became of one invocation among many."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lpfunctions.core.errors import raise_again

if TYPE_CHECKING:
    from lpfunctions.core.calls import Invocation
    from lpfunctions.core.errors import FaaSError
    from lpfunctions.core.responses import Response


class Outcome(NamedTuple):
    """One invocation of ``invoke_many`` and what became of it: exactly one of *response* and *error*.

    Attributes:
        invocation: what was asked.
        response: the answer, an error status included.
        error: why there is none.
    """

    invocation: Invocation
    response: Response | None
    error: FaaSError | None

    @property
    def ok(self) -> bool:
        """Did an answer with a status of 200 to 299 come?"""
        return self.response is not None and self.response.ok

    @property
    def failure(self) -> FaaSError | None:
        """Why it is not `ok`: *error*, or what an error status means; None if it went well."""
        return self.error if self.response is None else self.response.error

    def unwrap(self) -> Response:
        """Return the response, or raise the error that an error status or a failure means."""
        if self.error is not None:
            raise_again(self.error)
        assert self.response is not None  # noqa: S101 (exactly one of the two is there)
        return self.response.raise_for_status()
