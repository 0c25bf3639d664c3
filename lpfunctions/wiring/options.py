"""The options of both clients: one list, typed; sorted into plain values and parts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Final, TypedDict

from lpfunctions.core.config import ClientConfig, SharedValues, ValuesOfACopy
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.wiring.other_names import unknown_option

if TYPE_CHECKING:
    import logging
    from ssl import SSLContext

    from aiohttp import ClientSession
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import TracerProvider
    from requests import Session
    from structlog.typing import FilteringBoundLogger

    from lpfunctions.ports import (
        AsyncClock,
        AsyncTransport,
        Clock,
        DomainResolver,
        MetricCollector,
        SharedStore,
        Transport,
    )


class PartsOfACopy(TypedDict, total=False):
    """The parts that ``with_options`` may change."""

    request_id_factory: Callable[[], str] | None
    metric_collector: MetricCollector | None


class CopyOptions(PartsOfACopy, ValuesOfACopy, total=False):
    """What ``with_options`` may change, beside ``auth_strategy``: what a copy of a client has for itself."""


class SharedParts(TypedDict, total=False):
    """The parts that a client shares with its copies, apart from those that are of one mode."""

    ssl_context: SSLContext | None
    domain_resolver: DomainResolver | None
    shared_store: SharedStore | None
    tracer_provider: TracerProvider | None
    meter_provider: MeterProvider | None
    logger: logging.Logger | FilteringBoundLogger | None


class BlockingParts(TypedDict, total=False):
    """The parts of `Client` that block."""

    transport: Transport | None
    session: Session | None
    clock: Clock | None


class AsyncParts(TypedDict, total=False):
    """The parts of `AsyncClient` that are awaited."""

    transport: AsyncTransport | None
    session: ClientSession | None
    clock: AsyncClock | None


class ClientParts(PartsOfACopy, SharedParts, BlockingParts, total=False):
    """The options of `Client` that are no plain values: those that stand beside a `ClientConfig`."""


class AsyncClientParts(PartsOfACopy, SharedParts, AsyncParts, total=False):
    """The options of `AsyncClient` that are no plain values: those that stand beside a `ClientConfig`."""


class CommonOptions(CopyOptions, SharedParts, SharedValues, total=False):
    """What both clients may be told beside ``account_id`` and ``auth_strategy``; None means the default."""


class ClientOptions(CommonOptions, BlockingParts, total=False):
    """The options of `Client`."""


class AsyncClientOptions(CommonOptions, AsyncParts, total=False):
    """The options of `AsyncClient`."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The options that are no plain values: what a user swaps in."""

    ssl_context: Any = None
    domain_resolver: Any = None
    shared_store: Any = None
    request_id_factory: Any = None
    metric_collector: Any = None
    tracer_provider: Any = None
    meter_provider: Any = None
    logger: Any = None
    transport: Any = None
    session: Any = None
    clock: Any = None


_VALUES: Final = frozenset(option.name for option in fields(ClientConfig))
_PARTS: Final = frozenset(part.name for part in fields(Parts))
_OF_A_POOL: Final = ("proxy", "ssl_context", "trust_env", "max_connections", "keepalive_seconds")
_OF_A_COPY: Final = frozenset(CopyOptions.__annotations__)
OF_A_TRANSPORT: Final = (*_OF_A_POOL, "connect_timeout", "max_response_bytes", "session")
"""The options that a transport of the user's cannot be told."""

PARTS_OF_A_COPY: Final = _OF_A_COPY & _PARTS
"""The parts that ``with_options`` may change."""


def sort(account_id: str, options: Mapping[str, Any]) -> tuple[ClientConfig, Parts]:
    """Sort *options* into the plain values and the parts.

    Raises:
        FaaSConfigurationError: an unknown option, a value that cannot work, or two options that exclude each other.
    """
    given = _given(options)
    _check_useful(given)
    values = {name: value for name, value in given.items() if name in _VALUES}
    parts = {name: value for name, value in given.items() if name in _PARTS}
    return ClientConfig(account_id=account_id, **values), Parts(**parts)


def parts_of(config: ClientConfig, options: Mapping[str, Any]) -> Parts:
    """Return *options*, which stand beside *config*, as parts.

    Raises:
        FaaSConfigurationError: an unknown option, one that belongs into the config, or two that exclude each other.
    """
    given = _given(options)
    plain = [name for name in given if name not in _PARTS]
    if plain:
        belong = "belongs" if len(plain) == 1 else "belong"
        raise FaaSConfigurationError(
            f"{', '.join(plain)} {belong} into the config: "
            f"dataclasses.replace(config, {', '.join(f'{name}=…' for name in plain)})"
        )
    values = ((option, getattr(config, option.name)) for option in fields(config))
    _check_useful({option.name: value for option, value in values if value != option.default} | given)
    return Parts(**given)


def _given(options: Mapping[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value is not None}
    check_known(given)
    return given


def check_known(given: Mapping[str, object]) -> None:
    """Refuse an option that does not exist, and suggest the one that was probably meant."""
    for name in given:
        if name not in _VALUES | _PARTS:
            raise FaaSConfigurationError(unknown_option(name, _VALUES | _PARTS))


def check_not_shared(given: Mapping[str, object]) -> None:
    """Refuse to change, for a copy of a client, an option of what the copy shares."""
    shared = sorted(name for name in given if name not in _OF_A_COPY)
    if shared:
        raise FaaSConfigurationError(
            f"with_options cannot change {', '.join(shared)}: the copy shares what it belongs to; make another client"
        )


def _check_useful(given: Mapping[str, object]) -> None:
    _check_not_together(given, "transport", OF_A_TRANSPORT)
    _check_not_together(given, "session", _OF_A_POOL)


def _check_not_together(given: Mapping[str, object], brought: str, useless: Sequence[str]) -> None:
    clash = [name for name in useless if name in given]
    if brought in given and clash:
        raise FaaSConfigurationError(
            f"{', '.join(clash)} cannot be obeyed by a {brought} of yours; set it there, or leave out {brought}"
        )
