"""Read response bodies: JSON where it is JSON, text otherwise, and the two shapes of platform errors."""

from __future__ import annotations

import codecs
import json
import sys
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic_core import from_json

from lpfunctions.core.errors import FaaSResponseFormatError


def read_body(content: bytes) -> tuple[Any, bool]:
    """Return the decoded body, and whether it was JSON. Integers are exact; text is read as UTF-8; nothing is None.

    What pydantic's fast reader does not take and is JSON all the same (half of a surrogate pair, deep nesting) is read
    by the standard library.

    Raises:
        FaaSResponseFormatError: JSON that Python cannot hold: too many digits, or nested too deeply.
    """
    try:
        return from_json(content, allow_inf_nan=False), True
    except ValueError:
        content = json_bytes(content)
        return _read_slowly(content) if content else (None, False)


def _read_slowly(content: bytes) -> tuple[Any, bool]:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return content.decode("utf-8", "replace"), False
    try:
        return json.loads(text, parse_constant=_reject_constant), True
    except json.JSONDecodeError:
        return text, False
    except RecursionError:
        raise FaaSResponseFormatError("the response is nested too deeply to be read", delivered="yes") from None
    except ValueError:
        digits = sys.get_int_max_str_digits()
        raise FaaSResponseFormatError(
            f"the response holds an integer of more than {digits} digits; sys.set_int_max_str_digits can allow more",
            delivered="yes",
        ) from None


def _reject_constant(name: str) -> None:
    """``NaN`` and ``Infinity`` are no JSON, though Python's reader takes them (RFC 8259 section 6)."""
    raise json.JSONDecodeError("no JSON", name, 0)


def read_if_possible(content: bytes) -> Any:
    """Return the decoded body, or None where it cannot be read: for what is only looked into."""
    try:
        return read_body(content)[0]
    except FaaSResponseFormatError:
        return None


def claims_html_or_json(content_type: str | None) -> bool:
    """Does a ``Content-Type`` name HTML or JSON?"""
    named = (content_type or "").partition(";")[0].strip().lower()
    return named in _HTML_OR_JSON or named.endswith("+json")


_HTML_OR_JSON: Final = frozenset({"text/html", "application/json", "text/json"})


def json_bytes(content: bytes) -> bytes:
    """Return *content* without the byte order mark that some servers put before JSON."""
    return content.removeprefix(codecs.BOM_UTF8)


def json_object(value: object) -> dict[str, object]:
    """Return *value* if it is a JSON object, and an empty one otherwise."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """What an error body says; either part may be missing."""

    code: str | None = None
    message: str | None = None


def read_error_body(body: object) -> ErrorBody:
    """Read a V1 body (``errorCode``, ``errorMsg``) or a V2 body (``code``, ``message``), on either version."""
    said = json_object(body)
    return ErrorBody(_text(said, "errorCode", "code"), _text(said, "errorMsg", "message"))


def _text(body: dict[str, object], *names: str) -> str | None:
    values = (body.get(name) for name in names)
    return next((value for value in values if isinstance(value, str)), None)
