"""What became of one invocation among many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self

from lpfunctions.core.errors import raise_again

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from lpfunctions.core.errors import FaaSError
    from lpfunctions.core.requests.calls import Invocation
    from lpfunctions.core.responses.response import Response

    # A bare Outcome is one of anything: only type checkers need to know of the default before Python 3.13.
    T = TypeVar("T", default=Any)
else:
    from typing import TypeVar

    T = TypeVar("T")


class _Triple(NamedTuple):
    invocation: Invocation
    response: Response | None
    error: FaaSError | None


class Outcome(_Triple, Generic[T]):
    """One invocation of ``invoke_many`` and what became of it: exactly one of *response* and *error*.

    It unpacks into these three: ``invocation, response, error = outcome``. ``Outcome[Order | None]`` is one whose
    `value` is an ``Order``, or None.

    Attributes:
        invocation: what was asked.
        response: the response, an error status included.
        error: why there is none; or, with ``response=`` of ``invoke_many``, that the response has another shape.
        index: its place among the invocations, from 0.
    """

    index: int  # type: ignore[assignment]  # hides tuple.index, which nobody needs here
    _parsed: tuple[T] | None

    def __new__(
        cls,
        invocation: Invocation,
        response: Response | None,
        error: FaaSError | None,
        *,
        index: int = 0,
        parsed: tuple[T] | None = None,
    ) -> Self:
        """Make one; *parsed* holds the body as the type that was asked for."""
        self = super().__new__(cls, invocation, response, error)
        self.index = index
        self._parsed = parsed
        return self

    @property
    def tag(self) -> Any:
        """The ``tag`` of the invocation."""
        return getattr(self.invocation, "tag", None)

    @property
    def value(self) -> T:
        """The body, as the type that ``response=`` of ``invoke_many`` names; None if the invocation failed."""
        if self._parsed is not None:
            return self._parsed[0]
        body: Any = self.response.body if self.response is not None and self.response.ok else None
        return body  # type: ignore[no-any-return]  # what T is of an outcome, None is among

    @property
    def ok(self) -> bool:
        """Did a response with a status of 200 to 299 come, and of the type that was asked for?"""
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
