"""Authorisation by a callable of the user's, or by a fixed token."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from lpfunctions.core.errors import FaaSAppJWTAuthenticationError, FaaSError
from lpfunctions.core.wire import is_header_value

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from lpfunctions.core.http import HttpRequest, HttpResponse


class HeaderAuth:
    """Ask *header* for the ``Authorization`` value of each attempt.

    Args:
        header: called with ``url``, exactly as it will be sent, and ``method``, in upper case; plain or async.
    """

    def __init__(self, header: Callable[..., str | Awaitable[str]]) -> None:
        self._header = header
        self._name = getattr(header, "__qualname__", type(header).__name__)

    async def authorize(self, request: HttpRequest) -> Mapping[str, str]:
        """Return the ``Authorization`` header."""
        value = await self._ask(request)
        if not is_header_value(value):
            # The value is a credential: say what is wrong with it, not what it is.
            raise FaaSAppJWTAuthenticationError(
                f"the authorization callable {self._name!r} must return a str of printable ASCII, "
                f"and returned a {type(value).__name__} that is not"
            )
        return {"Authorization": value}

    async def rejected(self, request: HttpRequest, response: HttpResponse) -> bool:  # noqa: ARG002 (the port's signature)
        """A header made anew may fare better: one more attempt."""
        return True

    async def _ask(self, request: HttpRequest) -> str:
        try:
            value = self._header(url=request.url, method=request.method)
            return await value if inspect.isawaitable(value) else value
        except FaaSError:
            raise
        except Exception as failure:
            raise FaaSAppJWTAuthenticationError(
                f"the authorization callable {self._name!r} raised {type(failure).__name__}"
            ) from failure
