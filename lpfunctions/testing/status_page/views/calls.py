"""The last calls, each with its request, its answer and what was logged meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.core.redaction import redact_headers
from lpfunctions.testing.status_page.html import Html, element, joined
from lpfunctions.testing.status_page.names import title_of
from lpfunctions.testing.status_page.views.connect import exports_block
from lpfunctions.testing.status_page.views.parts import (
    BASE,
    block,
    cut,
    log_lines,
    milliseconds,
    pretty,
    status_badge,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lpfunctions.testing.platform import Account, RecordedRequest

CALLS_SHOWN: Final = 50


class CallRows:
    """The rows of calls. Those of calls that have ended are kept while they are shown: the page is asked for often."""

    def __init__(self) -> None:
        self._kept: dict[tuple[RecordedRequest, str], Html] = {}

    def of(self, records: Sequence[RecordedRequest], accounts: Mapping[str, Account]) -> list[Html]:
        """Return a row for each of *records*."""
        keys = [(record, title_of(record, accounts)) for record in records]
        rows = {key: self._kept.get(key) or _call(*key, accounts) for key in keys}
        self._kept = {key: row for key, row in rows.items() if key[0].duration_seconds is not None}
        return list(rows.values())


def calls_section(called: Sequence[Html], accounts: Mapping[str, Account], origin: str) -> Html:
    """Return the section with the rows of what was *called*; without any, with what leads a client to *origin*."""
    rows = called or [_nothing(accounts, origin)]
    only = element("input", type="checkbox", id="only-invocations")
    return element(
        "section",
        element(
            "div",
            element("h2", "Calls", id="calls-title"),
            element("label", only, " Invocations only", class_="filter"),
            class_="bar",
        ),
        element("div", *rows, id="calls", data_live=True),
        class_="card",
        aria_labelledby="calls-title",
    )


def _nothing(accounts: Mapping[str, Account], origin: str) -> Html:
    return element(
        "div",
        element(
            "p",
            "No client has called yet. Paste this into the shell of your program, and its ",
            element("code", "Client.from_env()"),
            " comes here:",
        ),
        *(exports_block(account, origin) for account in accounts.values()),
        class_="nothing",
        id="no-calls",
    )


def _call(record: RecordedRequest, title: str, accounts: Mapping[str, Account]) -> Html:
    name = f"call-{record.number}"
    summary = element(
        "summary",
        element("span", f"#{record.number}", class_="number"),
        element("span", record.kind.replace("_", " "), class_="kind"),
        element("span", title, class_="name"),
        status_badge(record.status)
        if record.duration_seconds is not None
        else element("span", "running", class_="badge plain"),
        element("span", milliseconds(record.duration_seconds), class_="count"),
    )
    more = element("div", _actions(record, accounts, name), _exchange(record), class_="more")
    return element(
        "div", element("details", summary, more, id=f"{name}-details"), class_=f"row call {record.kind}", id=name
    )


def _actions(record: RecordedRequest, accounts: Mapping[str, Account], name: str) -> Html:
    if record.kind != "invoke" or record.account_id not in accounts:
        return Html()
    replay = element(
        "form",
        element("input", type="hidden", name="call", value=str(record.number)),
        element("button", "Replay", class_="small", id=f"{name}-replay"),
        method="post",
        action=f"{BASE}/replay",
        data_into="result",
    )
    edit = element("a", "Edit and invoke", href=f"/?call={record.number}#invoke", class_="button small",
                   data_into="invoke-form",
        data_focus="invoke-payload", id=f"{name}-edit")  # fmt: skip
    return element("div", replay, edit, *snippet_links(record.number, name), class_="actions")


def snippet_links(number: int, name: str) -> tuple[Html, Html]:
    """Return the links to the call *number* as curl and as Python; with the script they copy."""
    curl, python = (
        element("a", f"Copy as {shown}", href=f"{BASE}/calls/{number}/{path}", class_="button small",
                data_copy="", id=f"{name}-{path}")
        for shown, path in (("curl", "curl"), ("Python", "python"))
    )  # fmt: skip
    return curl, python


def _exchange(record: RecordedRequest) -> Html:
    headers = "\n".join(f"{name}: {value}" for name, value in redact_headers(record.headers).items())
    url, body, answer = record.url, pretty(record.body), pretty(record.answer)
    if record.kind == "token":  # some clients put the secret in the query
        url, body, answer = url.partition("?")[0], "(credentials)", "(token)" if record.status == 200 else answer
    remark = f"{record.remark}\n\n" if record.remark else ""
    parts = [
        block("Request", cut(f"{record.method} {url}\n{headers}\n\n{body}")),
        block("Answer", f"{record.status or 'no answer'}\n{remark}{answer}"),
    ]
    if record.functions:
        parts.append(block("Log", log_lines(list(record.logs), "Nothing was logged.")))
    return joined(element("div", *parts, class_="blocks"))
