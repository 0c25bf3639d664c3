"""Access tokens: read the token endpoint's response, and reckon a token's life on the monotonic clock.

Lives are counted from receipt, as ``exp - iat``, so a wrong wall clock on either side does no harm.
"""

from __future__ import annotations

import math
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass
from typing import Final, Self, TypeGuard
from urllib.parse import quote, quote_plus

from lpfunctions.core.errors import FaaSAppJWTAuthenticationError
from lpfunctions.core.http.body import json_object, read_if_possible
from lpfunctions.core.redaction import REDACTED, quoted

_TOKEN = re.compile(r"[\x21-\x7e]+")
_LARGEST_TOKEN: Final = 16 * 1024
_EARLIEST_END_SECONDS: Final = 300.0
_EARLIEST_END_SHARE: Final = 0.2

REFRESH_PAUSE_SECONDS: Final = 60.0
"""A token that is valid is not replaced more often than this."""


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """An access token and its life. The repr does not show it.

    Attributes:
        value: the token.
        refresh_at: monotonic time from which a new one is fetched.
        expires_at: monotonic time from which it is of no use; ``inf`` when its life is not known.
    """

    value: str
    refresh_at: float
    expires_at: float

    @classmethod
    def received(cls, value: str, life_seconds: float | None, now: float, refresh_after_seconds: float) -> Self:
        """A token that arrived at *now*.

        It is refreshed at the age of *refresh_after_seconds*, or ``min(5 min, 20 % of its life)`` before its end if
        that is earlier, but not before it is a minute old. *life_seconds* is None when it is not known.
        """
        life = math.inf if life_seconds is None else life_seconds
        margin = min(_EARLIEST_END_SECONDS, _EARLIEST_END_SHARE * life)
        refresh_at_age = max(min(refresh_after_seconds, life - margin), min(REFRESH_PAUSE_SECONDS, life))
        return cls(value, now + refresh_at_age, now + life)

    def __repr__(self) -> str:
        return f"<Token refresh_at={self.refresh_at:.1f} expires_at={self.expires_at:.1f}>"


@dataclass(frozen=True, slots=True, repr=False)
class Grant:
    """What the token endpoint gave: a token and its life in seconds, None when unknown."""

    token: str
    life_seconds: float | None

    def __repr__(self) -> str:
        return f"<Grant life_seconds={self.life_seconds}>"


def read_grant(content: bytes, host: str) -> Grant:
    """Read a token endpoint's good response; no message of this function shows what was in it.

    Raises:
        FaaSAppJWTAuthenticationError: the response has no usable ``access_token``.
    """
    grant = _grant(content)
    if isinstance(grant, Grant):
        return grant
    del content  # tools that report errors show the locals of the frame that raised
    raise FaaSAppJWTAuthenticationError(f"the token endpoint at {host} answered {grant}")


def read_refusal(content: bytes, secret: str = "") -> str:
    """What an OAuth 2.0 error response says, for a message; empty when it says nothing. Source: RFC 6749 section 5.2.

    Should the endpoint repeat the *secret* that it was sent, the message does not.
    """
    body = json_object(read_if_possible(content[:_LARGEST_TOKEN]))
    texts = [body[key] for key in ("error", "error_description") if isinstance(body.get(key), str)]
    return ": ".join(quoted(_without(secret, str(text))) for text in texts)


def is_token(value: object) -> TypeGuard[str]:
    """Can *value* be sent as an access token: printable ASCII without blanks, at most 16 KiB?"""
    return isinstance(value, str) and len(value) <= _LARGEST_TOKEN and _TOKEN.fullmatch(value) is not None


def _grant(content: bytes) -> Grant | str:
    """The grant, or what is wrong with the response."""
    body = json_object(read_if_possible(content))
    token = body.get("access_token")
    if not isinstance(token, str) or not token:
        return "without an access_token"
    if not is_token(token):
        return f"with a token that cannot be sent as a header ({len(token)} characters)"
    life = _life_by_claims(token)
    return Grant(token, life if life is not None else _seconds(body.get("expires_in")))


def _without(secret: str, text: str) -> str:
    for form in {secret, quote(secret, safe=""), quote_plus(secret)} - {""}:
        text = text.replace(form, REDACTED)
    return text


def _life_by_claims(token: str) -> float | None:
    claims = _claims(token)
    issued, expires = _seconds(claims.get("iat")), _seconds(claims.get("exp"))
    return None if issued is None or expires is None or expires <= issued else expires - issued


def _claims(token: str) -> dict[str, object]:
    """The claims of a JWT (RFC 7519 section 7.2), unverified; none for a token that is not one, which is used as it is.

    Not by PyJWT, which loads cryptography where it is installed: a sixth of the time to the first response.
    """
    segments = token.split(".")
    if len(segments) != 3:
        return {}
    try:
        content = urlsafe_b64decode(segments[1] + "==")
    except ValueError:
        return {}
    return json_object(read_if_possible(content))


def _seconds(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        seconds = float(value)
    except (ValueError, OverflowError):
        return None
    return seconds if 0 < seconds < math.inf else None
