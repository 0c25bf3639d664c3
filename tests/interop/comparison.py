"""Compare two requests, or two outcomes, field by field. What differs gets a name; nothing is forgiven here."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from lpfunctions.testing import RecordedRequest
    from tests.interop.peers import Called

ABSENT = "-"

_UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"\d+(\.\d+)+\S*")


class Difference(NamedTuple):
    """One field in which the clients differ.

    Attributes:
        where: ``discovery``, ``token``, ``invoke``, ``is_implemented``, ``list``, or ``outcome``.
        field: which one.
        node: how the reference client has it.
        ours: how we have it.
    """

    where: str
    field: str
    node: str
    ours: str


def differences(node: Called, ours: Called) -> Iterator[Difference]:
    """All that differs between the same call of both clients."""
    for kind in dict.fromkeys(record.kind for record in [*node.requests, *ours.requests]):
        theirs, mine = ([record for record in called.requests if record.kind == kind] for called in (node, ours))
        if len(theirs) != len(mine):
            yield Difference(kind, "number of requests", str(len(theirs)), str(len(mine)))
        for left, right in zip(theirs, mine, strict=False):
            yield from _between(kind, request_fields(left), request_fields(right))
    yield from _between("outcome", outcome_fields(node.outcome), outcome_fields(ours.outcome))


def _between(where: str, node: Mapping[str, str], ours: Mapping[str, str]) -> Iterator[Difference]:
    for field in dict.fromkeys([*node, *ours]):
        left, right = node.get(field, ABSENT), ours.get(field, ABSENT)
        if left != right:
            yield Difference(where, field, left, right)


def request_fields(record: RecordedRequest) -> dict[str, str]:
    """Everything on the wire, each part under a name of its own."""
    fields = {"method": record.method, "scheme": record.url.partition(":")[0], "host": record.host, "path": record.path}
    query = record.url.partition("?")[2]
    for name, _, value in (pair.partition("=") for pair in query.split("&") if pair):
        fields[f"query {name}"] = f"{fields[f'query {name}']}&{value}" if f"query {name}" in fields else value
    for name, value in record.headers.items():
        if name not in {"host", "content-length"}:  # one is compared above, the other counts the body
            fields[f"header {name}"] = _header(name, value)
    return fields | _body(record)


def _header(name: str, value: str) -> str:
    if name == "authorization":
        return value.partition(" ")[0] + " <jwt>"
    if name == "user-agent":
        return _VERSION.sub("<version>", value)
    if name == "x-request-id" and _UUID.fullmatch(value):
        return "<uuid4>" if _UUID4.fullmatch(value) else "<hex digits in the form of a uuid>"
    return value


def _body(record: RecordedRequest) -> dict[str, str]:
    if not record.body:
        return {}
    if record.kind == "token":
        pairs = parse_qsl(record.body.decode(), keep_blank_values=True, strict_parsing=True)
        return {f"form {name}": value for name, value in pairs}
    parsed: dict[str, Any] = record.json()
    return {f"body {name}": json.dumps(value, ensure_ascii=False) for name, value in parsed.items()}


def outcome_fields(outcome: Mapping[str, Any]) -> dict[str, str]:
    """What the user saw; the time of an event's answer left out."""
    fields = {name: json.dumps(value, sort_keys=True) for name, value in outcome.items()}
    return {name: re.sub(r'"timestamp": "[^"]*"', '"timestamp": "<now>"', value) for name, value in fields.items()}


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """*rows* as a Markdown table; the first is the head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + " --- |" * len(rows[0]), *lines[1:]]) + "\n"
