"""What is wired the same way for both clients."""

from __future__ import annotations

import os
import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from lpfunctions.adapters.auth.client_credentials import ClientCredentialsAuth
from lpfunctions.adapters.discovery.csds import CsdsDomainResolver
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.http.limits import TransportLimits
from lpfunctions.core.http.request_headers import header_value
from lpfunctions.core.retries.budget import RetryBudget
from lpfunctions.core.user_errors import wrapping_errors_of
from lpfunctions.implemented_cache import ImplementedCache
from lpfunctions.operations import Operations
from lpfunctions.sending import RequestSender
from lpfunctions.wiring.auth import strategy_for
from lpfunctions.wiring.telemetry import reporting

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from lpfunctions.adapters.caching.shared_source import SharedSource
    from lpfunctions.core.auth.credentials import ClientCredentials
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.core.rate_limit import RateLimit
    from lpfunctions.core.user_errors import Settle
    from lpfunctions.ports import (
        AsyncAuthStrategy,
        AsyncClock,
        AsyncDomainResolver,
        AsyncSharedStore,
        AsyncTransport,
        SingleFlight,
    )
    from lpfunctions.sending import RateLimiter
    from lpfunctions.wiring.options import Parts
    from lpfunctions.wiring.telemetry import Reporting


@dataclass(frozen=True, slots=True)
class Mode:
    """The parts of a client that depend on its mode, beside transport and clock.

    Attributes:
        new_flight: makes a single flight.
        new_lock: makes a factory of locks, used as ``with lock():``.
        settle: returns the result of a user's method, awaited if it is awaitable.
        check_not_async: refuses, by the name of the option, a callable that needs an event loop.
    """

    new_flight: Callable[[], SingleFlight]
    new_lock: Callable[[], Callable[[], AbstractContextManager[Any]]]
    settle: Settle
    check_not_async: Callable[[str, object], None]


@dataclass(frozen=True, slots=True)
class AccountState:
    """What a client shares with the copies that ``with_options`` makes of it: pools, tokens, caches.

    Attributes:
        shared: what it shares with the clients that ``for_account`` makes of it, too.
        strategy: finds the adapter for what a user gave as ``auth_strategy``.
    """

    shared: SharedState
    domains: AsyncDomainResolver
    implemented_cache: ImplementedCache
    strategy: Callable[[Any], AsyncAuthStrategy]

    def operations(self, config: ClientConfig, auth: AsyncAuthStrategy, parts: Parts) -> Operations:
        """Return the client's operations."""
        self.shared.reporting.watch_refresh("token", auth)
        return Operations(
            config,
            domains=self.domains,
            auth=auth,
            sender=self.shared.sender,
            implemented_cache=self.implemented_cache,
            clock=self.shared.clock,
            telemetry=self.shared.reporting.with_collector(parts.metric_collector),
            new_request_id=_uuid4 if parts.request_id_factory is None else _validating(parts.request_id_factory),
        )


