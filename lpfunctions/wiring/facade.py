"""What `Client` and `AsyncClient` share: ways to make one, and to make another from it."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, Self

from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.wiring.dependencies import check_resolver
from lpfunctions.wiring.options import PARTS_OF_A_COPY, Parts, check_known, check_not_shared, parts_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Unpack

    from lpfunctions.core.auth.authorization import AuthState
    from lpfunctions.core.batches.batch import OnProgress
    from lpfunctions.core.config import ClientConfig
    from lpfunctions.operations import Operations
    from lpfunctions.ports import AsyncAuthStrategy, DomainResolver
    from lpfunctions.wiring.auth import Authentication
    from lpfunctions.wiring.batch import Batch
    from lpfunctions.wiring.build import AccountState
    from lpfunctions.wiring.options import CopyOptions


class Facade(ABC):
    """A client of either mode, apart from its operations."""

    _config: ClientConfig
    _auth_strategy: Any
    _parts: Parts
    _state: AccountState
    _operations: Operations

    @abstractmethod
    def _build_state(self) -> AccountState:
        """Wire the adapters of this mode; keep what is to be closed."""

    def _build(self, config: ClientConfig, auth_strategy: Any, parts: Parts) -> Self:
        self._config, self._auth_strategy, self._parts = config, auth_strategy, parts
        self._state = self._build_state()
        self._auth = self._state.strategy(auth_strategy)
        self._operations = self._state.operations(config, self._auth, parts)
        return self

    def _batch(self, concurrency: int, shape: Any, on_progress: OnProgress | None) -> Batch:
        from lpfunctions.wiring.batch import Batch

        reporting = self._state.shared.reporting
        return Batch(
            self._operations,
            logger=reporting.logger,
            account_id=self._config.account_id,
            monotonic=reporting.monotonic,
            concurrency=concurrency,
            shape=shape,
            on_progress=on_progress,
        )

    @property
    def config(self) -> ClientConfig:
        """The plain options, frozen; its repr shows no secret."""
        return self._config

    def auth_state(self) -> AuthState | None:
        """How the authorisation is doing, without a credential; None for a strategy that does not tell."""
        tell: Callable[[], AuthState | None] | None = getattr(self._auth, "auth_state", None)
        return None if tell is None else tell()

    @classmethod
    def _from_config(cls, config: ClientConfig, auth_strategy: Authentication, parts: Mapping[str, Any]) -> Self:
        return cls.__new__(cls)._build(config, auth_strategy, parts_of(config, parts))

    @classmethod
    def _from_env(cls, overrides: Mapping[str, Any]) -> Self:
        from lpfunctions.wiring.env import from_environment

        return cls(**from_environment(os.environ, overrides))

    def with_options(self, *, auth_strategy: Authentication | None = None, **options: Unpack[CopyOptions]) -> Self:
        """Return a client with another *auth_strategy* or other *options* that shares pools and caches with this one.

        Closing the copy closes nothing: what is shared is this client's. None leaves an option as it is.

        Raises:
            FaaSConfigurationError: an option that belongs to what is shared (``proxy``, ``csds_domain``, …).
        """
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        check_known(given)
        check_not_shared(given)
        parts = {name: given.pop(name) for name in PARTS_OF_A_COPY & given.keys()}
        config, auth = replace(self._config, **given), None
        if auth_strategy is None:
            auth_strategy, auth = self._auth_strategy, self._auth
        return self._copy(config, auth_strategy, replace(self._parts, **parts), self._state, auth)

    def for_account(
        self, account_id: str, *, auth_strategy: Authentication, domain_resolver: DomainResolver | None = None
    ) -> Self:
        """Return a client of another account that shares connections, clock, limits and telemetry with this one.

        It has its own hosts, token and remembered answers. Hundreds of accounts cost little beside what they fetch;
        keep the clients and use them again. Closing one closes nothing: the connections are this client's.

        Args:
            account_id: the other account.
            auth_strategy: its credentials; anything that `Client` takes.
            domain_resolver: its resolver. Needed when this client was given one: a resolver answers for one account.

        Raises:
            FaaSConfigurationError: an argument cannot work, or *domain_resolver* is needed and missing.
        """
        if domain_resolver is None and self._parts.domain_resolver is not None:
            raise FaaSConfigurationError(
                f"the domain_resolver of this client answers for account {self._config.account_id!r}; "
                f"pass domain_resolver= for account {account_id!r}"
            )
        config, parts = self._config.for_account(account_id), replace(self._parts, domain_resolver=domain_resolver)
        check_resolver(domain_resolver)
        state = self._state.shared.for_account(config, domain_resolver)
        return self._copy(config, auth_strategy, parts, state)

    def _copy(
        self,
        config: ClientConfig,
        auth_strategy: Any,
        parts: Parts,
        state: AccountState,
        auth: AsyncAuthStrategy | None = None,
    ) -> Self:
        copy = type(self).__new__(type(self))
        copy._config, copy._auth_strategy, copy._parts = config, auth_strategy, parts
        copy._state = state
        copy._auth = state.strategy(auth_strategy) if auth is None else auth
        copy._operations = state.operations(config, copy._auth, parts)
        return copy

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of account {self._config.account_id!r}>"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by configuration: credentials go along, tokens and connections do not."""
        parts = {part.name: getattr(self._parts, part.name) for part in fields(self._parts)}
        parts = {name: value for name, value in parts.items() if value is not None}
        for name, value in {"auth_strategy": self._auth_strategy, **parts}.items():
            _check_picklable(name, value)
        return _revive, (type(self), self._config, self._auth_strategy, parts)


def _revive(cls: Any, config: ClientConfig, auth_strategy: Any, parts: dict[str, Any]) -> Facade:
    client: Facade = cls.from_config(config, auth_strategy=auth_strategy, **parts)
    return client


def _check_picklable(name: str, value: object) -> None:
    import pickle

    try:
        pickle.dumps(value)
    except Exception as unfit:
        raise FaaSConfigurationError(
            f"this client cannot be pickled: its {name}, a {type(value).__name__}, cannot"
        ) from unfit
