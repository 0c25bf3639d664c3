"""Hosts that are known beforehand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lpfunctions.core.errors import CSDSDomainNotFound, FaaSConfigurationError
from lpfunctions.core.platform.hosts import is_host
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping


class StaticDomainResolver:
    """Answer from a fixed mapping of service to ``host[:port]``: no discovery, no request.

    ``StaticDomainResolver({"faasGW": "va.faasgw.liveperson.net", "sentinel": "va.sentinel.liveperson.net"})``
    """

    def __init__(self, domains: Mapping[str, str]) -> None:
        for service, host in domains.items():
            if not is_host(host):
                raise FaaSConfigurationError(
                    f"service {quoted(service)} needs 'host' or 'host:port', not {quoted(host)}"
                )
        self._domains = dict(domains)

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:  # noqa: ARG002 (the port's signature)
        """Return the host of *service*."""
        try:
            return self._domains[service]
        except KeyError:
            known = ", ".join(sorted(self._domains)) or "none"
            raise CSDSDomainNotFound(
                f"StaticDomainResolver has no entry for service {service!r} (known: {known})",
                service=service,
                known=tuple(sorted(self._domains)),
            ) from None
