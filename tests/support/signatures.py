"""Make DPoP proofs (RFC 9449), and OAuth 1.0 signatures (RFC 5849), independently of the library."""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from base64 import b64encode, urlsafe_b64encode
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, quote, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


class Prover:
    """A key pair, and DPoP proofs of its possession."""

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._now = now

    @property
    def jwk(self) -> dict[str, str]:
        numbers = self._key.public_key().public_numbers()
        x, y = (_base64url(number.to_bytes(32, "big")) for number in (numbers.x, numbers.y))
        return {"kty": "EC", "crv": "P-256", "x": x, "y": y}

    def prove(self, url: str, method: str, token: str, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
        usual = {
            "jti": str(uuid.uuid4()),
            "htm": method,
            "htu": url,
            "iat": int(self._now()),
            "ath": _base64url(hashlib.sha256(token.encode()).digest()),
        }
        return jwt.encode(
            usual | claims, self._key, algorithm="ES256", headers={"typ": "dpop+jwt", "jwk": self.jwk} | (header or {})
        )


def escape(text: str) -> str:
    """Percent-encode as RFC 5849 section 3.6 says."""
    return quote(text.encode(), safe="-._~")


def signature_base(method: str, url: str, oauth: Iterable[tuple[str, str]]) -> str:
    """The signature base string of RFC 5849 section 3.4.1, for a request without form parameters."""
    parts = urlsplit(url)
    authority = (parts.hostname or "").lower()
    if parts.port is not None and (parts.scheme, parts.port) not in {("http", 80), ("https", 443)}:
        authority = f"{authority}:{parts.port}"
    pairs = parse_qsl(parts.query, keep_blank_values=True) + list(oauth)
    normalised = "&".join("=".join(pair) for pair in sorted((escape(name), escape(value)) for name, value in pairs))
    base_uri = f"{parts.scheme.lower()}://{authority}{parts.path}"
    return "&".join(escape(part) for part in (method.upper(), base_uri, normalised))


def sign(base: str, consumer_secret: str, token_secret: str, digest: str = "sha1") -> str:
    """HMAC of RFC 5849 section 3.4.2."""
    key = f"{escape(consumer_secret)}&{escape(token_secret)}".encode()
    return b64encode(hmac.new(key, base.encode(), getattr(hashlib, digest)).digest()).decode()
