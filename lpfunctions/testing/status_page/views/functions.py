"""The functions of each account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from lpfunctions.testing.status_page.html import Html, element, joined
from lpfunctions.testing.status_page.invocation import function_key
from lpfunctions.testing.status_page.views.parts import block, copy_button, log_lines

if TYPE_CHECKING:
    from lpfunctions.testing.platform import Account, DeployedFunction

_LOGS_SHOWN: Final = 10


def functions_section(accounts: list[Account]) -> Html:
    """Return the section; an account has a heading when there are several."""
    lists = [part for account in accounts for part in _account(account, is_alone=len(accounts) == 1)]
    return element(
        "section",
        element("h2", "Functions", id="functions-title"),
        element("div", *lists, id="functions", data_live=True),
        class_="card",
        aria_labelledby="functions-title",
    )


def _account(account: Account, *, is_alone: bool) -> list[Html]:
    rows = [_function(account, function) for function in account.functions] or [_nothing(account)]
    name = f"account-{account.account_id}"
    version = element("span", account.platform_version.value.upper(), class_="badge plain")
    heading = element("h3", "Account ", account.account_id, " ", version, id=name)
    return [*([] if is_alone else [heading]), *rows]


def _nothing(account: Account) -> Html:
    return element(
        "div",
        element("p", "No function is deployed. Start the emulator with yours, or deploy one in a test:"),
        element(
            "pre",
            "python -m lpfunctions.testing --functions functions.py\n\n"
            '@platform.function(event_id="conversational_command")\n'
            "def greet(input):\n"
            "    return f\"Hello {input.payload['name']}\"",
            tabindex="0",
        ),
        class_="nothing",
        id=f"nothing-{account.account_id}",
    )


def _function(account: Account, function: DeployedFunction) -> Html:
    name = f"function-{account.account_id}-{function.uuid}"
    summary = element(
        "summary",
        element("span", function.name, class_="name"),
        element("span", _listens_to(function), class_="about"),
        element("span", function.state, class_=f"badge {'plain' if function.invocable else 'warn'}"),
        element("span", _runs(function.invocation_count), class_="count"),
    )
    return element(
        "div",
        element("details", summary, _more(function, name), id=f"{name}-details"),
        _invoke_link(account, function, name),
        class_="row function",
        id=name,
    )


def _runs(count: int) -> str:
    return "no runs" if not count else f"{count:,} run{'s' if count > 1 else ''}"


def _listens_to(function: DeployedFunction) -> Html:
    if function.event_id is None:
        return Html()
    skills = f" for skill{'s' if len(function.skills) > 1 else ''} {', '.join(function.skills)}"
    return joined("on ", element("code", function.event_id), skills if function.skills else "")


def _more(function: DeployedFunction, name: str) -> Html:
    logs = list(function.logs)[-_LOGS_SHOWN:]
    return element(
        "div",
        element("p", function.description) if function.description else "",
        element("p", "UUID ", element("code", function.uuid), " ", copy_button("Copy", function.uuid, f"{name}-copy")),
        block("Last log entries", log_lines(logs, "It has logged nothing.")),
        class_="more",
    )


def _invoke_link(account: Account, function: DeployedFunction, name: str) -> Html:
    if not function.invocable:
        return Html()
    query = urlencode({"function": function_key(account.account_id, function.uuid)})
    return element(
        "a",
        "Invoke",
        element("span", f" {function.name}", class_="unseen"),
        href=f"/?{query}#invoke",
        class_="button small",
        data_into="invoke-form",
        data_focus="invoke-payload",
        id=f"{name}-invoke",
    )
