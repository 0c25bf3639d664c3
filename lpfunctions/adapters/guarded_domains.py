"""Look at what a user's own resolver answers before anything is sent to it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from lpfunctions.core.domains import is_host
from lpfunctions.core.errors import CSDSFailure
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.ports import DomainResolver


class GuardedDomains:
    """Pass on what *resolver* answers, if it is a bare host that the client may talk to."""

    def __init__(self, config: ClientConfig, resolver: DomainResolver) -> None:
        self._resolver = resolver
        self._config = config
        self._checked = lru_cache(maxsize=64)(self._check)

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:
        """Return ``host[:port]`` of *service*."""
        return self._checked(await self._resolver.resolve(service, timeout_seconds=timeout_seconds))

    def _check(self, host: object) -> str:
        if not isinstance(host, str) or not is_host(host):
            raise CSDSFailure(f"the domain resolver must answer 'host' or 'host:port', not {quoted(host)}")
        self._config.refuse_clear_text(host)
        return host
