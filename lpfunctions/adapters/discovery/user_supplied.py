"""Look at what a user's own resolver returns before anything is sent to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lpfunctions.core.errors import CSDSFailure
from lpfunctions.core.platform.hosts import is_host
from lpfunctions.core.redaction import quoted
from lpfunctions.core.user_errors import wrapping_errors_of

if TYPE_CHECKING:
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.user_errors import Settle


class UserSuppliedDomains:
    """A user's `DomainResolver`, whose method is plain or async.

    What it returns is passed on if it is a bare host that the client may talk to. What it raises becomes an error of
    ours.

    Args:
        resolver: what the user wrote.
        settle: gets the result of its method.
    """

    def __init__(self, config: ClientConfig, resolver: Any, settle: Settle) -> None:
        self._resolver = resolver
        self._settle = settle
        self._config = config
        self._source = f"{type(resolver).__name__}.resolve"
        self._checked = lru_cache(maxsize=64)(self._check)

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Return ``host[:port]`` of *service*."""
        with wrapping_errors_of(self._source, CSDSFailure):
            returned = self._resolver.resolve(service, timeout_seconds=timeout_seconds)
            host = await self._settle(self._resolver, "resolve", returned, timeout_seconds, "discovery")
        if not isinstance(host, str):  # before the cache, which can only keep what has a hash
            raise self._no_host(host)
        return self._checked(host)

    def _check(self, host: str) -> str:
        if not is_host(host):
            raise self._no_host(host)
        self._config.refuse_clear_text(host)
        return host

    def _no_host(self, returned: object) -> CSDSFailure:
        return CSDSFailure(f"{self._source} must return 'host' or 'host:port', not {quoted(returned)}")
