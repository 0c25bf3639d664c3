"""What an operation returns."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Self, TypeVar, cast, overload

from lpfunctions.core.errors import FaaSConfigurationError, FaaSResponseFormatError
from lpfunctions.core.http.body import (
    claims_html_or_json,
    json_bytes,
    json_object,
    read_body,
    read_if_possible,
)
from lpfunctions.core.http.response_headers import Headers
from lpfunctions.core.redaction import one_line
from lpfunctions.core.responses import errors as failures
from lpfunctions.core.responses.validation import validate

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from lpfunctions.core.attempts import Attempt, Delivered
    from lpfunctions.core.errors import FaaSOperationError
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.core.responses.origin import Origin

T = TypeVar("T")


class _Body(Enum):
    # An Enum, because its members keep their identity through a pickle.
    UNREAD = "unread"


_UNREAD: Final = _Body.UNREAD


class Response:
    """The platform's response to one call. Its repr shows no body.

    Attributes:
        url: the URL exactly as it was sent.
        status: the status code; 901 when the customer's function failed.
        reason: the reason phrase.
        headers: response headers, in any spelling of their names.
        content: the body as bytes, content-coding removed.
        request_id: the ``X-Request-ID`` of all attempts.
        elapsed: seconds from the start of the call to this response.
        attempts: what became of each attempt, oldest first; the last one brought this response.
        delivered: may the function have run?
        retry_after: seconds that the server asked to wait, or None.
    """

    __slots__ = (
        "_body",
        "_delivered",
        "_is_json",
        "_is_turned",
        "_origin",
        "attempts",
        "content",
        "elapsed",
        "headers",
        "reason",
        "retry_after",
        "status",
        "url",
    )

    def __init__(
        self,
        *,
        origin: Origin,
        url: str,
        answer: HttpResponse,
        elapsed: float,
        attempts: tuple[Attempt, ...],
        delivered: Delivered = "yes",
        retry_after: float | None = None,
    ) -> None:
        self._origin = origin
        self._body: Any = _UNREAD
        self._is_json = False
        self._is_turned = False
        self.url: str = url
        self.status: int = answer.status
        self.reason: str = answer.reason
        self.headers: Headers = Headers(answer.headers)
        self.content: bytes = answer.content
        self.elapsed: float = elapsed
        self.attempts: tuple[Attempt, ...] = attempts
        self._delivered: Delivered = delivered
        self.retry_after: float | None = retry_after

    @property
    def ok(self) -> bool:
        """Is the status 200 to 299, and the body not one that only a proxy can have written?"""
        return 200 <= self.status < 300 and not self._is_of_a_proxy

    @property
    def delivered(self) -> Delivered:
        """May the function have run?"""
        return "unknown" if self._is_good_status and self._is_of_a_proxy else self._delivered

    @property
    def _is_good_status(self) -> bool:
        return 200 <= self.status < 300

    @property
    def _is_of_a_proxy(self) -> bool:
        """Does it claim to be HTML or JSON, and is no JSON? The platform answers with JSON, or with nothing."""
        try:
            body = self._read()
        except FaaSResponseFormatError:  # it is JSON
            return False
        # Nearly always it is JSON, whatever its headers say.
        return body is not None and not self._is_json and claims_html_or_json(self.headers.get("content-type"))

    @property
    def request_id(self) -> str:
        """The ``X-Request-ID`` of all attempts."""
        return self._origin.request_id

    @property
    def retry_count(self) -> int:
        """How many attempts followed the first."""
        return max(len(self.attempts) - 1, 0)

    @property
    def body(self) -> Any:
        """The decoded JSON, the text of a body that is no JSON, or None if it is empty.

        By event it is a list, one entry a function.

        Raises:
            FaaSOperationError: it is JSON that Python cannot hold, with a ``FaaSResponseFormatError`` as its cause.
        """
        try:
            return self._read()
        except FaaSResponseFormatError as mismatch:
            mismatch.delivered = self._delivered
            raise failures.from_misfit(self, self._origin, mismatch) from mismatch

    def _read(self) -> Any:
        if self._body is _UNREAD:
            self._body, self._is_json = read_body(self.content)
        return self._body

    @property
    def error(self) -> FaaSOperationError | None:
        """What `raise_for_status` would raise, or None."""
        return None if self.ok else self._to_error()

    def _to_error(self) -> FaaSOperationError:
        if not self._is_good_status:
            return failures.from_response(self, self._origin)
        named = one_line(self.headers.get("content-type", ""))
        mismatch = FaaSResponseFormatError(f"status {self.status} and {named}, but no JSON: it comes from a proxy")
        return failures.from_misfit(self, self._origin, mismatch).caused_by(mismatch)

    def raise_for_status(self) -> Self:
        """Return self, or raise what a non-2xx status means, or that a proxy answered instead of the platform.

        Raises:
            FaaSLambdaError: the customer's function failed (status 901, or its code says so).
            FaaSOperationError: the operation's own class, for any other status; with a ``FaaSResponseFormatError`` as
                its cause for a 2xx response that says HTML or JSON and is no JSON.
        """
        if self.ok:
            return self
        raise self._to_error()

    @overload
    def parse(self, shape: type[T]) -> T: ...
    @overload
    def parse(self, shape: TypeForm[T]) -> T: ...
    @overload
    def parse(self, shape: object) -> Any: ...
    def parse(self, shape: Any) -> Any:
        """Validate the body as *shape*, any type that pydantic knows, and return it.

        ``response.parse(list[EventResult[Order]])`` types the response of an invocation by event.

        Raises:
            FaaSOperationError: the status is an error, as by `raise_for_status`; or the body has another shape,
                with a ``FaaSResponseFormatError`` as its cause.
            FaaSConfigurationError: pydantic does not know such a shape. The function may have run: see ``delivered``.
        """
        self.raise_for_status()
        body = self.body
        try:
            return validate(shape, json_bytes(self.content) if self._is_json else body, is_json=self._is_json)
        except FaaSResponseFormatError as mismatch:
            raise failures.from_misfit(self, self._origin, mismatch) from mismatch
        except FaaSConfigurationError as unknown:
            unknown.delivered, unknown.request_id = self.delivered, self.request_id
            raise

    def in_v1_form(self) -> Self:
        """Turn a V2 error body into its V1 form, in place; a good response stays as it is."""
        if not self._is_good_status:
            self._body = failures.as_v1_error(read_if_possible(self.content))
            self._is_turned = True
        return self

    def __getstate__(self) -> tuple[None, dict[str, Any]]:
        """All but the decoded body, which is read again: it may be nested too deeply for a pickle or a deep copy."""
        _, state = cast("tuple[None, dict[str, Any]]", super().__getstate__())
        return None, state | {"_body": _UNREAD}

    def __setstate__(self, state: tuple[None, dict[str, Any]]) -> None:
        for name, value in state[1].items():
            setattr(self, name, value)
        if self._is_turned:
            self.in_v1_form()

    def __repr__(self) -> str:
        heading = f"{self.status} {one_line(self.reason)}".rstrip()
        return f"<{type(self).__name__} {heading} to {self._origin.heading}>"


def read_implemented(response: Response, origin: Origin) -> bool:
    """Read the response to "is this event implemented?", strictly.

    Raises:
        FaaSIsImplementedError: it is no ``{"implemented": true | false}``.
    """
    implemented = json_object(response.body).get("implemented")
    if isinstance(implemented, bool):
        return implemented
    mismatch = FaaSResponseFormatError("the response has no 'implemented' that is true or false", delivered="yes")
    raise failures.from_misfit(response, origin, mismatch) from mismatch
