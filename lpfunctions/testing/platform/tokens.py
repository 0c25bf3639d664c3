"""Issue access tokens, and read them back.

Tokens are JWTs signed with HS256 under a key that lives as long as the issuer, or until `TokenIssuer.rotate`.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple

import jwt

if TYPE_CHECKING:
    from jwt.types import Options

SCOPE: Final = "faas.lambda.invoke"

_ALGORITHM: Final = "HS256"
_READ_TOKENS_KEPT: Final = 1024

# Expiry and audience are judged by the platform, by its own clock and for the account in the path.
_SIGNATURE_ONLY: Final[Options] = {"verify_exp": False, "verify_iat": False, "verify_aud": False}


class Claims(NamedTuple):
    """What the platform wants to know of a token.

    Attributes:
        account_id: the account it is good for.
        expires_at: seconds since the epoch.
    """

    account_id: str
    expires_at: float


class TokenIssuer:
    """Sentinel's signing desk."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._read: dict[str, Claims] = {}

    def issue(self, *, account_id: str, client_id: str, now: float, lifetime_seconds: float) -> str:
        """Return a signed token that starts to count at *now*."""
        claims = {
            "aud": account_id,
            "azp": client_id,
            "scope": SCOPE,
            "iss": "Sentinel",
            "iat": int(now),
            "exp": int(now + lifetime_seconds),
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, token: str) -> Claims:
        """Return the claims of *token*.

        Raises:
            jwt.InvalidSignatureError: it is signed with another key.
            jwt.InvalidTokenError: it is no token of this kind.
        """
        claims = self._read.get(token)
        if claims is None:
            claims = self._verify(token)
            if len(self._read) >= _READ_TOKENS_KEPT:
                self._read.clear()
            self._read[token] = claims
        return claims

    def rotate(self) -> None:
        """Sign with a new key from now on; tokens issued so far are worth nothing."""
        self._key = secrets.token_bytes(32)
        self._read.clear()

    def _verify(self, token: str) -> Claims:
        read = jwt.decode(token, self._key, algorithms=[_ALGORITHM], options=_SIGNATURE_ONLY)
        return Claims(read["aud"], read["exp"])  # both are there: nobody else has the key
