"""Every error of the library, in one tree.

    FaaSError
    ├── FaaSConfigurationError (also ValueError)   the caller must mend an argument or option
    ├── FaaSOperationError                         one operation failed; what users catch
    │   ├── FaaSInvokeError
    │   │   └── FaaSLambdaError                    the customer's function failed; not an alert
    │   ├── FaaSIsImplementedError
    │   ├── FaaSGetLambdasError
    │   └── FaaSGetFunctionsError
    └── causes, found as ``__cause__`` of an operation error
        ├── FaaSRequestError                       the HTTP exchange failed
        │   ├── FaaSConnectionError                refused, DNS, TLS, reset, truncated
        │   ├── FaaSTimeoutError (also TimeoutError)
        │   └── FaaSResponseFormatError            a response that cannot be read
        ├── FaaSAppJWTAuthenticationError          no valid token was obtained
        ├── CSDSFailure                            discovery failed
        └── CSDSDomainNotFound                     discovery does not know the service

Rules of the file: an error is data. It survives pickle and deepcopy with its attributes and with those causes
that are ours, and JSON (`FaaSError.as_dict`) but for its response; no attribute or message holds a secret, a token or a
payload that was sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Protocol, Self, TypeGuard, TypeVar, cast, overload

from lpfunctions.core import error_records

if TYPE_CHECKING:
    from typing_extensions import TypeForm

    from lpfunctions.core.attempts import Attempt, Delivered, Phase

T = TypeVar("T")
E = TypeVar("E", bound=BaseException)


class FailedResponse(Protocol):
    """The response of a failed call, as `FaaSOperationError` holds it: a `Response`, which explains each attribute."""

    url: str
    status: int
    reason: str
    content: bytes
    elapsed: float
    attempts: tuple[Attempt, ...]
    retry_after: float | None

    @property
    def headers(self) -> Mapping[str, str]:
        """Header fields; names match in any case."""
        ...

    @property
    def ok(self) -> bool:
        """Is the status 200 to 299?"""
        ...

    @property
    def delivered(self) -> Delivered:
        """May the function have run?"""
        ...

    @property
    def request_id(self) -> str:
        """The ``X-Request-ID`` of all attempts."""
        ...

    @property
    def retry_count(self) -> int:
        """How many attempts followed the first."""
        ...

    @property
    def body(self) -> Any:
        """The decoded body."""
        ...

    @property
    def error(self) -> FaaSOperationError | None:
        """What `raise_for_status` would raise, or None."""
        ...

    def raise_for_status(self) -> Self:
        """Raise what the status means."""
        ...

    @overload
    def parse(self, shape: type[T]) -> T: ...
    @overload
    def parse(self, shape: TypeForm[T]) -> T: ...
    @overload
    def parse(self, shape: object) -> Any: ...
    def in_v1_form(self) -> Self:
        """Turn a V2 error body into its V1 form, in place."""
        ...


class FaaSError(Exception):
    """The root of all errors of lpfunctions.

    Attributes:
        delivered: may the function have run? ``"no"``, ``"unknown"`` or ``"yes"``.
        retryable: is the same call, made again later, likely to succeed?
        retry_after: seconds that the server asked to wait, or None.
        status: HTTP status of the response, or None when there was none.
        error_code: the platform's code, such as ``com.liveperson.faas.es.badinput``, or None.
        request_id: the ``X-Request-ID`` of all attempts, or None when nothing was sent.
    """

    delivered: Delivered = "no"
    retryable: bool = False
    retry_after: float | None = None
    status: int | None = None
    error_code: str | None = None
    request_id: str | None = None

    # The attributes that a record of `as_dict` has.
    _fields: ClassVar[tuple[str, ...]] = (
        "delivered", "retryable", "retry_after", "status", "error_code", "request_id",
    )  # fmt: skip

    def __init__(self, message: str = "") -> None:
        super().__init__(message)

    def as_dict(self) -> dict[str, Any]:
        """Return this error as plain JSON: for a log, a dead-letter queue, or a task queue's JSON serializer.

        It has the class by name as ``error``, the names of the library's ``bases``, the ``message``, every attribute
        but ``response``, and ``cause``: the same of an error of ours, the bare class name of another, or None. It holds
        no payload and no response's body beyond the platform's message; texts are redacted, and cut after 4096
        characters. `from_dict` reads it again.
        """
        return self._record(error_records.MAX_CAUSES)

    @staticmethod
    def from_dict(record: Mapping[str, Any]) -> FaaSError:
        """Return the error that *record*, which `as_dict` wrote, is about, with those causes that are ours.

        A class that this release does not know becomes the nearest of its bases that it does; a field that it does not
        know is left out, and one that makes no sense gets the safe default (``delivered`` is ``"unknown"``,
        ``retryable`` is False).

        Raises:
            FaaSConfigurationError: *record* is no mapping with the class as ``error`` and a ``message``.
        """
        return FaaSError._read(record, error_records.MAX_CAUSES)

    def _record(self, causes_left: int) -> dict[str, Any]:
        bases = [base.__name__ for base in type(self).__mro__[1:] if issubclass(base, FaaSError)]
        facts = {name: error_records.plain(getattr(self, name)) for name in self._fields}
        named = {"error": type(self).__name__, "bases": bases, "message": error_records.text(str(self))}
        return {**named, **facts, "cause": self._cause_record(causes_left)}

    def _cause_record(self, causes_left: int) -> dict[str, Any] | None:
        cause = self.__cause__
        if cause is None or causes_left == 0:
            return None
        # What another library says may hold a secret, so its class alone is told.
        return cause._record(causes_left - 1) if isinstance(cause, FaaSError) else {"error": type(cause).__name__}

    @staticmethod
    def _read(record: object, causes_left: int) -> FaaSError:
        if not _is_record(record):
            raise FaaSConfigurationError("from_dict needs what as_dict returned: a dict with 'error' and 'message'")
        cls, cause = _class_of(record), record.get("cause")
        facts = {name: error_records.read_field(name, record.get(name)) for name in cls._fields}
        # A cause that is not ours has no message.
        ours = FaaSError._read(cause, causes_left - 1) if _is_record(cause) and causes_left else None
        return _revive(cls, (record["message"],), facts, ours)

    def __reduce__(self) -> tuple[Any, ...]:
        cause = self.__cause__ if isinstance(self.__cause__, FaaSError) else None
        return _revive, (type(self), self.args, dict(self.__dict__), cause)


def _revive(
    cls: type[FaaSError], args: tuple[Any, ...], attributes: dict[str, Any], cause: FaaSError | None
) -> FaaSError:
    error = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(attributes)
    error.__cause__ = cause
    return error


def _is_record(value: object) -> TypeGuard[Mapping[str, object]]:
    if not isinstance(value, Mapping):
        return False
    record = cast("Mapping[str, object]", value)
    return isinstance(record.get("error"), str) and isinstance(record.get("message"), str)


def _class_of(record: Mapping[str, object]) -> type[FaaSError]:
    known = {cls.__name__: cls for cls in _family(FaaSError)}
    bases = record.get("bases")
    names = [record["error"], *(cast("list[object]", bases) if isinstance(bases, list) else ())]
    return next((known[name] for name in names if isinstance(name, str) and name in known), FaaSError)


def _family(cls: type[FaaSError]) -> list[type[FaaSError]]:
    """*cls* and all that descend from it and are made here; a class of the user's is read as its base."""
    ours = (sub for sub in cls.__subclasses__() if sub.__module__ == __name__)
    return [cls, *(one for sub in ours for one in _family(sub))]


