"""The requests of a platform as text, for the report of a failed test. A pure function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.core.redaction import one_line, quoted, redact_text
from lpfunctions.testing.platform.requests.responses import CUSTOMER_CODING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lpfunctions.testing.platform.account import Account
    from lpfunctions.testing.platform.functions.deployed import LogEntry
    from lpfunctions.testing.platform.requests.recorded import RecordedRequest

_REQUESTS_SHOWN: Final = 20
_LINES_SHOWN: Final = 200
_LINES_OF_AN_ENTRY: Final = 20


def request_log(requests: Sequence[RecordedRequest], accounts: Sequence[Account]) -> str:
    """Return the requests of a platform with *accounts*, the oldest first, and below each what the functions logged.

    At most 200 lines. Payloads, answers, headers and queries are left out; what looks like a token is taken out of what
    the functions logged.
    """
    records = list(requests)
    if not records:
        return "no request came"
    names = {function.uuid: function.name for account in accounts for function in account.functions}
    is_alone = len(accounts) == 1
    shown = records[-_REQUESTS_SHOWN:]
    lines = [line for record in shown for line in _told(record, names, is_alone=is_alone)]
    return "\n".join([_heading(len(records)), *_last(lines)])


def _heading(count: int) -> str:
    cut = f"; the last {_REQUESTS_SHOWN} are shown" if count > _REQUESTS_SHOWN else ""
    return f"{count} request{'s' if count > 1 else ''}, the oldest first{cut}:"


def _last(lines: list[str]) -> list[str]:
    left_out = len(lines) - _LINES_SHOWN
    return lines if left_out <= 0 else [f"({left_out} earlier lines are left out)", *lines[left_out:]]


def _told(record: RecordedRequest, names: Mapping[str, str], *, is_alone: bool) -> Iterator[str]:
    account = f", account {record.account_id}" if record.account_id and not is_alone else ""
    took = "" if record.duration_seconds is None else f" after {record.duration_seconds * 1000:.1f} ms"
    request_id = f", request id {record.request_id}" if record.request_id else ""
    yield one_line(redact_text(f"{_what(record, names)}: {record.status or 'no answer'}{took}{account}{request_id}"))
    if record.remark and record.remark != CUSTOMER_CODING:  # that is what the log is about
        yield "    " + one_line(redact_text(record.remark))
    for entry in list(record.logs):
        yield from _entry(entry)


def _what(record: RecordedRequest, names: Mapping[str, str]) -> str:
    if record.kind == "unknown":
        return f"{record.method} {record.host}{record.path}"
    ran = ", ".join(quoted(names.get(uuid, uuid)) for uuid in record.functions)
    event = f" by event {quoted(record.event_id)}" if record.event_id else ""
    return record.kind + (f" of {ran}" if ran else "") + event


def _entry(entry: LogEntry) -> Iterator[str]:
    message, *rest = redact_text(f"{entry.level}: {entry.message}").splitlines()
    extras = [line for extra in entry.extras for line in redact_text(extra).splitlines()]
    lines = ["    " + message, *("        " + line for line in rest + extras)]
    if len(lines) > _LINES_OF_AN_ENTRY:  # the end of a traceback says more than its middle
        lines[2 : 3 - _LINES_OF_AN_ENTRY] = ["        …"]
    yield from map(one_line, lines)
