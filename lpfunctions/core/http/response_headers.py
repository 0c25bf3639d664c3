"""Response headers as users read them: any spelling of a name, no credential in sight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from lpfunctions.core.redaction import SENSITIVE_HEADERS, redact_headers


class Headers(Mapping[str, str]):
    """A read-only mapping whose keys match in any case.

    Built on lower-case names, as transports give them. Its repr and its pickle hold no cookie or credential.
    """

    __slots__ = ("_lower",)

    def __init__(self, lower: Mapping[str, str]) -> None:
        self._lower = lower

    def __getitem__(self, name: str) -> str:
        return self._lower[name.lower()]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._lower

    def __iter__(self) -> Iterator[str]:
        return iter(self._lower)

    def __len__(self) -> int:
        return len(self._lower)

    def __repr__(self) -> str:
        return f"Headers({redact_headers(self._lower)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        kept = {name: value for name, value in self._lower.items() if name not in SENSITIVE_HEADERS}
        return Headers, (kept,)
