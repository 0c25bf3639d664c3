"""A recorded invocation as text to paste: a command of the shell, or a program in Python."""

from __future__ import annotations

import shlex
from pprint import pformat
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

from lpfunctions.testing.client_options import needs_allow_insecure
from lpfunctions.testing.status_page.invocation import sent_body

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing.platform import Account, RecordedRequest

_KEPT: Final = ("content-type", "lp-eventsource")
_WIDTH: Final = 90


def as_curl(record: RecordedRequest, account: Account, origin: str) -> str:
    """Return a command that fetches a token of *account* from the emulator at *origin*, and repeats *record*."""
    credentials = {"client_id": account.client_id, "client_secret": account.client_secret}
    form = shlex.quote(urlencode({"grant_type": "client_credentials"} | credentials))
    sentinel = shlex.quote(f"{origin}/sentinel/api/account/{account.account_id}/app/token?v=2.0")
    target = record.url.partition("://")[2].partition("/")[2]
    headers = "".join(f"  -H {shlex.quote(f'{name}: {record.headers[name]}')} \\\n" for name in _sent(record))
    return (
        f"TOKEN=$(curl -s {sentinel} -d {form} \\\n"
        """  | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')\n"""
        f"curl {shlex.quote(f'{origin}/{target}')} \\\n"
        '  -H "Authorization: Bearer $TOKEN" \\\n'
        f"{headers}"
        f"  --data-binary {shlex.quote(record.body.decode(errors='replace'))}\n"
    )


def as_python(record: RecordedRequest, account: Account, origin: str) -> str:
    """Return a program that invokes the same with this library."""
    at = urlsplit(origin)
    client: dict[str, object] = {"csds_domain": at.netloc, "protocol": at.scheme}
    client["platform_version"] = account.platform_version.value
    if needs_allow_insecure(origin):
        client["allow_insecure"] = True
    return (
        "from lpfunctions import Client, ClientCredentials\n\n"
        "client = Client(\n"
        f"    account_id={account.account_id!r},\n"
        f"    auth_strategy=ClientCredentials(client_id={account.client_id!r}, "
        f"client_secret={account.client_secret!r}),\n"
        f"{_arguments(client.items())}"
        ")\n"
        "answer = client.invoke(\n"
        f"{_arguments(_invocation(record))}"
        ")\n"
        "print(answer.status, answer.body)\n"
    )


def _sent(record: RecordedRequest) -> list[str]:
    return [name for name in _KEPT if name in record.headers]


def _invocation(record: RecordedRequest) -> Iterator[tuple[str, Any]]:
    body = sent_body(record.body)
    if record.event_id is None:
        yield "lambda_uuid", record.functions[0]
    else:
        yield "event_id", record.event_id
    if "skillId" in record.query:
        yield "skill_id", record.query["skillId"][0]
    if body["headers"]:
        yield "headers", body["headers"]
    yield "payload", body.get("payload")


def _arguments(given: Any) -> str:
    return "".join(f"    {name}={_literal(value)},\n" for name, value in given)


def _literal(value: object) -> str:
    return pformat(value, width=_WIDTH, sort_dicts=False).replace("\n", "\n        ")
