"""Where a request goes: the origin and the target of its URL, and the proxy on the way."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import unquote_to_bytes

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpRequest

_PORTS: Final = {"http": 80, "https": 443}
_LONGEST_LABEL: Final = 63

# Scheme, host or [address], port; and a target of what may stand in a request line.
_ORIGIN: Final = r"(https?)://(\[[0-9a-f:.%]+\]|[a-z0-9._~!$&'()*+,;=%-]+)(?::([0-9]{1,5}))?"
_URL: Final = re.compile(_ORIGIN + r"((?:[/?][!-\"$-~]*)?)", re.IGNORECASE)
_PROXY: Final = re.compile(_ORIGIN + "/?", re.IGNORECASE)
_USER: Final = re.compile(r"(?<=://)([^/@]*)@")


class Origin(NamedTuple):
    """A server, by the name that the URL gives it.

    Attributes:
        authority: ``host[:port]`` as it was given.
    """

    scheme: str
    host: str
    port: int
    authority: str


class Proxy(NamedTuple):
    """A proxy.

    Attributes:
        authorization: value of ``Proxy-Authorization``; empty for none.
    """

    origin: Origin
    authorization: str


class Route(NamedTuple):
    """The way to a server; requests of the same route may share a connection."""

    origin: Origin
    proxy: Proxy | None

    @property
    def is_tunnel(self) -> bool:
        """Does the proxy pass bytes on, instead of requests?"""
        return self.proxy is not None and self.origin.scheme == "https"

    @property
    def is_forwarded(self) -> bool:
        """Does the proxy read the requests?"""
        return self.proxy is not None and self.origin.scheme == "http"


class UnusableUrlError(Exception):
    """A URL that names no server we can speak to."""


# Calls go to the same few URLs over and over.
@lru_cache(maxsize=1024)
def split_url(url: str) -> tuple[Origin, str]:
    """Return the origin of *url*, and the rest of it exactly as it goes on the wire.

    Raises:
        UnusableUrlError: it is no absolute http or https URL, or holds what cannot stand in a request line.
    """
    parts = _URL.fullmatch(url)
    if parts is None:
        raise UnusableUrlError("the URL is malformed")
    target = parts[4]
    return _origin(parts), target if target.startswith("/") else f"/{target}"


@lru_cache(maxsize=64)
def parse_proxy(url: str) -> Proxy:
    """Read ``http[s]://[user:password@]host[:port]``.

    Raises:
        UnusableUrlError: it is something else.
    """
    user = _USER.search(url)
    parts = _PROXY.fullmatch(_USER.sub("", url, count=1))
    if parts is None:
        raise UnusableUrlError("the proxy's URL is malformed, or of a kind that is not supported (http, https)")
    shown = f"Basic {b64encode(unquote_to_bytes(user[1])).decode()}" if user else ""
    return Proxy(_origin(parts), shown)


def environment_proxy(request: HttpRequest) -> str | None:
    """The proxy that the environment names for *request*, by the rules of requests."""
    from requests.utils import get_environ_proxies, select_proxy

    return select_proxy(request.url, get_environ_proxies(request.url))


def _has_fit_labels(host: str) -> bool:
    return all(0 < len(label) <= _LONGEST_LABEL for label in host.removesuffix(".").split("."))


def _origin(parts: re.Match[str]) -> Origin:
    scheme, host, digits = parts[1].lower(), parts[2].strip("[]"), parts[3]
    port = _PORTS[scheme] if digits is None else int(digits)
    if not 0 < port < 65536 or not _has_fit_labels(host):
        raise UnusableUrlError("the URL is malformed")
    return Origin(scheme, host, port, parts[2] + ("" if digits is None else f":{digits}"))
