"""Discovery (CSDS): where to ask, how to read the response, and which hosts to trust with a token."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, TypeGuard, cast

from lpfunctions.core.errors import CSDSFailure
from lpfunctions.core.http.body import json_object
from lpfunctions.core.redaction import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

GATEWAY_SERVICE: Final = "faasGW"
UI_SERVICE: Final = "faasUI"
TOKEN_SERVICE: Final = "sentinel"  # noqa: S105 (the name of a service, no secret)

TRUSTED_DOMAIN_SUFFIXES: Final = (".liveperson.net", ".liveperson.com", ".lpcloud.io", ".lprnd.net")

_CSDS_BY_ACCOUNT_PREFIX: Final = (
    (("le", "qa", "cc"), "csds-app.qa.int.gw.lpcloud.io"),
    (("fr",), "adminlogin-z0-intg.liveperson.net"),
    (("",), "api.liveperson.net"),
)

_HOST = re.compile(
    r"(?P<name>\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?)(?::(?P<port>[0-9]{1,5}))?"
)


def csds_host(account_id: str) -> str:
    """The Domain API's host for *account_id*. Only the last row is documented; the others are LivePerson's own."""
    return next(host for prefixes, host in _CSDS_BY_ACCOUNT_PREFIX if account_id.startswith(prefixes))


def is_host(text: object) -> TypeGuard[str]:
    """Is *text* a bare ``host`` or ``host:port``: no scheme, user, path, blank or control character?"""
    match = _HOST.fullmatch(text) if isinstance(text, str) else None
    return match is not None and (match["port"] is None or 0 < int(match["port"]) < 65536)


def host_name(host: str) -> str:
    """*host* without its port and brackets, in lower case."""
    match = _HOST.fullmatch(host)
    return match["name"].strip("[]").lower() if match else ""


@lru_cache(maxsize=64)
def is_loopback(host: str) -> bool:
    """Does *host* name this machine?"""
    name = host_name(host)
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def is_trusted(host: str, suffixes: Iterable[str], csds: str) -> bool:
    """May *host* be given a token? By suffix; loopback only when the Domain API itself is on loopback."""
    name = host_name(host)
    if is_loopback(host):
        return is_loopback(csds)
    domains = (suffix.lower().lstrip(".") for suffix in suffixes)
    return any(name == domain or name.endswith("." + domain) for domain in domains)


class Domains(NamedTuple):
    """A response of the Domain API.

    Attributes:
        hosts: ``host[:port]`` by service, each of them one that may be given a token.
        rejected: what the response says of its other services, by service: no host, or one outside the trusted
            suffixes.
    """

    hosts: Mapping[str, str]
    rejected: Mapping[str, object]


def read_domains(body: object, *, account_id: str, suffixes: Iterable[str], csds: str) -> Domains:
    """Read a response of the Domain API: the list of all services, or the single service of the older form.

    Real responses hold many services that are none of ours, so an entry that is not understood is left out. A service
    that is named twice has the last host that can be used.

    Raises:
        CSDSFailure: the response has another shape, or none of its entries names a service.
    """
    allowed = tuple(suffixes)
    named = _named_services(body, account_id)
    hosts = {service: host for service, host in named if is_host(host) and is_trusted(host, allowed, csds)}
    return Domains(hosts, {service: host for service, host in named if service not in hosts})


def _named_services(body: object, account_id: str) -> list[tuple[str, object]]:
    found = json_object(body)
    entries = found.get("baseURIs", [found] if "service" in found else None)
    if isinstance(entries, dict):
        entries = [cast("object", entries)]
    if not isinstance(entries, list):
        raise CSDSFailure(f"discovery for account {quoted(account_id)} answered without a list 'baseURIs'")
    objects = [json_object(entry) for entry in cast("list[object]", entries)]
    named = [(service, entry.get("baseURI")) for entry in objects if isinstance(service := entry.get("service"), str)]
    if objects and not named:
        raise CSDSFailure(f"discovery for account {quoted(account_id)} answered with a list that names no service")
    return named


def rejection(service: str, host: object, suffixes: Iterable[str], csds: str) -> CSDSFailure:
    """The error for a *service* whose *host* cannot be used; it names the option that would allow the host."""
    if not is_host(host):
        return CSDSFailure(f"discovery at {csds} names no host for service {quoted(service)}: baseURI {quoted(host)}")
    return CSDSFailure(
        f"discovery at {csds} names host {quoted(host)} for service {quoted(service)}, outside "
        f"{', '.join(suffixes) or 'any domain'}; if it is yours, add its suffix to trusted_domain_suffixes"
    )
