"""Wire an `AsyncClient`: aiohttp, tasks, the system's clock, unless the user brings his own."""

from __future__ import annotations

import weakref
from contextlib import nullcontext
from typing import TYPE_CHECKING

from lpfunctions.adapters.aio.async_shaped import settled
from lpfunctions.adapters.aio.clock import AsyncSystemClock
from lpfunctions.adapters.aio.shared_store import asynchronous
from lpfunctions.adapters.aio.single_flight import TasksSingleFlight
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.wiring.build import AccountState, Mode, build_state, limits_of
from lpfunctions.wiring.dependencies import check_dependencies

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from lpfunctions.adapters.aio.http.transport import AiohttpTransport
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.ports import AsyncSharedStore, AsyncTransport
    from lpfunctions.wiring.options import Parts


class Owned:
    """What is the client's to close: flights under way, and its transport unless the user brought it."""

    def __init__(self) -> None:
        self.transport: AiohttpTransport | None = None
        self.store: AsyncSharedStore | None = None
        self._flights: weakref.WeakSet[TasksSingleFlight] = weakref.WeakSet()

    def new_flight(self) -> TasksSingleFlight:
        """Make a single flight; what nobody waits for is ended with the client."""
        flight = TasksSingleFlight()
        self._flights.add(flight)
        return flight

    async def aclose(self) -> None:
        """Close it in the running loop: what is free now, what calls need behind them. See ``AsyncClient.aclose``."""
        for flight in list(self._flights):
            await flight.aclose()
        for opened in (self.transport, self.store):
            if opened is not None:
                await opened.aclose()

    def reopen(self) -> None:
        """Keep connections again, after `aclose`."""
        if self.transport is not None:
            self.transport.reopen()


def build(config: ClientConfig, parts: Parts) -> tuple[AccountState, Owned]:
    """Return the state of the account, and what is the client's to close."""
    check_dependencies(parts, session="aiohttp.ClientSession")
    if hasattr(parts.transport, "close") and not hasattr(parts.transport, "aclose"):
        name = type(parts.transport).__name__
        raise FaaSConfigurationError(f"transport is a blocking {name}; AsyncClient needs an AsyncTransport")
    owned = Owned()
    transport: AsyncTransport
    if parts.transport is None:
        transport = owned.transport = _transport(config, parts)
    else:
        transport = parts.transport
    mode = Mode(owned.new_flight, _no_lock, settled, _allow_async)
    owned.store = None if parts.shared_store is None else asynchronous(parts.shared_store)
    clock = parts.clock or AsyncSystemClock()
    state = build_state(config, parts, transport=transport, clock=clock, mode=mode, store=owned.store)
    return state, owned


def _no_lock() -> Callable[[], AbstractContextManager[None]]:
    """One thread runs all of it."""
    return nullcontext


def _allow_async(_option: str, _given: object) -> None:
    """Here a callable may be async."""


def _transport(config: ClientConfig, parts: Parts) -> AiohttpTransport:
    from lpfunctions.adapters.aio.http.transport import AiohttpTransport

    return AiohttpTransport(
        limits=limits_of(config),
        session=parts.session,
        proxy=config.proxy,
        ssl_context=parts.ssl_context,
        trust_env=config.trust_env,
    )