def fresh(error: FaaSError) -> FaaSError:
    """Return *error* again for one more raise: same facts, no traceback of an earlier one.

    One failed discovery or token request is reported to every caller who waited for it. Raising the one
    instance in many threads would let their tracebacks pile up on it.
    """
    revive, state = error.__reduce__()
    again: FaaSError = revive(*state)
    return again


def raise_again(error: FaaSError) -> NoReturn:
    """Raise *error* once more, `fresh`, with its cause."""
    raise fresh(error)


def without_frames(error: E) -> E:
    """Return *error* without the frames that it and its causes passed, and without contexts.

    Frames hold the request as it was sent. Often one of them holds *error* too: a reference cycle, which only the
    garbage collector would free, with all that it holds. The last context is what the caller was handling when they
    called: it is theirs, and left as it is.
    """
    inner: BaseException | None = error
    while inner is not None:
        inner.__traceback__ = inner.__context__ = None
        inner = inner.__cause__
    return error


class FaaSConfigurationError(FaaSError, ValueError):
    """A mistake in an argument or option. Nothing of the call was sent; hosts may have been discovered."""


class FaaSRequestError(FaaSError):
    """The HTTP exchange failed. Raised by transports, with ``delivered``."""

    retryable = True

    def __init__(self, message: str = "", *, delivered: Delivered = "unknown") -> None:
        super().__init__(message)
        self.delivered: Delivered = delivered


