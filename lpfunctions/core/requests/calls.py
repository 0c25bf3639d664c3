"""What a user asks for: one value per operation, not to be changed once it is handed over.

The values are checked when they are turned into a request (``lpfunctions.core.requests.endpoints`` and
``lpfunctions.core.requests.body``), before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, TypedDict
from uuid import UUID

from lpfunctions.core.validation import check_flag, check_retry, check_timeout

if TYPE_CHECKING:
    from lpfunctions.core.retries.policy import RetryPolicy


class _Empty(Enum):
    EMPTY = "{}"

    def __repr__(self) -> str:
        return "{}"


EMPTY: Final = _Empty.EMPTY
"""No payload was given; ``{}`` is sent. An explicit None sends ``null``."""


class HasUuid(Protocol):
    """What knows the UUID of a function: a `FunctionInfo` of a listing, a `DeployedFunction` of the fake platform."""

    @property
    def uuid(self) -> str | None:
        """The UUID; None is refused."""
        ...


FunctionReference: TypeAlias = str | UUID | HasUuid
"""A function: its UUID, as text or as `uuid.UUID`, or an object whose ``uuid`` is a text."""

FunctionHeaders = Mapping[str, str] | Sequence[Mapping[str, str]]
"""Headers for the function, not for HTTP: a mapping, or a list of ``{"key": …, "value": …}``."""


@dataclass(slots=True, kw_only=True)
class Call:
    """What every operation may be told; None means the client's default.

    Attributes:
        timeout: deadline of the whole call, seconds; ``inf`` for none.
        retry: the retry policy.
        fail_on_error_status_code: raise on a non-2xx response instead of returning it.
        request_id: value of ``X-Request-ID`` on all attempts.
        external_system: name of the calling system.
        lp_event_source: the same in the words of V2; wins over *external_system*.
    """

    timeout: float | None = None
    retry: RetryPolicy | None = None
    fail_on_error_status_code: bool | None = None
    request_id: str | None = None
    external_system: str | None = None
    lp_event_source: str | None = None


@dataclass(slots=True, kw_only=True)
class Invocation(Call):
    """Run one function by UUID, or every function that listens to an event.

    Attributes:
        lambda_uuid: the function, and from then on its UUID as text; exactly one of this and *event_id*.
        event_id: the event.
        payload: any JSON-able value; left out means ``{}``. It is never shown in a ``repr``.
        headers: headers for the function.
        timestamp: milliseconds since the epoch; default now.
        skill_id: only functions bound to this skill, or to none.
        v1_comp_error: turn a V2 error body into its V1 form.
        tag: anything of the caller's, such as the row that it is about; never sent, and found again on the `Outcome`.
    """

    lambda_uuid: FunctionReference | None = None
    event_id: str | None = None
    payload: object = field(default=EMPTY, repr=False)
    headers: FunctionHeaders | None = field(default=None, repr=False)
    timestamp: int | None = None
    skill_id: str | None = None
    v1_comp_error: bool = False
    tag: Any = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if type(self.lambda_uuid) is not str and self.lambda_uuid is not None:
            self.lambda_uuid = uuid_of(self.lambda_uuid)


class InvokeOptions(TypedDict, total=False):
    """What an `Invocation` may be told beside what is run and its payload."""

    headers: FunctionHeaders | None
    timestamp: int | None
    external_system: str | None
    lp_event_source: str | None
    skill_id: str | None
    v1_comp_error: bool
    timeout: float | None
    retry: RetryPolicy | None
    fail_on_error_status_code: bool | None
    request_id: str | None


@dataclass(slots=True, kw_only=True)
class EventQuery(Call):
    """Ask whether a productive function listens to an event.

    Attributes:
        event_id: the event.
        skill_id: only functions bound to this skill, or to none.
        user_id: V2 only.
    """

    event_id: str
    skill_id: str | None = None
    user_id: str | None = None


@dataclass(slots=True, kw_only=True)
class FunctionQuery(Call):
    """List functions.

    Attributes:
        event_id: only functions whose event id contains this.
        state: only functions in this state, or in one of these.
        user_id: the user on whose behalf the list is read.
        name: only functions whose name contains this.
    """

    event_id: str | None = None
    state: str | Sequence[str] | None = None
    user_id: str | None = None
    name: str | None = None


def uuid_of(function: FunctionReference) -> Any:
    """Return the UUID of *function* as text; what has none is returned as it is, for the check to refuse."""
    if isinstance(function, str):
        return function
    uuid = function if isinstance(function, UUID) else getattr(function, "uuid", None)
    return str(uuid) if isinstance(uuid, (str, UUID)) else function


def check_call(call: Call) -> None:
    """Refuse what every call may be told and makes no sense. None means the client's default."""
    if call.timeout is not None:
        check_timeout("timeout", call.timeout)
    if call.retry is not None:
        check_retry("retry", call.retry)
    if call.fail_on_error_status_code is not None:
        check_flag("fail_on_error_status_code", call.fail_on_error_status_code)
