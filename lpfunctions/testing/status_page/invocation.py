"""Invoking by hand: the fields of the form, and the request that they make."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Literal, Self, cast
from urllib.parse import quote, urlencode

from pydantic_core import from_json, to_json

from lpfunctions.core.http.messages import HttpRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lpfunctions.testing.platform import Account, RecordedRequest

SOURCE: Final = "emulator"
"""What an invocation by hand calls its source."""

_FIELDS: Final = ("function", "account", "event", "skill", "headers", "payload")


class FieldError(Exception):
    """A field of a form cannot be used.

    Attributes:
        name: of the field.
    """

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name


@dataclass(frozen=True, slots=True)
class InvocationForm:
    """The form as it was filled in, all text.

    Attributes:
        by: ``function`` or ``event``.
        function: account and uuid, as `function_key` joins them.
        account: whose event it is.
        event: its id.
        skill: the skill that the event is for; empty for none.
        headers: a line for each, such as ``language: en``.
        payload: JSON; None for a sample.
        errors: what is wrong, by field.
    """

    by: Literal["function", "event"] = "function"
    function: str = ""
    account: str = ""
    event: str = ""
    skill: str = ""
    headers: str = ""
    payload: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of_fields(cls, fields: Mapping[str, str]) -> Self:
        """Return the form with what a browser sent."""
        function, account, event, skill, headers, payload = (fields.get(name, "") for name in _FIELDS)
        by: Literal["function", "event"] = "event" if fields.get("by") == "event" else "function"
        return cls(by, function, account, event, skill, headers, payload)

    @classmethod
    def of_record(cls, record: RecordedRequest) -> Self:
        """Return the form that repeats *record*, an invocation."""
        body = sent_body(record.body)
        skill = record.query.get("skillId", [""])[0]
        headers = "\n".join(f"{one['key']}: {one['value']}" for one in body.get("headers", []))
        payload = to_json(body.get("payload"), indent=2).decode()
        if record.event_id is not None:
            return cls("event", "", record.account_id, record.event_id, skill, headers, payload)
        key = function_key(record.account_id, record.functions[0])
        return cls("function", function=key, headers=headers, payload=payload)

    def with_error(self, error: FieldError) -> Self:
        """Return the same with *error*."""
        return replace(self, errors={error.name: str(error)})

    def request(self, accounts: Mapping[str, Account], origin: str, now: float) -> tuple[Account, HttpRequest]:
        """Return the account and the request, which has no token yet.

        Raises:
            FieldError: a field is wrong.
        """
        account, path = self._target(accounts)
        query = {"v": "1", "externalSystem": SOURCE} | ({"skillId": self.skill} if self._skill_counts else {})
        body = {
            "timestamp": int(now * 1000),
            "headers": read_lines("headers", self.headers, ("key", "value")),
            "payload": self._payload(),
        }
        url = f"{origin}/api/account/{quote(account.account_id, safe='')}/{path}/invoke?{urlencode(query)}"
        headers = {"Content-Type": "application/json", "LP-EventSource": SOURCE}
        return account, HttpRequest("POST", url, headers, to_json(body))

    @property
    def _skill_counts(self) -> bool:
        return self.by == "event" and bool(self.skill)

    def _target(self, accounts: Mapping[str, Account]) -> tuple[Account, str]:
        if self.by == "function":
            account_id, _, uuid = self.function.rpartition("/")
            account = accounts.get(account_id)
            if account is None or account.functions.get(uuid) is None:
                raise FieldError("function", "Choose one of the functions.")
            return account, f"lambdas/{uuid}"
        account = accounts.get(self.account)
        if account is None:
            raise FieldError("account", "Choose one of the accounts.")
        if not self.event.strip():
            raise FieldError("event", "Name an event, such as conversational_command.")
        return account, f"events/{quote(self.event.strip(), safe='')}"

    def _payload(self) -> object:
        try:
            return cast("object", from_json((self.payload or "").strip() or "null", allow_inf_nan=False))
        except ValueError as broken:
            raise FieldError("payload", f"This is no JSON: {broken}.") from None


def function_key(account_id: str, uuid: str) -> str:
    """Return what a form calls a function."""
    return f"{account_id}/{uuid}"


def read_lines(name: str, text: str, keys: tuple[str, str]) -> list[dict[str, str]]:
    """Return the lines ``name: value`` of the field *name*, each as a dict with *keys*.

    Raises:
        FieldError: a line has no colon.
    """
    read: list[dict[str, str]] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        key, colon, value = line.partition(":")
        if not colon or not key.strip():
            raise FieldError(name, f"Write each header as “name: value”; “{line}” is none.")
        read.append(dict(zip(keys, (key.strip(), value.strip()), strict=True)))
    return read


def sent_body(content: bytes) -> dict[str, Any]:
    """Return the body of an invocation as a dict with ``headers``, without what no client of ours would send."""
    try:
        body = from_json(content)
    except ValueError:
        body = None
    known = cast("dict[str, Any]", body) if isinstance(body, dict) else {}
    return known | {"headers": [one for one in _list(known.get("headers")) if _is_header(one)]}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []  # pyright: ignore[reportUnknownVariableType]


def _is_header(value: object) -> bool:
    return isinstance(value, dict) and {"key", "value"} <= cast("dict[str, Any]", value).keys()
