"""What processes share through a store: a value, when it was received, how long it lives; and the names of its keys.

Times are wall-clock time, because processes share no other; clocks that differ by a minute do no harm.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from lpfunctions.core.auth.credentials import text_of

if TYPE_CHECKING:
    from lpfunctions.core.auth.credentials import ClientCredentials

SKEW_SECONDS: Final = 60.0
"""By how much the clocks of two processes may differ."""

_VERSION: Final = 1
_LONGEST_SECONDS: Final = 24 * 3600.0


@dataclass(frozen=True, slots=True, repr=False)
class SharedValue:
    """A value as one process received it.

    Attributes:
        value: plain JSON.
        received_at: when it was received, seconds since the epoch.
        life_seconds: how long it is valid from then on; None when that is not known.
    """

    value: Any
    received_at: float
    life_seconds: float | None

    def age_seconds(self, now: float) -> float:
        """Seconds since it was received; *now* is wall-clock time."""
        return max(now - self.received_at, 0.0)

    def ends_soon(self, now: float) -> bool:
        """May it be over by the clock of another process?"""
        return self.life_seconds is not None and self.age_seconds(now) + SKEW_SECONDS >= self.life_seconds

    def __repr__(self) -> str:
        return f"<SharedValue received_at={self.received_at:.0f} life_seconds={self.life_seconds}>"


def encode(shared: SharedValue) -> bytes:
    """*shared* as JSON."""
    record = {"version": _VERSION, "received_at": shared.received_at, "life_seconds": shared.life_seconds}
    return json.dumps({**record, "value": shared.value}).encode()


def decode(content: bytes, now: float) -> SharedValue:
    """Read what `encode` wrote, perhaps in another release.

    Raises:
        ValueError: it is something else, or comes from the future; no message shows what was in it.
    """
    record = _record(content)
    received_at, life = record.get("received_at"), record.get("life_seconds")
    if record.get("version") != _VERSION or not _is_number(received_at) or not (life is None or _is_number(life)):
        raise ValueError(f"the shared value is not of version {_VERSION}")
    if cast("float", received_at) > now + SKEW_SECONDS:
        raise ValueError("the shared value was received in the future; compare the clocks of the machines")
    return SharedValue(record.get("value"), cast("float", received_at), cast("float | None", life))


def storage_seconds(shared: SharedValue) -> float:
    """How long a store keeps *shared*."""
    return _LONGEST_SECONDS if shared.life_seconds is None else min(shared.life_seconds, _LONGEST_SECONDS)


def token_key(sentinel_host: str, account_id: str, credentials: ClientCredentials) -> str:
    """The key of a token. It holds a keyed hash of the secret: whoever has another secret gets another key."""
    identity = f"{sentinel_host}/{account_id}/{credentials.client_id}/{credentials.scope or ''}"
    secret = text_of(credentials).encode()
    return f"lpfunctions/token/{identity}/{hmac.digest(secret, identity.encode(), hashlib.sha256).hex()}"


def domains_key(csds_domain: str, account_id: str) -> str:
    """The key of a discovery response."""
    return f"lpfunctions/domains/{csds_domain}/{account_id}"


def rate_key(csds_domain: str, account_id: str) -> str:
    """The key of the schedule that keeps an account's clients to their rate limit."""
    return f"lpfunctions/rate/{csds_domain}/{account_id}"


def _record(content: bytes) -> dict[str, object]:
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        record = None
    return cast("dict[str, object]", record) if isinstance(record, dict) else {}


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
