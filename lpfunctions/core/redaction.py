"""Keep secrets out of whatever a person or a log may see."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

REDACTED = "[redacted]"

SENSITIVE_HEADERS = frozenset({"authorization", "cookie", "dpop", "proxy-authorization", "set-cookie"})

_JWT = re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)?")
_SCHEME = re.compile(r"\b(Bearer|DPoP|Basic|OAuth)\s+[^\s,\"']+", re.IGNORECASE)
_USER_OF_URL = re.compile(r"(://)[^/@\s\"']+@")
_FIELD = re.compile(
    r"(\b(?:access_token|refresh_token|id_token|client_secret|oauth_\w+|api_key|passw(?:or)?d|private_key|secret)\b"
    r"[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s&\"',;}]+",
    re.IGNORECASE,
)

_REPLACEMENTS = (
    (_JWT, REDACTED),
    (_SCHEME, rf"\1 {REDACTED}"),
    (_USER_OF_URL, rf"\1{REDACTED}@"),
    (_FIELD, rf"\1{REDACTED}"),
)

_QUOTED_LENGTH = 120
_LINE_LENGTH = 160


def redact_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return *headers* with the values of sensitive fields replaced."""
    return {name: REDACTED if name.lower() in SENSITIVE_HEADERS else value for name, value in headers.items()}


def redact_text(text: str) -> str:
    """Replace what looks like a credential in *text*: JWTs, ``Bearer …``, users of URLs, ``client_secret=…``."""
    for pattern, replacement in _REPLACEMENTS:
        text = pattern.sub(replacement, text)
    return text


def quoted(untrusted: object) -> str:
    """Show a value that came from outside in a message: one line, quoted, redacted, of bounded length."""
    text = redact_text(str(untrusted))
    return repr(text if len(text) <= _QUOTED_LENGTH else text[: _QUOTED_LENGTH - 1] + "…")


def one_line(untrusted: str) -> str:
    """Show a text that came from outside without quotes: one printable line of bounded length, both ends kept."""
    text = untrusted if len(untrusted) <= _LINE_LENGTH else untrusted[:100] + "…" + untrusted[-50:]
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
