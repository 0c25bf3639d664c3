"""Which version of the platform an account runs on.

An account is V1 or V2 as a whole; its migration changes the hosts that discovery names.
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache

_V2_MARKS = ("fninvocations", "functions")


class PlatformVersion(StrEnum):
    """A version of LivePerson Functions."""

    V1 = "v1"
    V2 = "v2"


@lru_cache(maxsize=64)
def platform_version_of(gateway_host: str) -> PlatformVersion:
    """Judge by the invocation gateway's host, the only sign that the platform gives."""
    host = gateway_host.lower()
    return PlatformVersion.V2 if any(mark in host for mark in _V2_MARKS) else PlatformVersion.V1
