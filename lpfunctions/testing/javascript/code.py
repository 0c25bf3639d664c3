"""A function in JavaScript as the platform calls it."""

from __future__ import annotations

import json
import math
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, cast

from lpfunctions.testing.platform.functions.deployed import FunctionFailure, LogEntry, SelfTimed
from lpfunctions.testing.platform.functions.outcomes import OutOfTime, Returned, Threw

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from lpfunctions.testing.javascript.definition import Definition
    from lpfunctions.testing.javascript.project import Project
    from lpfunctions.testing.javascript.runtime import Ending
    from lpfunctions.testing.platform.functions.deployed import FunctionInput
    from lpfunctions.testing.platform.functions.outcomes import Outcome


class JavaScriptFunction(SelfTimed):
    """The code of a function, in JavaScript."""

    def __init__(self, project: Project, definition: Definition) -> None:
        self.__name__: str = definition.file.parent.name
        self.source: str = definition.source
        self._project = project
        self._definition = definition

    def __call__(self, given: FunctionInput, /) -> Any:
        """Call the code, without a limit and without the platform."""
        outcome = self.begin(given, math.inf, lambda _: None).result()
        if isinstance(outcome, Threw):
            raise outcome.error
        return json.loads(cast("Returned", outcome).encoded or b"null")

    def begin(
        self, given: FunctionInput, limit_seconds: float, log: Callable[[Sequence[LogEntry]], None]
    ) -> Future[Outcome]:
        """Start a call that keeps its limit; its log is recorded even when no caller waits for it any more."""
        outcome: Future[Outcome] = Future()

        def settle(ending: Ending) -> None:
            log([_entry(entry) for entry in ending["logs"]])
            if outcome.set_running_or_notify_cancel():
                outcome.set_result(_read(ending))

        fields = {"headers": given.headers, "payload": given.payload, "timestamp": given.timestamp}
        self._project.begin(self._definition, fields, limit_seconds, settle)
        return outcome


def _entry(log: dict[str, Any]) -> LogEntry:
    return LogEntry(log["level"], _printable(log["message"]), tuple(map(_printable, log["extras"])), log["timestamp"])


def _read(ending: Ending) -> Outcome:
    if ending["ending"] == "returned":
        return Returned(None, encoded=ending["value"].encode())  # nobody reads the value itself
    if ending["ending"] == "overran":
        return OutOfTime()
    failure = ending["failure"]
    stack = tuple(_printable(failure["stack"]).splitlines())
    return Threw(FunctionFailure(_printable(failure["message"]), crashed=failure["crashed"], extras=stack))


def _printable(text: str) -> str:
    """Return *text* with escapes for lone surrogates, which JavaScript allows and no encoding does."""
    return text.encode(errors="backslashreplace").decode()