@dataclass(frozen=True, slots=True)
class SharedState:
    """What the accounts of one client share: connections, clock, retry budget, telemetry."""

    sender: RequestSender
    clock: AsyncClock
    mode: Mode
    reporting: Reporting
    store: AsyncSharedStore | None

    def for_account(self, config: ClientConfig, domain_resolver: Any) -> AccountState:
        """Wire what one account has for itself: hosts, tokens, remembered answers."""
        domains, mode = self._domains(config, domain_resolver), self.mode
        self.reporting.watch_refresh("discovery", domains)
        implemented_cache = ImplementedCache(
            config.is_implemented_cache_duration_in_seconds,
            fetch_timeout_seconds=config.timeout,
            clock=self.clock,
            new_flight=mode.new_flight,
            lock=mode.new_lock(),
        )
        strategy = partial(
            strategy_for,
            with_credentials=partial(self._with_credentials, config, domains),
            settle=mode.settle,
            check_not_async=mode.check_not_async,
            clock=self.clock,
        )
        return AccountState(self, domains, implemented_cache, strategy)

    def _domains(self, config: ClientConfig, domain_resolver: Any) -> AsyncDomainResolver:
        if domain_resolver is not None:
            from lpfunctions.adapters.discovery.user_supplied import UserSuppliedDomains

            return UserSuppliedDomains(config, domain_resolver, self.mode.settle)
        return CsdsDomainResolver(
            config,
            sender=self.sender,
            clock=self.clock,
            flight=self.mode.new_flight(),
            telemetry=self.reporting.telemetry,
            shared=self._shared_source(),
        )

    def _with_credentials(
        self, config: ClientConfig, domains: AsyncDomainResolver, credentials: ClientCredentials
    ) -> AsyncAuthStrategy:
        return ClientCredentialsAuth(
            credentials,
            config,
            domains=domains,
            sender=self.sender,
            clock=self.clock,
            flight=self.mode.new_flight(),
            telemetry=self.reporting.telemetry,
            shared=self._shared_source(),
        )

    def _shared_source(self) -> SharedSource | None:
        if self.store is None:
            return None
        from lpfunctions.adapters.caching.shared_source import SharedSource

        return SharedSource(self.store, clock=self.clock, telemetry=self.reporting.telemetry)


def limits_of(config: ClientConfig) -> TransportLimits:
    """The bounds that *config* sets for its transport."""
    return TransportLimits(
        max_response_bytes=config.max_response_bytes,
        max_connections=config.max_connections,
        keepalive_seconds=config.keepalive_seconds,
        connect_timeout_seconds=config.connect_timeout,
    )


def build_state(
    config: ClientConfig,
    parts: Parts,
    *,
    transport: AsyncTransport,
    clock: AsyncClock,
    mode: Mode,
    store: AsyncSharedStore | None,
) -> AccountState:
    """Build the state of the client's own account, over adapters of one *mode*."""
    reports = reporting(config, parts, clock.monotonic)
    reports.watch_connections(transport)
    budget = RetryBudget(mode.new_lock())
    limiter = (
        None
        if config.rate_limit is None
        else _limiter(config, config.rate_limit, clock=clock, mode=mode, store=store, reports=reports)
    )
    sender = RequestSender(transport, clock, random.random, reports.telemetry, budget, limiter=limiter)
    return SharedState(sender, clock, mode, reports, store).for_account(config, parts.domain_resolver)


def _limiter(
    config: ClientConfig,
    limit: RateLimit,
    *,
    clock: AsyncClock,
    mode: Mode,
    store: AsyncSharedStore | None,
    reports: Reporting,
) -> RateLimiter:
    from lpfunctions.adapters.rate_limit import LocalRateLimiter

    local = LocalRateLimiter(limit, clock=clock, lock=mode.new_lock())
    if store is None:
        return local
    from lpfunctions.adapters.caching.shared_rate_limit import SharedRateLimiter
    from lpfunctions.core.shared_values import rate_key

    key = rate_key(config.csds_domain, config.account_id)
    return SharedRateLimiter(limit, key, store=store, local=local, clock=clock, telemetry=reports.telemetry)


def _validating(factory: Callable[[], str]) -> Callable[[], str]:
    def make() -> str:
        with wrapping_errors_of("request_id_factory", FaaSConfigurationError):
            made = factory()
        return header_value("request_id_factory", made)

    return make


_RANDOM_BITS: Final = 2**128 - 1 & ~(0xF << 76) & ~(0x3 << 62)
_VERSION_4: Final = 0x4 << 76 | 0x2 << 62


def _uuid4() -> str:
    """A random UUID, version 4 (RFC 9562 section 5.4), as text; ``str(uuid4())`` takes 1.8 times as long."""
    digits = f"{int.from_bytes(os.urandom(16), 'big') & _RANDOM_BITS | _VERSION_4:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
