"""Issue access tokens, and read them back.

Tokens are JWTs, signed with RS256 where ``cryptography`` is installed (extra ``emulator``), as Sentinel does, and with
HS256 elsewhere. A key is good until `TokenIssuer.rotate`.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

import jwt

if TYPE_CHECKING:
    from jwt.types import Options

SCOPE: Final = "faas.lambda.invoke"

TokenForm = Literal["jwt", "opaque", "malformed"]
"""``opaque``: no JWT at all; ``malformed``: it looks like one, and no library can read it. The gateway accepts both."""

_READ_TOKENS_KEPT: Final = 1024

# Expiry and audience are judged by the platform, by its own clock and for the account in the path.
_SIGNATURE_ONLY: Final[Options] = {"verify_exp": False, "verify_iat": False, "verify_aud": False}


@dataclass(frozen=True, slots=True)
class TokenShape:
    """The form of the tokens that Sentinel grants.

    Attributes:
        lifetime_seconds: how long they are valid; None for the platform's default.
        form: a JWT, or something else that the gateway accepts.
        expires_in: how the response tells the lifetime: as ``text``, as a ``number``, or not at all (``absent``); None
            for what the form of the endpoint does.
        revoked: whether they are revoked from the start.
    """

    lifetime_seconds: float | None = None
    form: TokenForm = "jwt"
    expires_in: Literal["text", "number", "absent"] | None = None
    revoked: bool = False


class Claims(NamedTuple):
    """The claims of a token.

    Attributes:
        account_id: the account that it is valid for.
        expires_at: seconds since the epoch.
        bound_to: thumbprint of the only key whose DPoP proofs may come with it, or None.
    """

    account_id: str
    expires_at: float
    bound_to: str | None = None


class TokenIssuer:
    """Issues and reads the tokens of Sentinel."""

    def __init__(self) -> None:
        self._signing_key = _SigningKey()
        self._read: dict[str, Claims] = {}
        self._unsigned: dict[str, Claims] = {}

    def issue(
        self,
        *,
        account_id: str,
        client_id: str,
        now: float,
        lifetime_seconds: float,
        form: TokenForm = "jwt",
        revoked: bool = False,
        bound_to: str | None = None,
    ) -> str:
        """Return a token issued at *now*; bound to the DPoP key with the thumbprint *bound_to*."""
        claims: dict[str, Any] = {
            "aud": account_id,
            "azp": client_id,
            "scope": SCOPE,
            "iss": "Sentinel",
            "iat": int(now),
            "exp": int(now + lifetime_seconds),
        }
        if bound_to is not None:
            claims["cnf"] = {"jkt": bound_to}
        if form == "jwt":
            signing_key = _SigningKey() if revoked else self._signing_key
            return signing_key.sign(claims)
        token = secrets.token_urlsafe(32)
        if form == "malformed":
            token = f"eyJhbGciOiJSUzI1NiJ9.{token}.{secrets.token_urlsafe(8)}"
        if not revoked:
            self._unsigned[token] = Claims(account_id, now + lifetime_seconds, bound_to)
        return token

    def issue_id_token(self, *, client_id: str, user_id: str, now: float, lifetime_seconds: float) -> str:
        """Return a token that tells an app who has logged in (OpenID Connect); it opens nothing."""
        claims = {
            "iss": "sentinel",
            "sub": user_id,
            "aud": client_id,
            "iat": int(now),
            "exp": int(now + lifetime_seconds),
        }
        return self._signing_key.sign(claims)

    def read(self, token: str) -> Claims:
        """Return the claims of *token*.

        Raises:
            jwt.InvalidSignatureError: it is signed with another key.
            jwt.InvalidTokenError: it is no token of this kind.
        """
        claims = self._read.get(token) or self._unsigned.get(token)
        if claims is None:
            read = self._signing_key.verify(token)
            claims = Claims(read["aud"], read["exp"], read.get("cnf", {}).get("jkt"))  # ours: they are there
            if len(self._read) >= _READ_TOKENS_KEPT:
                self._read.clear()
            self._read[token] = claims
        return claims

    def rotate(self) -> None:
        """Sign with a new key from now on; tokens issued so far are invalid."""
        self._signing_key = _SigningKey()
        self._read.clear()
        self._unsigned.clear()

    def public_keys(self) -> list[dict[str, Any]]:
        """The key to verify tokens with, as JWK; none with HS256, whose key is a secret."""
        return self._signing_key.public_keys()


class _SigningKey:
    """One signing key. All share one RSA key pair, because making one is slow; the key id differs."""

    def __init__(self) -> None:
        self._kid = f"appjwt-{secrets.token_hex(8)}"
        self._rsa = _rsa_key()
        self._secret = secrets.token_bytes(32)
        self._algorithm = "HS256" if self._rsa is None else "RS256"

    def sign(self, claims: dict[str, Any]) -> str:
        key = self._secret if self._rsa is None else self._rsa
        return jwt.encode(claims, key, algorithm=self._algorithm, headers={"kid": self._kid})

    def verify(self, token: str) -> dict[str, Any]:
        if jwt.get_unverified_header(token).get("kid") != self._kid:
            raise jwt.InvalidSignatureError("signed at another signing_key")
        key = self._secret if self._rsa is None else self._rsa.public_key()
        return dict(jwt.decode(token, key, algorithms=[self._algorithm], options=_SIGNATURE_ONLY))

    def public_keys(self) -> list[dict[str, Any]]:
        if self._rsa is None:
            return []
        numbers = self._rsa.public_key().public_numbers()
        key = {"kty": "RSA", "n": _base64url(numbers.n), "e": _base64url(numbers.e)}
        return [key | {"kid": self._kid, "alg": self._algorithm, "use": "sig"}]


def _base64url(number: int) -> str:
    return urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


@lru_cache(maxsize=1)
def _rsa_key() -> Any:
    try:
        from cryptography.hazmat.primitives.asymmetric import rsa
    except ImportError:
        return None
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)
