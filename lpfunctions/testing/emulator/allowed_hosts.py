"""Which requests the emulator answers: by the host that they were sent to, and by the origin of the web page, if any.

A web page that a developer visits can send requests to a server on their machine, and after DNS rebinding read the
answers. It cannot choose the ``Host`` of these requests, and hardly their ``Origin``: both name the page's own host.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import TRUSTED_DOMAIN_SUFFIXES
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lpfunctions.testing.platform import Account


class AllowedHosts:
    """The names under which one emulator answers.

    Attributes:
        added: those that were allowed by name, in lower case.
    """

    def __init__(self, added: Iterable[str], accounts: Mapping[str, Account] | None) -> None:
        """Allow loopback, *added*, and the hosts of LivePerson and of *accounts* unless that is None.

        Raises:
            FaaSConfigurationError: an added name is no host name.
        """
        self.added: tuple[str, ...] = tuple(dict.fromkeys(map(_checked, added)))
        self._accounts = accounts

    def objection(self, host: str, origin: str | None, reached: str) -> str | None:
        """Return why a request is not answered; None if it is.

        Args:
            host: ``host[:port]`` that it was sent to.
            origin: its ``Origin``, which browsers send; None without one.
            reached: the address of this machine that it arrived at.
        """
        if not self._allows(_name_of(f"//{host}"), reached):
            return _objection("Host", host)
        if origin is not None and not self._allows(_name_of(origin), reached):
            return _objection("Origin", origin)
        return None

    def _allows(self, name: str | None, reached: str) -> bool:
        if name is None:
            return False
        return name == reached or name in self.added or _is_loopback(name) or self._is_of_the_platform(name)

    def _is_of_the_platform(self, name: str) -> bool:
        if self._accounts is None:
            return False
        return name.endswith(TRUSTED_DOMAIN_SUFFIXES) or any(
            name == _name_of(f"//{host}") for account in self._accounts.values() for host in account.known_hosts
        )


def reached_by(host: str) -> list[str]:
    """Return the names by which this machine reaches a socket that listens on *host*, as they stand in a URL."""
    if host in {"0.0.0.0", "127.0.0.1"}:  # noqa: S104 (compared, not listened on)
        return ["127.0.0.1", "localhost"]
    return ["[::1]", "localhost"] if host in {"::", "::1"} else [f"[{host}]" if ":" in host else host]


def _checked(name: str) -> str:
    if not isinstance(name, str) or not name or _name_of(f"//{name}") != name.lower():
        raise FaaSConfigurationError(
            "an allowed host is a name or an address without scheme and port, such as 'emulator.test', "
            f"not {quoted(name)}"
        )
    return name.lower()


@lru_cache(maxsize=256)  # requests come to the same few hosts over and over
def _name_of(url: str) -> str | None:
    """Return the host of *url*, in lower case and without its port; None if there is none."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises if it is no number
    except ValueError:
        return None
    return None if parts.username is not None or not parts.hostname else parts.hostname


@lru_cache(maxsize=256)
def _is_loopback(name: str) -> bool:
    if name == "localhost" or name.endswith(".localhost"):  # RFC 6761 section 6.3
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False


def _objection(header: str, value: str) -> str:
    return (
        f"the emulator does not answer requests with the {header} {quoted(value)}; if that is meant, allow the host: "
        "python -m lpfunctions.testing --allow-host NAME, or Emulator(platform, allow_hosts=[NAME])"
    )
