"""Errors as plain JSON and back: what each field may be, and how it is read from a record that somebody else wrote.

Knows no error class: `lpfunctions.core.errors` says which fields a class has. Texts are redacted and of bounded length,
so that a record may be logged and stored.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

from lpfunctions.core.attempts import Attempt
from lpfunctions.core.redaction import beginning_of, redact_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

MAX_CAUSES: Final = 10
"""How many causes, each the cause of the one before, a record holds."""

_DELIVERED: Final = ("no", "unknown", "yes")
_PHASES: Final = ("discovery", "token", "pool", "connect", "response", "backoff", "rate_limit")


def plain(value: object) -> Any:
    """Return *value*, an attribute of an error, as JSON has it."""
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Attempt):
        return {name: plain(fact) for name, fact in value._asdict().items()}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in cast("Iterable[object]", value)]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, int) else None


def text(value: str) -> str:
    """Return the beginning of *value*, redacted, in characters that UTF-8 can encode."""
    return redact_text(beginning_of(value)).encode("utf-8", "backslashreplace").decode()


def read_text(value: object) -> str:
    """Return *value* if it is a text, else an empty one."""
    return value if isinstance(value, str) else ""


def read_field(name: str, value: object) -> Any:
    """Return *value*, the field called *name* of a record, as the attribute; a safe one when it makes no sense."""
    return _READERS[name](value)


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _whole_number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _is_true(value: object) -> bool:
    return value is True


def _one_of(choices: tuple[str, ...], otherwise: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        return value if isinstance(value, str) and value in choices else otherwise

    return read


def _items(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(item for item in _items(value) if isinstance(item, str))


def _attempts(value: object) -> tuple[Attempt, ...]:
    return tuple(_attempt(cast("Mapping[str, object]", item)) for item in _items(value) if isinstance(item, dict))


def _attempt(record: Mapping[str, object]) -> Attempt:
    return Attempt(
        read_text(record.get("host")),
        _whole_number(record.get("status")),
        _text_or_none(record.get("error")),
        read_field("delivered", record.get("delivered")),
        _number(record.get("duration_seconds")) or 0.0,
    )


_READERS: Final[dict[str, Callable[[object], Any]]] = {
    "delivered": _one_of(_DELIVERED, "unknown"),
    "retryable": _is_true,
    "retry_after": _number,
    "status": _whole_number,
    "error_code": _text_or_none,
    "request_id": _text_or_none,
    "operation": read_text,
    "account_id": read_text,
    "reason": read_text,
    "error_message": _text_or_none,
    "attempts": _attempts,
    "phase": _one_of(_PHASES, "response"),
    "service": read_text,
    "known": _texts,
}
