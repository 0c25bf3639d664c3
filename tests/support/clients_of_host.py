"""Clients of a server whose address is known: no discovery, no token service."""

from __future__ import annotations

from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import requests

from lpfunctions import AsyncClient, BearerToken, Client, StaticDomainResolver

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator


@contextmanager
def blocking_client(host: str, *, with_session: bool, **options: Any) -> Generator[Client]:
    """A `Client` of *host*, on connections of its own or with a session of the user's."""
    with ExitStack() as stack:
        if with_session:
            options["session"] = stack.enter_context(requests.Session())
        yield stack.enter_context(Client(**_options(host), **options))


@asynccontextmanager
async def async_client(host: str, *, with_session: bool, **options: Any) -> AsyncGenerator[AsyncClient]:
    """An `AsyncClient` of *host*, likewise."""
    async with AsyncExitStack() as stack:
        if with_session:
            options["session"] = await stack.enter_async_context(aiohttp.ClientSession())
        yield await stack.enter_async_context(AsyncClient(**_options(host), **options))


def _options(host: str) -> dict[str, Any]:
    return {
        "account_id": "12345678",
        "platform_version": "v2",
        "protocol": "http",
        "auth_strategy": BearerToken("t0ken"),
        "domain_resolver": StaticDomainResolver({"faasGW": host}),
    }
