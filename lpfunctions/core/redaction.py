"""Keep secrets out of whatever a person or a log may see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REDACTED = "[redacted]"

SENSITIVE_HEADERS = frozenset({"authorization", "cookie", "dpop", "proxy-authorization", "set-cookie"})

# All of them take time in proportion to the text: no part of it is read again and again. A possessive quantifier (++)
# gives nothing back; the atomic group of _JWT settles for the first "eyJ" of a word, and its other branch steps over a
# word without one.
_JWT = re.compile(r"(?>([\w-]*?)\beyJ)[\w-]++\.[\w-]++(?:\.[\w-]*+)?|[\w-]++")
_SCHEME = re.compile(r"\b(Bearer|DPoP|Basic|OAuth)\s++[^\s,\"']++", re.IGNORECASE)
_USER_OF_URL = re.compile(r"(://)[^/@\s\"']++@")
_FIELD = re.compile(
    r"(\b(?:access_token|refresh_token|id_token|client_secret|oauth_\w++|api_key|passw(?:or)?d|private_key|secret)\b"
    r"[\"']?\s*+[=:]\s*+[\"']?)"
    r"[^\s&\"',;}]++",
    re.IGNORECASE,
)

_REPLACEMENTS = (
    (_SCHEME, rf"\1 {REDACTED}"),
    (_USER_OF_URL, rf"\1{REDACTED}@"),
    (_FIELD, rf"\1{REDACTED}"),
)

_READ_LENGTH = 4096
_QUOTED_LENGTH = 120
_LINE_LENGTH = 160


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return *headers* with the values of sensitive fields replaced."""
    return {name: REDACTED if name.lower() in SENSITIVE_HEADERS else value for name, value in headers.items()}


def redact_text(text: str) -> str:
    """Replace what looks like a credential in *text*: JWTs, ``Bearer …``, users of URLs, ``client_secret=…``."""
    if "eyJ" in text:
        text = _JWT.sub(_without_jwt, text)
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


def _without_jwt(word: re.Match[str]) -> str:
    before: str | None = word[1]
    return word[0] if before is None else before + REDACTED


def quoted(untrusted: object) -> str:
    """Show a value that came from outside in a message: one line, quoted, redacted, of bounded length."""
    text = redact_text(beginning_of(str(untrusted)))
    return repr(text if len(text) <= _QUOTED_LENGTH else text[: _QUOTED_LENGTH - 1] + "…")


def beginning_of(text: str) -> str:
    """The beginning of *text*, as much as is ever shown of it once it is redacted; no word is cut in two.

    Half a word may be half a credential, which nothing recognises.
    """
    if len(text) <= _READ_LENGTH:
        return text
    whole_words, _, _ = text[:_READ_LENGTH].rpartition(" ")
    return whole_words or text[:_READ_LENGTH]


def one_line(untrusted: str) -> str:
    """Show a text that came from outside without quotes: one printable line of bounded length, both ends kept."""
    text = untrusted if len(untrusted) <= _LINE_LENGTH else untrusted[:100] + "…" + untrusted[-50:]
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
