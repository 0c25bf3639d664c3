"""Faults by hand: the fields of the form, and the fault that they make."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Self, cast

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.testing.platform.faults.scripted import Fault
from lpfunctions.testing.status_page.invocation import FieldError, read_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.testing.platform.requests.routing import Kind

Ending = Literal["status", "drop", "lose", "late"]

ENDINGS: Final[Mapping[Ending, str]] = {
    "status": "answer with a status",
    "drop": "close the connection, run nothing",
    "lose": "run it, then close the connection",
    "late": "only answer late",
}

_FIELDS: Final = ("kind", "path", "ending", "status", "headers", "body", "latency", "times", "number")


@dataclass(frozen=True, slots=True)
class FaultForm:
    """The form as it was filled in, all text.

    Attributes:
        kind: of the requests that meet the fault; empty for all.
        path: what their paths contain.
        ending: one of `ENDINGS`.
        status: of the answer.
        headers: of the answer, a line for each.
        body: of the answer.
        latency: seconds to wait before; empty for none.
        times: how many requests meet it; empty for all to come.
        number: of the fault that is edited; empty for a new one.
        errors: what is wrong, by field.
    """

    kind: str = "invoke"
    path: str = ""
    ending: str = "status"
    status: str = "503"
    headers: str = ""
    body: str = ""
    latency: str = ""
    times: str = "1"
    number: str = ""
    errors: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> Self:
        """Return the form with what a browser sent."""
        given: dict[str, Any] = {name: fields[name] for name in _FIELDS if name in fields}
        return cls(**given)

    @classmethod
    def of_fault(cls, fault: Fault) -> Self:
        """Return the form to edit *fault* with."""
        return cls(
            kind=fault.kind or "",
            path=fault.path_contains,
            ending=ending_of(fault),
            status=str(fault.status or 503),
            headers="\n".join(f"{name}: {value}" for name, value in fault.headers.items()),
            body=shown_body(fault),
            latency=f"{fault.latency_seconds:g}" if fault.latency_seconds else "",
            times="" if fault.times is None else str(fault.times),
            number=str(fault.number),
        )

    def with_error(self, error: FieldError) -> Self:
        """Return the same with *error*."""
        return replace(self, errors={error.name: str(error)})

    def fault(self) -> Fault:
        """Return the fault.

        Raises:
            FieldError: a field is wrong.
        """
        is_answer = self.ending == "status"
        headers = {one["name"]: one["value"] for one in read_lines("headers", self.headers, ("name", "value"))}
        values: dict[str, Any] = {
            "status": _number("status", self.status, 100, 999) if is_answer else None,
            "headers": headers if is_answer else {},
            "body": self.body if is_answer else b"",
            "drop_connection": self.ending == "drop",
            "lose_answer": self.ending == "lose",
            "latency_seconds": _seconds(self.latency, is_needed=self.ending == "late"),
            "times": _number("times", self.times, 1, 10**9) if self.times.strip() else None,
            "kind": cast("Kind", self.kind) or None,
            "path_contains": self.path.strip(),
        }
        try:
            return Fault(required=False, **values)
        except FaaSConfigurationError as unfit:
            raise FieldError("ending", f"{unfit}") from None


def ending_of(fault: Fault) -> Ending:
    """Return how *fault* ends a request."""
    if fault.status is not None:
        return "status"
    return "drop" if fault.drop_connection else "lose" if fault.lose_answer else "late"


def shown_body(fault: Fault) -> str:
    """Return the body of the answer as text."""
    return fault.answer(fault.status or 503).content.decode(errors="replace")


def _number(name: str, text: str, least: int, most: int) -> int:
    number = int(text) if text.strip().isdecimal() else -1
    if not least <= number <= most:
        raise FieldError(name, f"Write a number from {least}{f' to {most}' if most < 1000 else ''}.")
    return number


def _seconds(text: str, *, is_needed: bool) -> float:
    try:
        seconds = float(text.strip() or 0)
    except ValueError:
        seconds = -1.0
    if not 0 <= seconds <= 3600 or (is_needed and not seconds):
        raise FieldError("latency", "Write a number of seconds, such as 2.5.")
    return seconds
