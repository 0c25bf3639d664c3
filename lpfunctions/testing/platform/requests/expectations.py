"""Assertions about the journal; a failure shows the requests that were received instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.core.redaction import redact_text
from lpfunctions.testing.platform.functions.deployed import DeployedFunction
from lpfunctions.testing.platform.requests.routing import check_kind

if TYPE_CHECKING:
    from lpfunctions.testing.platform.requests.recorded import RecordedRequest
    from lpfunctions.testing.platform.requests.routing import Kind

_SHOWN: Final = 20
_PAYLOAD_LENGTH: Final = 400


class _Anything:
    def __eq__(self, _other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self) -> str:
        return "ANYTHING"


ANYTHING: Final = _Anything()
"""Stands for any payload, and within one for any value, as `unittest.mock.ANY`."""


class Expectations(Sequence["RecordedRequest"]):
    """The assertions of `Journal`."""

    def assert_invoked(
        self,
        function: DeployedFunction | str | None = None,
        *,
        event_id: str | None = None,
        payload: object = ANYTHING,
        times: int | None = 1,
    ) -> list[RecordedRequest]:
        """Assert that there were *times* matching invocations, repeated attempts included; return them.

        Args:
            function: that was run, by uuid or through an event: as deployed, or its uuid.
            event_id: that it was invoked by.
            payload: that was sent; `ANYTHING` in it stands for any value.
            times: how often; None for at least once.

        Raises:
            AssertionError: there were more or fewer; the message lists the requests that came, and their payloads.
        """
        __tracebackhide__ = True
        found = [
            record
            for record in self
            if record.kind == "invoke"
            and (function is None or _uuid(function) in record.functions)
            and (event_id is None or record.event_id == event_id)
            and (payload is ANYTHING or _payload(record) == payload)
        ]
        if len(found) != times and not (times is None and found):
            wanted = "an invocation" if times is None else f"{times} invocation(s)"
            described = _described(function, event_id, payload)
            raise AssertionError(f"expected {wanted} {described}{self._instead(len(found), with_payloads=True)}")
        return found

    def assert_not_invoked(
        self,
        function: DeployedFunction | str | None = None,
        *,
        event_id: str | None = None,
        payload: object = ANYTHING,
    ) -> None:
        """Assert that there was no such invocation; the arguments are those of `assert_invoked`."""
        __tracebackhide__ = True
        self.assert_invoked(function, event_id=event_id, payload=payload, times=0)

    def assert_count(self, kind: Kind, times: int) -> None:
        """Assert that there were exactly *times* requests of *kind*.

        Raises:
            AssertionError: there were more or fewer; the message lists the requests that came.
            FaaSConfigurationError: there is no such kind.
        """
        __tracebackhide__ = True
        check_kind(kind)
        found = sum(record.kind == kind for record in self)
        if found != times:
            raise AssertionError(f"expected {times} request(s) of kind {kind!r}{self._instead(found)}")

    def described(self) -> str:
        """Return the end of a message: the last requests."""
        left_out = f", of which the last {_SHOWN}" if len(self) > _SHOWN else ""
        return self._listed(f"; there were {len(self)} request(s){left_out}:")

    def _instead(self, found: int, *, with_payloads: bool = False) -> str:
        left_out = f", the last {_SHOWN} of" if len(self) > _SHOWN else ""
        heading = f"; there were {found} among{left_out} {len(self)} request(s):"
        return self._listed(heading, with_payloads=with_payloads)

    def _listed(self, heading: str, *, with_payloads: bool = False) -> str:
        lines = [
            f"  {record.kind}: {record!r}" + (_with_payload(record) if with_payloads else "")
            for record in self[-_SHOWN:]
        ]
        return "\n".join([heading, *lines]) if lines else "; there was no request at all"


def _uuid(function: DeployedFunction | str) -> str:
    return function if isinstance(function, str) else function.uuid


def _payload(record: RecordedRequest) -> Any:
    payload = _payload_sent(record)
    return None if payload is ANYTHING else payload


def _payload_sent(record: RecordedRequest) -> Any:
    """Return the payload; ANYTHING if there was none, which is not the same as a payload of null."""
    try:
        return record.json().get("payload", ANYTHING)
    except (ValueError, AttributeError):
        return ANYTHING


def _with_payload(record: RecordedRequest) -> str:
    if record.kind != "invoke":
        return ""
    payload = _payload_sent(record)
    return " without a payload" if payload is ANYTHING else f" with payload {_shown(payload)}"


def _shown(payload: object) -> str:
    """Show *payload* without what looks like a credential; of a long one both ends."""
    text = redact_text(repr(payload))
    return text if len(text) <= _PAYLOAD_LENGTH else f"{text[: _PAYLOAD_LENGTH - 100]}…{text[-100:]}"


def _described(function: DeployedFunction | str | None, event_id: str | None, payload: object) -> str:
    name = function.name if isinstance(function, DeployedFunction) else function
    parts = (
        name and f"of function {name!r}",
        event_id and f"by event {event_id!r}",
        None if payload is ANYTHING else f"with payload {_shown(payload)}",
    )
    return " ".join(part for part in parts if part) or "of any kind"
