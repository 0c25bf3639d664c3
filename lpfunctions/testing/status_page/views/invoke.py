"""Invoking by hand: the form, and beside it the answer and the log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from lpfunctions.testing.status_page.html import Html, element, joined
from lpfunctions.testing.status_page.invocation import function_key
from lpfunctions.testing.status_page.views.calls import snippet_links
from lpfunctions.testing.status_page.views.parts import (
    BASE,
    block,
    control,
    labelled,
    log_lines,
    milliseconds,
    option,
    pretty,
    status_badge,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lpfunctions.testing.platform import Account, LogEntry
    from lpfunctions.testing.status_page.invocation import InvocationForm
    from lpfunctions.testing.status_page.samples import Sample

ERRORS: Final = ("function", "account", "event", "headers", "payload")


class Result(NamedTuple):
    """What came of an invocation by hand.

    Attributes:
        title: what was invoked.
        status: of the answer; None if none came.
        reason: of the answer, or why none came.
        content: of the answer.
        seconds: how long it took.
        logs: what was logged meanwhile.
        number: of the call in the journal; None if it is no longer there.
    """

    title: str
    status: int | None
    reason: str
    content: bytes
    seconds: float
    logs: Sequence[LogEntry]
    number: int | None


def invoke_section(
    accounts: Sequence[Account], events: Sequence[str], form: InvocationForm, samples: Sequence[Sample], result: Html
) -> Html:
    """Return the section."""
    into = " ".join(["result", *(f"invoke-{name}-error" for name in ERRORS)])
    return element(
        "section",
        element("h2", "Invoke", id="invoke-title"),
        element(
            "div",
            element("form", invoke_form(accounts, events, form, samples), id="invoke-form", method="post",
                    action=f"{BASE}/invoke", data_into=into, aria_labelledby="invoke-title"),
            element("div", result, id="result", aria_live="polite", tabindex="-1"),
            class_="split",
        ),
        id="invoke",
        class_="card",
        aria_labelledby="invoke-title",
    )  # fmt: skip


def no_result() -> Html:
    """Return what stands in place of a result."""
    return element("p", "The answer appears here, and beside it what the function logs.", class_="muted placeholder")


def shown_result(result: Result) -> Html:
    """Return *result*."""
    links = () if result.number is None else snippet_links(result.number, "result")
    body = pretty(result.content) if result.content else ("(empty)" if result.status else "(none)")
    return joined(
        element(
            "div",
            status_badge(result.status, result.reason if result.status else ""),
            element("strong", result.title),
            element("span", milliseconds(result.seconds), class_="muted"),
            element("span", *links, class_="actions"),
            class_="bar",
        ),
        "" if result.status else element("p", result.reason, class_="error"),
        element(
            "div",
            block("Answer", body, id="result-answer"),
            block("Log", log_lines(result.logs, "Nothing was logged."), id="result-log"),
            class_="blocks",
        ),
    )


def invoke_form(
    accounts: Sequence[Account], events: Sequence[str], form: InvocationForm, samples: Sequence[Sample]
) -> Html:
    """Return what is in the form."""

    def field(label: str, name: str, tag: str, *content: object, **attributes: str | bool | None) -> Html:
        made = control(tag, f"invoke-{name}", *content, errors=form.errors, **attributes)
        return labelled(label, f"invoke-{name}", made, form.errors)

    own = [option(account.account_id, account.account_id, form.account) for account in accounts]
    account = field("Account", "account", "select", *own) if len(own) > 1 else _only(accounts[0])
    payload = control("textarea", "invoke-payload", form.payload, errors=form.errors, rows="5", spellcheck="false")
    return joined(
        element(
            "fieldset",
            element("legend", "Invoke by", class_="unseen"),
            _choice("function", "A function", form.by),
            _choice("event", "An event", form.by),
            class_="choice",
        ),
        element(
            "div",
            field("Function", "function", "select", *_functions(accounts, form), data_live=True),
            class_="by-function",
        ),
        element(
            "div",
            field("Event", "event", "input", value=form.event, list="events", autocomplete="off", spellcheck="false"),
            account,
            field("Skill, if any", "skill", "input", value=form.skill, autocomplete="off"),
            element("datalist", *(element("option", value=event, id=f"event-{event}") for event in events), id="events",
                    data_live=True),
            class_="by-event fields",
        ),
        labelled("Payload, as JSON", "invoke-payload", payload, form.errors, _samples(samples)),
        field("Headers, one a line", "headers", "textarea", form.headers, rows="2", placeholder="language: en"),
        element("button", "Invoke", class_="primary", id="invoke-button"),
    )  # fmt: skip


def _choice(value: str, label: str, chosen: str) -> Html:
    name = f"by-{value}"
    box = element("input", type="radio", name="by", value=value, id=name, checked=value == chosen)
    return joined(box, element("label", label, for_=name))


def _only(account: Account) -> Html:
    return element("input", type="hidden", name="account", value=account.account_id, id="invoke-account")


def _functions(accounts: Sequence[Account], form: InvocationForm) -> list[Html]:
    groups = [_group(account, form.function) for account in accounts]
    return [option for _, options in groups for option in options] if len(groups) == 1 else [
        element("optgroup", *options, label=f"Account {account_id}", id=f"group-{account_id}")
        for account_id, options in groups
    ]  # fmt: skip


def _group(account: Account, chosen: str) -> tuple[str, list[Html]]:
    keys = [(function_key(account.account_id, function.uuid), function) for function in account.functions]
    return account.account_id, [
        option(key, f"{one.name}{'' if one.invocable else f' ({one.state})'}", chosen, id=f"option-{key}")
        for key, one in keys
    ]


def _samples(samples: Sequence[Sample]) -> Html:
    """Return what the script shows: the samples of the chosen function or event."""
    options = [
        element("option", sample.label, value=sample.payload, data_target=sample.target, id=f"sample-{number}")
        for number, sample in enumerate(samples)
    ]
    return element(
        "select",
        element("option", "Samples", value="", id="no-sample"),
        *options,
        id="samples",
        aria_label="Sample payloads",
        data_live=True,
        hidden=True,
    )
