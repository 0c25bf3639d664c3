"""The names under which the platform itself is asked, for clients that cannot be pointed elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from lpfunctions.core.platform.hosts import csds_host, host_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lpfunctions.testing.platform import FakePlatform

HTTPS_PORT: Final = 443
"""URLs of the platform name no port."""


def platform_names(platform: FakePlatform) -> list[str]:
    """Return the hosts of the Domain API and of all services, for all accounts of *platform*."""
    names: list[str] = []
    for account in platform.accounts.values():
        names += [csds_host(account.account_id), *map(host_name, sorted(account.known_hosts))]
    return list(dict.fromkeys(names))


def told(names: list[str], address: str) -> Iterator[str]:
    """Yield what a user has to know before a client comes to *address* by itself."""
    yield f"# a line of the hosts file: {address} {' '.join(names)}"
    yield "# without it, clients go to the real platform"
