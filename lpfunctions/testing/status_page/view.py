"""The HTML of the status page: a pure function of the platform."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from pydantic_core import from_json

from lpfunctions.core.redaction import redact_headers
from lpfunctions.testing.status_page.html import Html, element, joined, table

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpResponse
    from lpfunctions.testing.platform import Account, DeployedFunction, FakePlatform, RecordedRequest

INVOKE_PATH: Final = "/_emulator/invoke"

_CALLS_SHOWN: Final = 50
_LOGS_SHOWN: Final = 10
_TEXT_SHOWN: Final = 4000

_STYLE: Final = Html("""
:root { color-scheme: light dark; --line: #8884; --good: #1a7f37; --bad: #c62828; }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
table { border-collapse: collapse; width: 100%; } th { text-align: left; font-weight: 600; }
th, td { border-bottom: 1px solid var(--line); padding: .35rem .6rem .35rem 0; vertical-align: top; }
code, pre, textarea { font: 13px/1.4 ui-monospace, monospace; } pre { white-space: pre-wrap; overflow-wrap: anywhere; }
form { min-width: 18rem; }
textarea { box-sizing: border-box; width: 100%; min-height: 4rem; }
.good { color: var(--good); } .bad { color: var(--bad); } .none { opacity: .7; }
.result { border: 1px solid var(--line); border-radius: .4rem; padding: .2rem 1rem; }
""")


def page(platform: FakePlatform, url: str, result: Html | None = None) -> bytes:
    """Return the page for the emulator at *url*, with the *result* of what was just invoked by hand."""
    accounts = list(platform.accounts.values())
    body = element(
        "body",
        element("h1", "LivePerson Functions emulator"),
        element("p", "Listening on ", element("code", url), ". ", element("a", "Refresh", href="/")),
        result or "",
        element("h2", "Accounts"),
        _accounts(accounts),
        *(part for account in accounts for part in _functions(account)),
        element("h2", "Last calls"),
        _calls(list(platform.requests)[: -_CALLS_SHOWN - 1 : -1]),
    )
    head = element(
        "head", element("meta", charset="utf-8"), element("title", "Functions emulator"), element("style", _STYLE)
    )
    return ("<!doctype html>" + element("html", head, body, lang="en")).encode()


def shown_result(function: DeployedFunction | None, answer: HttpResponse, seconds: float) -> Html:
    """Return the result of an invocation by hand."""
    name = function.name if function else "an unknown function"
    return element(
        "section",
        element("h2", f"Invoked {name}"),
        element("p", _status(answer.status), f" {answer.reason}, {seconds * 1000:.1f} ms"),
        element("pre", _pretty(answer.content)),
        class_="result",
    )


def _accounts(accounts: list[Account]) -> Html:
    rows: list[tuple[object, ...]] = [
        (
            element("code", account.account_id),
            account.generation.value.upper(),
            element("code", account.client_id),
            joined(
                *(element("div", f"{service}: ", element("code", host)) for service, host in account.domains.items())
            ),
        )
        for account in accounts
    ]
    return table(("account", "generation", "client id", "hosts"), rows, "There is no account.")


def _functions(account: Account) -> tuple[Html, Html]:
    rows = [_function(account, function) for function in account.functions]
    head = ("function", "event", "skills", "state", "runs", "")
    nothing = "No function is deployed."
    return element("h2", "Functions of account ", element("code", account.account_id)), table(head, rows, nothing)


def _function(account: Account, function: DeployedFunction) -> tuple[object, ...]:
    return (
        joined(element("strong", function.name), element("div", element("code", function.uuid)), function.description),
        element("code", function.event_id or ""),
        ", ".join(function.skills),
        function.state,
        str(function.invocation_count),
        joined(_invoke_form(account, function), _logs(function)),
    )


def _invoke_form(account: Account, function: DeployedFunction) -> Html:
    fields = element(
        "form",
        element("input", type="hidden", name="account", value=account.account_id),
        element("input", type="hidden", name="function", value=function.uuid),
        element("label", "Payload, as JSON", element("textarea", "{}", name="payload", spellcheck="false")),
        element("button", "Invoke"),
        method="post",
        action=INVOKE_PATH,
    )
    return element("details", element("summary", "Invoke"), fields)


def _logs(function: DeployedFunction) -> Html:
    entries = list(function.logs)[-_LOGS_SHOWN:]
    if not entries:
        return Html()
    lines = "\n".join(" ".join((entry.level.upper(), entry.message, *entry.extras)) for entry in entries)
    return element("details", element("summary", "Log"), element("pre", _cut(lines)))


def _calls(records: list[RecordedRequest]) -> Html:
    rows: list[tuple[object, ...]] = [
        (
            record.kind,
            element(
                "details", element("summary", element("code", f"{record.method} {record.path}")), _exchange(record)
            ),
            _status(record.status),
            "" if record.duration_seconds is None else f"{record.duration_seconds * 1000:.1f} ms",
        )
        for record in records
    ]
    return table(("kind", "request", "status", "duration"), rows, "Nobody has called yet.")


def _exchange(record: RecordedRequest) -> Html:
    headers = "\n".join(f"{name}: {value}" for name, value in redact_headers(record.headers).items())
    url, body, answer = record.url, _pretty(record.body), _pretty(record.answer)
    if record.kind == "token":  # some clients put the secret in the query
        url, body, answer = url.partition("?")[0], "(credentials)", "(token)" if record.status == 200 else answer
    return joined(
        element("pre", _cut(f"{record.method} {url}\n{headers}\n\n{body}")),
        element("pre", f"{record.status or 'no answer'} {record.remark or ''}\n\n{answer}"),
    )


def _status(status: int | None) -> Html:
    good = status is not None and 200 <= status < 300
    return element("span", str(status) if status else "none", class_="good" if good else "bad")


def _pretty(content: bytes) -> str:
    try:
        value: Any = from_json(content)
    except ValueError:
        return _cut(content.decode(errors="replace"))
    return _cut(json.dumps(value, indent=2, ensure_ascii=False))


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_SHOWN else f"{text[:_TEXT_SHOWN]} … {len(text) - _TEXT_SHOWN} more characters"
