"""Check that the installed release of aiohttp is a known one, and that it has the undocumented names used here.

This folder uses names of aiohttp that are not documented, and may change in any release. Where one of `DIRECT` is
missing, or the release is unknown, requests go through ``ClientSession.request`` instead of the direct path
(``direct.py``), for 1.5 to 1.7 times the processor time. Where one of `SESSION` is missing, every request fails.
"""

from __future__ import annotations

import functools
import inspect
import logging
import operator
import select
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final

import aiohttp

SESSION: Final = frozenset(
    {
        "ClientRequest(response_class)",
        "ClientResponse.start(self, connection)",
        "client_proto.ResponseHandler.exception(self)",
        "client_proto.ResponseHandler.should_close",
        "connector.Connection.protocol",
        "streams.StreamReader.set_exception",
    }
)
"""Needed in any case, with the parameters of what is called or overridden."""

DIRECT: Final = frozenset(
    {
        "client_proto.ResponseHandler.__len__(self)",
        "client_proto.ResponseHandler.force_close(self)",
        "client_proto.ResponseHandler.read(self)",
        "client_proto.ResponseHandler.set_response_params(skip_payload, read_until_eof, auto_decompress)",
        "connector.BaseConnector.connect(self, req, traces, timeout)",
        "http.RawResponseMessage",
        "http.StreamWriter.send_headers(self)",
        "http.StreamWriter.write(self, chunk, drain)",
        "http.StreamWriter.write_headers(self, status_line, headers)",
    }
)
"""Needed for the direct path only."""

_LAST_KNOWN: Final = (3, 14)

FIRST_UNKNOWN: Final = "3.15"
"""The first release that is not known."""

_log: Final = logging.getLogger("lpfunctions.aiohttp")


@dataclass(frozen=True, slots=True)
class Release:
    """A release of aiohttp.

    Attributes:
        version: as the library states it.
        missing: those of `SESSION` and `DIRECT` that it lacks.
    """

    version: str
    missing: frozenset[str] = frozenset()

    def lacks(self) -> str | None:
        """Return why nothing can be sent with it; None if it can be used."""
        return next((f"aiohttp {self.version} has no {name}" for name in sorted(self.missing & SESSION)), None)

    def unsupported(self) -> str | None:
        """Return why requests cannot take the direct path; None if they can."""
        major, minor = self.version.split(".")[:2]
        if (int(major), int(minor)) > _LAST_KNOWN:
            return f"aiohttp {self.version} is newer than {_LAST_KNOWN[0]}.{_LAST_KNOWN[1]}, the last that is known"
        if self.missing:
            return f"aiohttp {self.version} has no {min(self.missing)}"
        return None if hasattr(select, "poll") else "this system cannot look at an idle connection (select.poll)"


@functools.cache
def installed() -> Release:
    """Return the release that is installed."""
    return Release(aiohttp.__version__, frozenset(name for name in SESSION | DIRECT if not _has(name)))


def is_replaced() -> bool:
    """Return whether the session's ``_request`` was replaced, as monitors and test doubles do.

    They expect to see every request; the direct path would bypass them.
    """
    request = vars(aiohttp.ClientSession).get("_request")
    return not (isinstance(request, FunctionType) and request.__globals__ is vars(aiohttp.client))


@functools.cache
def log_once(reason: str) -> None:
    """Log, once per process, that the slower path is taken and why."""
    _log.debug("requests go through aiohttp's session, which is slower: %s", reason)


def _has(name: str) -> bool:
    dotted, _, parameters = name.rstrip(")").partition("(")
    try:
        found: Any = operator.attrgetter(dotted)(aiohttp)
        wanted = set(filter(None, parameters.split(", ")))
        return not wanted or wanted <= set(inspect.signature(found).parameters)
    except (AttributeError, TypeError, ValueError):
        return False
