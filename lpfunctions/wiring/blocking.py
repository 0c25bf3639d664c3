"""Wire a `Client`: requests, threads, the system's clock, unless the user brings his own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lpfunctions.adapters.blocking.after_fork import ForkableLock
from lpfunctions.adapters.blocking.async_shaped import AsyncShapedClock, AsyncShapedTransport, settled
from lpfunctions.adapters.blocking.clock import SystemClock
from lpfunctions.adapters.blocking.single_flight import ThreadsSingleFlight
from lpfunctions.wiring.auth import check_not_coroutine_function
from lpfunctions.wiring.build import AccountState, Mode, build_state, limits_of
from lpfunctions.wiring.dependencies import check_dependencies

if TYPE_CHECKING:
    from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.ports import AsyncSharedStore, SharedStore
    from lpfunctions.wiring.options import Parts

BLOCKING = Mode(ThreadsSingleFlight, ForkableLock, settled, check_not_coroutine_function)


def check_not_async(auth_strategy: Any, parts: Parts) -> None:
    """Refuse, by name, what needs an event loop, before anything is opened."""
    check_not_coroutine_function("auth_strategy", auth_strategy)
    check_not_coroutine_function("request_id_factory", parts.request_id_factory)
    check_not_coroutine_function("transport.send", getattr(parts.transport, "send", None))
    check_not_coroutine_function("shared_store.get", getattr(parts.shared_store, "get", None))
    check_not_coroutine_function("clock.sleep", getattr(parts.clock, "sleep", None))


def build(config: ClientConfig, parts: Parts) -> tuple[AccountState, RequestsTransport | None]:
    """Return the state of the account, and the transport if it is ours to close."""
    check_dependencies(parts, session="requests.Session")
    owned = None if parts.transport is not None else _transport(config, parts)
    transport: Any = owned or parts.transport
    clock = AsyncShapedClock(parts.clock or SystemClock())
    store = None if parts.shared_store is None else _shaped(parts.shared_store)
    state = build_state(
        config, parts, transport=AsyncShapedTransport(transport), clock=clock, mode=BLOCKING, store=store
    )
    return state, owned


def _shaped(store: SharedStore) -> AsyncSharedStore:
    from lpfunctions.adapters.blocking.shared_store import AsyncShapedStore

    return AsyncShapedStore(store)


def _transport(config: ClientConfig, parts: Parts) -> RequestsTransport:
    from lpfunctions.adapters.blocking.requests_transport import RequestsTransport

    return RequestsTransport(
        limits=limits_of(config),
        session=parts.session,
        proxy=config.proxy,
        ssl_context=parts.ssl_context,
        trust_env=config.trust_env,
    )
