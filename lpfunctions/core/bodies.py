"""Read answer bodies: JSON where it is JSON, text otherwise, and the two shapes of platform errors."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import Any, cast

from pydantic_core import from_json

from lpfunctions.core.codes import v1_code


def read_body(content: bytes) -> tuple[Any, bool]:
    """Return the decoded body, and whether it was JSON. Integers are exact; text is read as UTF-8."""
    content = json_bytes(content)
    try:
        return from_json(content, allow_inf_nan=False), True
    except ValueError:
        return content.decode("utf-8", "replace"), False


def json_bytes(content: bytes) -> bytes:
    """Return *content* without the byte order mark that some servers put before JSON."""
    return content.removeprefix(codecs.BOM_UTF8)


def json_object(value: object) -> dict[str, object]:
    """Return *value* if it is a JSON object, and an empty one otherwise."""
    return cast("dict[str, object]", value) if isinstance(value, dict) else {}


@dataclass(frozen=True, slots=True)
class Complaint:
    """What an error body says; either part may be missing."""

    code: str | None = None
    message: str | None = None


def read_complaint(body: object) -> Complaint:
    """Read a V1 body (``errorCode``, ``errorMsg``) or a V2 body (``code``, ``message``), on either generation."""
    said = json_object(body)
    return Complaint(_text(said, "errorCode", "code"), _text(said, "errorMsg", "message"))


def as_v1_error(body: object) -> object:
    """Turn a V2 error body into its V1 form; anything else stays as it is."""
    said = json_object(body)
    code, message = said.get("code"), said.get("message")
    if not isinstance(code, str) or not isinstance(message, str):
        return body
    return {"errorCode": v1_code(code), "errorMsg": message}


def _text(body: dict[str, object], *names: str) -> str | None:
    values = (body.get(name) for name in names)
    return next((value for value in values if isinstance(value, str)), None)
