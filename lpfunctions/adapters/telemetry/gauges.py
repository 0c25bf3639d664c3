"""What is read when somebody looks: how old what is shared is, how its refreshes go, and how the connections are used.

A gauge goes on telling while things are at their worst: the age of a token rises after its expiry, until there is
another. Sources are held weakly, so that a client that is gone is not told of any more.
"""

from __future__ import annotations

import weakref
from collections import Counter
from typing import TYPE_CHECKING, Final, Protocol

from opentelemetry.metrics import Observation

from lpfunctions.adapters.telemetry import names
from lpfunctions.adapters.telemetry.attributes import server

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from opentelemetry.metrics import CallbackOptions, Meter

    from lpfunctions.adapters.telemetry.attributes import Attributes
    from lpfunctions.core.http.connections import ConnectionCounts
    from lpfunctions.core.telemetry.events import ObservedAttempt, ObservedOperation, RefreshState

_MOST_HOSTS: Final = 64


class RefreshSource(Protocol):
    """What keeps a shared value fresh."""

    def refresh_state(self) -> RefreshState | None:
        """How it is doing; None if there is nothing to tell."""
        ...


class ConnectionSource(Protocol):
    """A transport that can tell of its connections."""

    def connection_counts(self) -> Sequence[ConnectionCounts]:
        """How they are used, host by host."""
        ...


class Gauges:
    """The observable instruments.

    Args:
        meter: what makes them.

    Attributes:
        operations: those that have begun and not ended; adding and discarding is one step, for threads too.
        attempts: likewise, the requests.
    """

    def __init__(self, meter: Meter) -> None:
        self.operations: set[ObservedOperation] = set()
        self.attempts: set[ObservedAttempt] = set()
        self._refreshes: dict[str, weakref.WeakSet[RefreshSource]] = {
            "discovery": weakref.WeakSet(),
            "token": weakref.WeakSet(),
        }
        self._transports: weakref.WeakSet[ConnectionSource] = weakref.WeakSet()
        self._hosts: dict[tuple[str, str, str], None] = {}
        self._create(meter)

    def watch_refresh(self, purpose: str, source: RefreshSource) -> None:
        """Tell of *source*, as long as somebody else holds on to it."""
        self._refreshes[purpose].add(source)

    def watch_connections(self, source: ConnectionSource) -> None:
        """Tell of the connections of *source*, as long as somebody else holds on to it."""
        self._transports.add(source)

    def _create(self, meter: Meter) -> None:
        meter.create_observable_up_down_counter(
            names.INFLIGHT, [self._observe_operations], "{operation}", "Operations under way."
        )
        meter.create_observable_gauge(
            names.TOKEN_AGE, [self._observe_token_age], "s", "Time since the oldest access token was received."
        )
        meter.create_observable_gauge(
            names.DISCOVERY_AGE, [self._observe_discovery_age], "s", "Time since the oldest hosts were discovered."
        )
        meter.create_observable_gauge(
            names.REFRESH_FAILURES, [self._observe_failures], "{failure}", "Failures in a row to fetch what is shared."
        )
        meter.create_observable_up_down_counter(
            names.OPEN_CONNECTIONS, [self._observe_connections], "{connection}", "Open connections, by their state."
        )
        meter.create_observable_up_down_counter(
            names.WAITING, [self._observe_waiting], "{request}", "Requests that wait for a connection."
        )
        meter.create_observable_up_down_counter(
            names.ACTIVE_REQUESTS, [self._observe_requests], "{request}", "Active HTTP requests."
        )

    def _observe_operations(self, _options: CallbackOptions) -> Iterable[Observation]:
        counts = Counter(operation.spec.name for operation in list(self.operations))
        return [Observation(counts[kind], {names.OPERATION: kind}) for kind in names.SPANS]

    def _observe_token_age(self, _options: CallbackOptions) -> Iterable[Observation]:
        return self._oldest("token")

    def _observe_discovery_age(self, _options: CallbackOptions) -> Iterable[Observation]:
        return self._oldest("discovery")

    def _oldest(self, purpose: str) -> Iterable[Observation]:
        ages = [state.age_seconds for state in self._states(purpose) if state.age_seconds is not None]
        return [Observation(max(ages))] if ages else []

    def _observe_failures(self, _options: CallbackOptions) -> Iterable[Observation]:
        for purpose in self._refreshes:
            failures = [state.failures_in_a_row for state in self._states(purpose)]
            if failures:
                yield Observation(max(failures), {names.OPERATION: purpose})

    def _states(self, purpose: str) -> list[RefreshState]:
        states = [source.refresh_state() for source in list(self._refreshes[purpose])]
        return [state for state in states if state is not None]

    def _observe_connections(self, _options: CallbackOptions) -> Iterable[Observation]:
        for (scheme, host), (active, idle, _) in self._connections().items():
            yield Observation(active, _server(scheme, host) | {names.HTTP_CONNECTION_STATE: "active"})
            yield Observation(idle, _server(scheme, host) | {names.HTTP_CONNECTION_STATE: "idle"})

    def _observe_waiting(self, _options: CallbackOptions) -> Iterable[Observation]:
        for (scheme, host), (_, _, waiting) in self._connections().items():
            yield Observation(waiting, _server(scheme, host))

    def _connections(self) -> dict[tuple[str, str], tuple[int, int, int]]:
        """Active, idle and waiting, by scheme and host."""
        sums: dict[tuple[str, str], tuple[int, int, int]] = {}
        for each in [counts for source in list(self._transports) for counts in source.connection_counts()]:
            active, idle, waiting = sums.get((each.scheme, each.host), (0, 0, 0))
            sums[each.scheme, each.host] = (active + each.active, idle + each.idle, waiting + each.waiting)
        return sums

    def _observe_requests(self, _options: CallbackOptions) -> Iterable[Observation]:
        requests = [attempt.request for attempt in list(self.attempts)]
        counts = Counter((request.method, request.url.partition(":")[0], request.host) for request in requests)
        # A series that was there goes down to 0 instead of away.
        self._hosts = dict.fromkeys([*counts, *self._hosts][:_MOST_HOSTS])
        for method, scheme, host in self._hosts:
            yield Observation(counts[method, scheme, host], _server(scheme, host) | {names.HTTP_METHOD: method})


def _server(scheme: str, host: str) -> Attributes:
    address, port = server(scheme, host)
    return {names.URL_SCHEME: scheme, names.SERVER_ADDRESS: address, names.SERVER_PORT: port}
