"""Check proofs of possession (DPoP, RFC 9449 section 4.3). Needs ``cryptography``, the extra ``emulator``."""

from __future__ import annotations

import hashlib
import threading
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, Final, cast

import jwt
from pydantic_core import to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import TypeGuard

    from jwt.types import Options

    from lpfunctions.testing.platform.functions.runner import WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

_ALGORITHMS: Final = ("ES256", "ES384", "ES512", "EdDSA", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512")
WRONG_NONCE: Final = "the proof lacks the server's nonce"

_OLDEST_SECONDS: Final = 300.0
_PRIVATE: Final = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})

# The members that make up a thumbprint, by type of key, in their order (RFC 7638 section 3.2).
_MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "EC": ("crv", "kty", "x", "y"),
    "OKP": ("crv", "kty", "x"),
    "RSA": ("e", "kty", "n"),
}

# The claims are checked here, by the platform's clock.
_SIGNATURE_ONLY: Final[Options] = {
    "verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False, "verify_iss": False,
    "verify_sub": False, "verify_jti": False,
}  # fmt: skip


class DpopVerifier:
    """Verifies DPoP proofs, and remembers them: none is valid twice.

    Attributes:
        nonce: what the claim of that name must be; None while there need be none.
    """

    def __init__(self, clock: WallClock) -> None:
        self.nonce: str | None = None
        self._clock = clock
        self._seen: set[str] = set()
        self._lock = threading.Lock()

    def flaw(self, incoming: Incoming, token: str, bound_to: str | None) -> str | None:
        """Return what is wrong with the proof that came with *token*, or None."""
        proof = incoming.headers.get("dpop")
        if proof is None:
            return "there is no DPoP proof"
        try:
            header = jwt.get_unverified_header(proof)
            key = header.get("jwk")
            if header.get("typ") != "dpop+jwt" or header.get("alg") not in _ALGORITHMS or not _is_public(key):
                return "the proof's header lacks typ dpop+jwt, an asymmetric alg or a public jwk"
            algorithm = str(header["alg"])
            claims = jwt.decode(proof, jwt.PyJWK(key, algorithm).key, algorithms=[algorithm], options=_SIGNATURE_ONLY)
        except (jwt.PyJWTError, ValueError, TypeError) as broken:
            return unverifiable(broken)
        if bound_to is not None and thumbprint(key) != bound_to:
            return "the token is bound to another key"
        if self.nonce is not None and claims.get("nonce") != self.nonce:
            return WRONG_NONCE
        return self._claim_error(incoming, token, claims)

    def saved(self) -> Callable[[], None]:
        """Return what restores the nonce that is demanded now; proofs that were used stay used."""
        nonce = self.nonce

        def restore() -> None:
            self.nonce = nonce

        return restore

    def _claim_error(self, incoming: Incoming, token: str, claims: Mapping[str, Any]) -> str | None:
        if claims.get("htm") != incoming.request.method:
            return "htm is not the method"
        if claims.get("htu") != incoming.request.url.partition("?")[0]:
            return "htu is not the URL without its query"
        if claims.get("ath") != _base64url(hashlib.sha256(token.encode()).digest()):
            return "ath is not the hash of the token"
        issued = claims.get("iat")
        if not isinstance(issued, (int, float)) or abs(self._clock.now() - issued) > _OLDEST_SECONDS:
            return "iat is not now"
        return None if self._is_new(claims.get("jti")) else "jti is missing, or was used before"

    def _is_new(self, jti: object) -> bool:
        if not isinstance(jti, str) or not jti:
            return False
        with self._lock:
            is_new = jti not in self._seen
            self._seen.add(jti)
        return is_new


def unverifiable(broken: Exception) -> str:
    """Say why a proof could not be verified: what is wrong with it, or that a library is missing."""
    if isinstance(broken, jwt.exceptions.MissingCryptographyError):
        return 'proofs need cryptography: pip install "lpfunctions[emulator]"'
    return f"the proof cannot be verified: {type(broken).__name__}"


def thumbprint(jwk: Mapping[str, Any]) -> str:
    """Return the SHA-256 thumbprint of a public key (RFC 7638)."""
    members = {name: jwk[name] for name in _MEMBERS[jwk["kty"]]}
    return _base64url(hashlib.sha256(to_json(members)).digest())


def _is_public(jwk: object) -> TypeGuard[dict[str, Any]]:
    members = cast("dict[str, Any]", jwk) if isinstance(jwk, dict) else {}
    return str(members.get("kty")) in _MEMBERS and not _PRIVATE & members.keys()


def _base64url(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()
