"""Take secrets out of what is recorded: credentials by the name of their field, and everywhere once they were seen."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Final, cast
from urllib.parse import parse_qsl, quote, quote_plus

from pydantic_core import from_json

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.redaction import REDACTED, SENSITIVE_HEADERS, redact_headers, redact_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from lpfunctions.core.http.messages import HttpRequest, HttpResponse

_SECRET_FIELDS: Final = frozenset({
    "access_token", "api_key", "client_secret", "id_token", "passwd", "password", "private_key", "refresh_token",
    "secret",
})  # fmt: skip
_SHORTEST_LEARNED: Final = 8
"""A shorter secret is replaced where its field names it, and not in other texts, where it may be part of a word."""


class Scrubber:
    """Replaces secrets by ``[redacted]``, and remembers those that it has seen."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Replace *secrets* everywhere too.

        Raises:
            FaaSConfigurationError: one of them is no text, or empty.
        """
        self._lock = threading.Lock()
        self._known: set[str] = set()
        for secret in [secrets] if isinstance(secrets, str) else secrets:
            if not isinstance(secret, str) or not secret:
                raise FaaSConfigurationError("secrets must be texts that are to be replaced, none of them empty")
            self._learn(secret)

    def see(self, message: HttpRequest | HttpResponse) -> None:
        """Remember the credentials that *message* carries."""
        for name, value in message.headers.items():
            if name.lower() in SENSITIVE_HEADERS:
                self._learn_long(value.rpartition(" ")[2])
        for value in _secret_values(message.content or b""):
            self._learn_long(value)

    def text(self, text: str) -> str:
        """Return *text* without what is known as secret, and without what looks like a credential."""
        with self._lock:
            known = sorted(self._known, key=len, reverse=True)
        for secret in known:
            text = text.replace(secret, REDACTED)
        return redact_text(text)

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return *headers* without credentials."""
        return {name: self.text(value) for name, value in redact_headers(headers).items()}

    def value(self, value: object) -> Any:
        """Return the JSON *value* with each secret in it replaced, and each field whose name says that it holds one."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(item) for item in cast("list[object]", value)]
        if isinstance(value, dict):
            fields = cast("dict[str, object]", value)
            return {self.text(name): self._field(name, inner) for name, inner in fields.items()}
        return value

    def _field(self, name: str, value: object) -> Any:
        return REDACTED if name.lower() in _SECRET_FIELDS and value is not None else self.value(value)

    def _learn_long(self, secret: str) -> None:
        if len(secret) >= _SHORTEST_LEARNED and secret != REDACTED:
            self._learn(secret)

    def _learn(self, secret: str) -> None:
        with self._lock:
            self._known |= {secret, quote(secret, safe=""), quote_plus(secret)}


def _secret_values(content: bytes) -> Iterator[str]:
    """Yield what the secret fields of a body hold: of a JSON object, or of a form."""
    try:
        body: Any = from_json(content)
    except ValueError:
        body = dict(parse_qsl(content.decode(errors="replace")))
    if isinstance(body, dict):
        fields = cast("dict[str, Any]", body)
        yield from (value for name, value in fields.items() if name in _SECRET_FIELDS and isinstance(value, str))
