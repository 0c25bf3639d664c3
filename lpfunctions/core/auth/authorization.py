"""What authorises a request, on its way through our code: headers that show nothing, and which source an error names.

Rule of the file: no frame that raises has a credential among its locals. Tools that report errors show locals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lpfunctions.core.errors import FaaSAppJWTAuthenticationError
from lpfunctions.core.http.request_headers import EXCHANGE_HEADERS, is_header_name, is_header_value
from lpfunctions.core.redaction import REDACTED


class AuthHeaders(dict[str, str]):
    """Headers that prove who calls. The repr shows their names only."""

    def __repr__(self) -> str:
        return f"<AuthHeaders {', '.join(f'{name}: {REDACTED}' for name in self)}>"


@dataclass(frozen=True, slots=True)
class AuthState:
    """How the authorisation of a client is doing, without a credential.

    Attributes:
        age_seconds: since the token in use was received; None when there is none.
        refresh_in_seconds: until a new one is fetched beside the calls; None when there is none.
        expires_in_seconds: until the token in use ends; None when there is none, ``inf`` when its life is not known.
        refreshes: tokens received so far.
        failures: fetches of a token that failed so far.
        failures_in_a_row: the last of them, with no success since.
    """

    age_seconds: float | None
    refresh_in_seconds: float | None
    expires_in_seconds: float | None
    refreshes: int
    failures: int
    failures_in_a_row: int


def check_sendable(source: str, headers: AuthHeaders) -> None:
    """Refuse what *source* made if it cannot be sent as headers. The message does not show it.

    Raises:
        FaaSAppJWTAuthenticationError: says what is wrong, and with which header.
    """
    for name in headers:
        if not is_header_name(name) or name.lower() in EXCHANGE_HEADERS:
            raise FaaSAppJWTAuthenticationError(f"{source} must not set the header {name!r}")
        if not is_header_value(headers[name]):
            raise FaaSAppJWTAuthenticationError(
                f"{source} must give {name} as a str of printable ASCII, and gave a {_kind(headers[name])}"
            )


def _kind(value: Any) -> str:
    return f"{type(value).__name__} that is not" if isinstance(value, str) else type(value).__name__
