"""A payload as it is typed: JSON, ``@file`` or ``-``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from lpfunctions import FaaSConfigurationError


def read_payload(text: str) -> Any:
    """Return the payload that *text* is, or names.

    Raises:
        FaaSConfigurationError: it is not JSON, or the file cannot be read.
    """
    content, source = _content(text)
    try:
        return from_json(content)
    except ValueError as broken:
        raise FaaSConfigurationError(
            f"{source} is not JSON: {broken}. Quote a text as JSON does, '\"text\"'; @FILE reads a file, - the input"
        ) from None


def _content(text: str) -> tuple[bytes, str]:
    if text == "-":
        return sys.stdin.buffer.read(), "the input"
    if text.startswith("@"):
        try:
            return Path(text[1:]).read_bytes(), f"the file {text[1:]!r}"
        except OSError as unreadable:
            raise FaaSConfigurationError(f"the file {text[1:]!r} cannot be read: {unreadable.strerror}") from None
    return text.encode("utf-8", "surrogateescape"), "the payload"
