"""Check OAuth 1.0 signatures (RFC 5849), with code that shares nothing with the client's."""

from __future__ import annotations

import hmac
import re
import threading
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_plus, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lpfunctions.testing.platform.functions.runner import WallClock
    from lpfunctions.testing.platform.requests.incoming import Incoming

OAuth1Keys = dict[tuple[str, str], tuple[str, str]]
"""Consumer secret and token secret, by consumer key and token; the token is empty where the consumer key is enough."""

_OLDEST_SECONDS: Final = 300
_HASHES: Final = {"HMAC-SHA1": "sha1", "HMAC-SHA256": "sha256"}
_REQUIRED: Final = ("oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature")
_PARAMETER = re.compile(r'\s*([^=\s]+)="([^"]*)"\s*')


class Signatures:
    """Verifies signatures, and remembers nonces: none is valid twice."""

    def __init__(self, clock: WallClock) -> None:
        self._clock = clock
        self._seen: set[tuple[str, ...]] = set()
        self._lock = threading.Lock()

    def flaw(self, incoming: Incoming, text: str, keys: OAuth1Keys) -> str | None:
        """Return what is wrong with the ``Authorization`` *text* that follows the word ``OAuth``, or None."""
        said = _read(text)
        if said is None or any(name not in said for name in _REQUIRED):
            return "the OAuth parameters are incomplete, or one is there twice"
        secrets = keys.get((said["oauth_consumer_key"], said.get("oauth_token", "")))
        algorithm = _HASHES.get(said.get("oauth_signature_method", ""))
        if secrets is None or algorithm is None or said.get("oauth_version", "1.0") != "1.0":
            return "consumer key, token, signature method or version is unknown"
        if not _is_now(said["oauth_timestamp"], self._clock.now()):
            return "the timestamp is not now, in seconds or milliseconds"
        given = {name: value for name, value in said.items() if name not in {"oauth_signature", "realm"}}
        base = base_string(incoming.request.method, incoming.request.url, given.items())
        if not hmac.compare_digest(said["oauth_signature"].encode(), _sign(base, *secrets, algorithm).encode()):
            return "the signature is wrong"
        return None if self._is_new(said) else "the nonce was used before"

    def _is_new(self, said: Mapping[str, str]) -> bool:
        nonce = (said.get("oauth_token", ""), *(said[name] for name in _REQUIRED[:-1]))
        with self._lock:
            is_new = nonce not in self._seen
            self._seen.add(nonce)
        return is_new


def base_string(method: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """Return what is signed (RFC 5849 section 3.4.1): method, URL without query, and all parameters in their order."""
    parts = urlsplit(url)
    port = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    host = parts.netloc.lower().removesuffix(port)
    pairs = [_decoded(pair) for pair in parts.query.split("&") if pair] + list(parameters)
    encoded = sorted((_escape(name), _escape(value)) for name, value in pairs)
    joined = "&".join(f"{name}={value}" for name, value in encoded)
    return "&".join((method.upper(), _escape(f"{parts.scheme}://{host}{parts.path or '/'}"), _escape(joined)))


def _sign(base: str, consumer_secret: str, token_secret: str, algorithm: str) -> str:
    key = f"{_escape(consumer_secret)}&{_escape(token_secret)}"
    return b64encode(hmac.digest(key.encode(), base.encode(), algorithm)).decode()


def _read(text: str) -> dict[str, str] | None:
    """The parameters of the header, decoded (RFC 5849 section 3.5.1); None if it cannot be read."""
    said: dict[str, str] = {}
    for part in text.split(","):
        match = _PARAMETER.fullmatch(part)
        if match is None or match[1] in said:
            return None
        said[match[1]] = unquote_plus(match[2].replace("+", "%2B"))
    return said


def _is_now(timestamp: str, now: float) -> bool:
    """Return whether *timestamp* is now: in seconds (RFC 5849 section 3.3), or in milliseconds as the Java client's."""
    if not timestamp.isascii() or not timestamp.isdigit():
        return False
    number = int(timestamp[:20])
    return any(abs(seconds - now) <= _OLDEST_SECONDS for seconds in (number, number / 1000))


def _decoded(pair: str) -> tuple[str, str]:
    name, _, value = pair.partition("=")
    return unquote_plus(name), unquote_plus(value)


def _escape(text: str) -> str:
    return quote(text, safe="~")
