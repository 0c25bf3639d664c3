"""What a test expects of the journal; a failure shows the requests that came instead."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.testing.platform.functions import DeployedFunction

if TYPE_CHECKING:
    from lpfunctions.testing.platform.journal import RecordedRequest
    from lpfunctions.testing.platform.routing import Kind

_SHOWN: Final = 20


class _Anything:
    def __repr__(self) -> str:
        return "ANYTHING"


ANYTHING: Final = _Anything()
"""Stands for any payload."""


class Expectations(Sequence["RecordedRequest"]):
    """The asserting half of `Journal`."""

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
            payload: that was sent.
            times: how often; None for at least once.
        """
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
            raise AssertionError(
                f"expected {wanted} {_described(function, event_id, payload)}{self._instead(len(found))}"
            )
        return found

    def assert_not_invoked(
        self,
        function: DeployedFunction | str | None = None,
        *,
        event_id: str | None = None,
        payload: object = ANYTHING,
    ) -> None:
        """Assert that there was no such invocation; the arguments are those of `assert_invoked`."""
        self.assert_invoked(function, event_id=event_id, payload=payload, times=0)

    def assert_count(self, kind: Kind, times: int) -> None:
        """Assert that there were exactly *times* requests of *kind*."""
        found = sum(record.kind == kind for record in self)
        if found != times:
            raise AssertionError(f"expected {times} request(s) of kind {kind!r}{self._instead(found)}")

    def _instead(self, found: int) -> str:
        lines = [f"  {record.kind}: {record!r}" for record in self[-_SHOWN:]]
        left_out = f", the last {_SHOWN} of" if len(self) > _SHOWN else ""
        came = "\n".join([f"; there were {found} among{left_out} {len(self)} request(s):", *lines])
        return came if lines else "; there was no request at all"


def _uuid(function: DeployedFunction | str) -> str:
    return function if isinstance(function, str) else function.uuid


def _payload(record: RecordedRequest) -> Any:
    try:
        return record.json().get("payload")
    except (ValueError, AttributeError):
        return None


def _described(function: DeployedFunction | str | None, event_id: str | None, payload: object) -> str:
    name = function.name if isinstance(function, DeployedFunction) else function
    parts = (
        name and f"of function {name!r}",
        event_id and f"by event {event_id!r}",
        None if payload is ANYTHING else f"with payload {payload!r}",
    )
    return " ".join(part for part in parts if part) or "of any kind"