class FaaSConnectionError(FaaSRequestError):
    """Refused, unknown host, TLS failure, reset, or a response cut short."""


class FaaSTimeoutError(FaaSRequestError, TimeoutError):
    """The deadline passed.

    Attributes:
        phase: where the time ran out: ``discovery``, ``token``, ``pool`` (waiting for a free connection),
            ``connect``, ``response``, ``backoff`` (waiting to try again) or ``rate_limit``.
    """

    phase: Phase
    _fields = (*FaaSRequestError._fields, "phase")

    def __init__(self, message: str = "", *, phase: Phase, delivered: Delivered = "unknown") -> None:
        super().__init__(message, delivered=delivered)
        self.phase = phase


class FaaSResponseFormatError(FaaSRequestError):
    """A response that cannot be read: no HTTP, an unexpected shape, or more bytes than allowed."""

    retryable = False


class FaaSAppJWTAuthenticationError(FaaSError):
    """No valid access token was obtained."""

    def __init__(self, message: str = "", *, status: int | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable


class CSDSFailure(FaaSError):  # noqa: N818 (the name is fixed by the public API)
    """Discovery failed: the Domain API did not answer, or its response cannot be used."""

    def __init__(self, message: str = "", *, status: int | None = None, retryable: bool = False) -> None:
        super().__init__(message)
        self.status = status
        self.retryable = retryable


class CSDSDomainNotFound(FaaSError):  # noqa: N818 (the name is fixed by the public API)
    """Discovery answered, and the account has no such service.

    Attributes:
        service: the service that was looked for.
        known: the services that the response did name.
    """

    _fields = (*FaaSError._fields, "service", "known")

    def __init__(self, message: str = "", *, service: str, known: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.service = service
        self.known = known


class FaaSOperationError(FaaSError):
    """One operation failed. Catch this one; ``__cause__`` says why when no HTTP response came.

    Attributes:
        operation: ``invoke``, ``is_implemented``, ``get_lambdas`` or ``get_functions``.
        account_id: the account of the client.
        request_id: the ``X-Request-ID`` of all attempts.
        status: HTTP status of the platform's response to this operation, or None when there was none; that of discovery
            or of the token endpoint is ``__cause__.status``.
        reason: its reason phrase.
        error_code: the platform's code, such as ``com.liveperson.faas.es.badinput``, or None.
        error_message: the platform's message, or None.
        response: the response, or None.
        attempts: what became of each attempt, oldest first.
        delivered: may the function have run?
        retryable: is the same call, made again later, likely to succeed?
        retry_after: seconds that the server asked to wait, or None.
    """

    operation: ClassVar[str] = ""
    response: FailedResponse | None = None

    _fields = (*FaaSError._fields, "operation", "account_id", "reason", "error_message", "attempts")

    def __init__(
        self,
        message: str = "",
        *,
        account_id: str = "",
        request_id: str | None = None,
        status: int | None = None,
        reason: str = "",
        error_code: str | None = None,
        error_message: str | None = None,
        response: FailedResponse | None = None,
        attempts: tuple[Attempt, ...] = (),
        delivered: Delivered = "unknown",
        retryable: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.account_id = account_id
        self.request_id = request_id
        self.status = status
        self.reason = reason
        self.error_code = error_code
        self.error_message = error_message
        self.response = response
        self.attempts = attempts
        self.delivered: Delivered = delivered
        self.retryable = retryable
        self.retry_after = retry_after

    @property
    def retry_count(self) -> int:
        """How many attempts followed the first."""
        return max(len(self.attempts) - 1, 0)

    def caused_by(self, cause: BaseException) -> Self:
        """Return this error with its cause set, for an error that is stored rather than raised at once."""
        self.__cause__: BaseException | None = cause
        return self


class FaaSInvokeError(FaaSOperationError):
    """An invocation failed for a reason other than the customer's code."""

    operation = "invoke"


class FaaSLambdaError(FaaSInvokeError):
    """The customer's function failed: it threw, crashed, or ran out of time. Not a fault of the platform."""


class FaaSIsImplementedError(FaaSOperationError):
    """It could not be found out whether an event is implemented."""

    operation = "is_implemented"


class FaaSGetLambdasError(FaaSOperationError):
    """``get_lambdas`` failed."""

    operation = "get_lambdas"


class FaaSGetFunctionsError(FaaSOperationError):
    """``get_functions`` failed."""

    operation = "get_functions"
