"""Requests that a browser sends for the page of another origin: they may not change anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lpfunctions.core.http.messages import HttpRequest


def is_of_another_page(request: HttpRequest, origin: str) -> bool:
    """Return whether a browser sent *request* for another page than that of *origin*.

    The emulator has compared ``Host`` with the names that it allows. Browsers send ``Origin`` with each POST; what
    sends none is a program.
    """
    fetch_site = request.headers.get("Sec-Fetch-Site", "same-origin")
    return fetch_site not in {"same-origin", "none"} or request.headers.get("Origin", origin) != origin
