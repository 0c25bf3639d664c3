"""Export the log of a function as lines of values, separated by semicolons."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, Final

from pydantic_core import to_json

from lpfunctions.testing.platform.endpoints.gateway import log_item
from lpfunctions.testing.platform.endpoints.management import one_function
from lpfunctions.testing.platform.requests.responses import BAD_INPUT, answer, refuse

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.core.platform.version import PlatformVersion
    from lpfunctions.testing.platform.auth.authenticator import Authenticator
    from lpfunctions.testing.platform.functions.deployed import DeployedFunction, LogEntry
    from lpfunctions.testing.platform.functions.runner import FunctionRunner
    from lpfunctions.testing.platform.requests.incoming import Incoming

_COLUMNS: Final = ("lambdaUUID", "requestID", "timestamp", "level", "message", "extras")
_MOST_LINES: Final = 500


class Logs:
    """Exports of logs."""

    def __init__(self, authenticator: Authenticator) -> None:
        self._doorman = authenticator

    async def export(self, incoming: Incoming, _runner: FunctionRunner) -> HttpResponse:
        """Answer the first 500 entries between two times, of some levels or of all."""
        account = self._doorman.admit(incoming)
        function = one_function(account, incoming)
        first = _timestamp(incoming, "startTimestamp", account.platform_version)
        last = _timestamp(incoming, "endTimestamp", account.platform_version)
        levels = {level.lower() for level in incoming.parameters("filterLevels")}
        found = [
            entry
            for entry in function.logs
            if first <= entry.timestamp <= last and (not levels or entry.level.lower() in levels)
        ]
        return answer(200, _table(function, found[:_MOST_LINES]), {"content-type": "text/csv;charset=utf-8"})


def _timestamp(incoming: Incoming, name: str, version: PlatformVersion) -> int:
    text = incoming.parameter(name) or ""
    if not (text.isascii() and text.isdigit() and len(text) <= 20):
        raise refuse(BAD_INPUT, version, f"query parameter '{name}' must be a time in milliseconds since the epoch")
    return int(text)


def _table(function: DeployedFunction, entries: list[LogEntry]) -> bytes:
    text = StringIO()
    lines = csv.writer(text, delimiter=";", lineterminator="\n")
    lines.writerow(_COLUMNS)
    for entry in entries:
        shown = log_item(entry)
        extras = to_json(shown["extras"]).decode()
        lines.writerow((function.uuid, entry.request_id, entry.timestamp, shown["level"], entry.message, extras))
    return text.getvalue().encode(errors="backslashreplace")
