"""One LivePerson account: its version, its app, its hosts and its functions."""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from lpfunctions.core.auth.credentials import ClientCredentials
from lpfunctions.core.errors import FaaSConfigurationError
from lpfunctions.core.platform.hosts import GATEWAY_SERVICE, TOKEN_SERVICE, UI_SERVICE
from lpfunctions.core.platform.version import PlatformVersion
from lpfunctions.core.redaction import quoted
from lpfunctions.testing.platform.auth.oauth1 import OAuth1Keys
from lpfunctions.testing.platform.auth.users import Users
from lpfunctions.testing.platform.functions.deployed import DeployedFunction, Functions
from lpfunctions.testing.platform.requests.routing import AGENT_LOGIN_SERVICE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from lpfunctions.testing.platform.functions.deployed import FunctionState

# The V1 hosts are documented. Those of V2 are not: these two only obey the rule by which clients tell V2.
_DOMAINS: Final[Mapping[PlatformVersion, Mapping[str, str]]] = {
    PlatformVersion.V1: {
        GATEWAY_SERVICE: "va.faasgw.liveperson.net",
        UI_SERVICE: "va.faasui.liveperson.net",
        TOKEN_SERVICE: "va.sentinel.liveperson.net",
        AGENT_LOGIN_SERVICE: "va.agentvep.liveperson.net",
    },
    PlatformVersion.V2: {
        GATEWAY_SERVICE: "va.fninvocations.liveperson.net",
        UI_SERVICE: "va.functions.liveperson.net",
        TOKEN_SERVICE: "va.sentinel.liveperson.net",
        AGENT_LOGIN_SERVICE: "va.agentvep.liveperson.net",
    },
}


def platform_version_named(platform_version: str) -> PlatformVersion:
    """Return the version that is called *platform_version*.

    Raises:
        FaaSConfigurationError: there is none.
    """
    try:
        return PlatformVersion(platform_version)
    except ValueError:
        raise FaaSConfigurationError(f"platform_version must be 'v1' or 'v2', not {quoted(platform_version)}") from None


@dataclass(slots=True, eq=False)
class Account:
    """One account of the platform.

    Attributes:
        account_id: the id in every path.
        platform_version: V1 or V2, as a whole.
        client_id: of the installed app.
        client_secret: of the installed app.
        now: tells when a function was created; seconds since the epoch.
        domains: what discovery answers, host by service.
        gone: hosts that refuse connections, because the account has left them.
        kept: hosts that the account has left, and that go on answering.
        functions: what is deployed or drafted.
        users: who may log in, and their sessions; at first ``user`` with the password ``password``, a developer.
        bearers: tokens of logged-in users, accepted as they are.
        oauth1_keys: consumer secret and token secret, by consumer key and token.
    """

    account_id: str
    platform_version: PlatformVersion
    client_id: str
    client_secret: str = field(repr=False)
    now: Callable[[], float] = field(default=time.time, repr=False)
    domains: dict[str, str] = field(init=False)
    functions: Functions = field(init=False, repr=False)
    gone: set[str] = field(default_factory=set[str])
    kept: set[str] = field(default_factory=set[str])
    users: Users = field(default_factory=Users, repr=False)
    bearers: set[str] = field(default_factory=set[str], repr=False)
    oauth1_keys: OAuth1Keys = field(default_factory=OAuth1Keys, repr=False)

    def __post_init__(self) -> None:
        self.domains = dict(_DOMAINS[self.platform_version])
        self.functions = Functions(self.account_id)
        self.users.add("user", "password")

    @property
    def generation(self) -> PlatformVersion:
        """The former name of `platform_version`; it will be gone in version 2."""
        warnings.warn("Account.generation is now platform_version", DeprecationWarning, stacklevel=2)
        return self.platform_version

    def serves(self, service: str, host: str) -> bool:
        """Return whether *host* may answer for *service*: any host but that of another service."""
        return self.domains.get(service) == host or host not in self.domains.values()

    @property
    def known_hosts(self) -> set[str]:
        """The hosts that discovery names, and those that it once named."""
        return {*self.domains.values(), *self.gone, *self.kept}

    def move(self, hosts: Mapping[str, str], *, keep_old: bool = False) -> None:
        """Move services to other hosts, now: discovery names the new ones.

        Args:
            hosts: host by service, such as ``{"faasGW": "lo.faasgw.liveperson.net"}``.
            keep_old: the old hosts go on answering; otherwise they refuse connections.
        """
        old = {self.domains[service] for service in hosts if service in self.domains}
        self.domains = self.domains | dict(hosts)
        (self.kept if keep_old else self.gone).update(old)
        self.gone -= set(self.domains.values())

    def migrate(self, platform_version: str) -> None:
        """Make it an account of the other version, as a whole: other hosts, other paths, the same functions.

        Raises:
            FaaSConfigurationError: there is no such version.
        """
        self.platform_version = platform_version_named(platform_version)
        self.move(_DOMAINS[self.platform_version])

    def saved(self) -> Callable[[], None]:
        """Return what restores the account as it is now, with its functions."""
        version, domains, functions = self.platform_version, dict(self.domains), self.functions.saved()
        gone, kept, bearers, keys = set(self.gone), set(self.kept), set(self.bearers), dict(self.oauth1_keys)
        users = self.users.saved()

        def restore() -> None:
            self.platform_version, self.domains = version, dict(domains)
            self.gone, self.kept, self.bearers, self.oauth1_keys = set(gone), set(kept), set(bearers), dict(keys)
            functions()
            users()

        return restore

    @property
    def credentials(self) -> ClientCredentials:
        """The credentials of the installed app."""
        return ClientCredentials(client_id=self.client_id, client_secret=self.client_secret)

    def function(
        self,
        name: str | None = None,
        *,
        event_id: str | None = None,
        skills: Iterable[str] = (),
        state: FunctionState = "Productive",
        description: str = "",
        environment: Mapping[str, str] | None = None,
        is_comp_v1: bool = False,
        uuid: UUID | str | None = None,
        sample_payload: object = None,
    ) -> Callable[[Callable[[Any], Any]], DeployedFunction]:
        """Deploy the decorated function; `FakePlatform.function` explains the arguments."""
        _check_name(name)

        def deploy(code: Callable[[Any], Any]) -> DeployedFunction:
            if not callable(code):
                called = f"function {quoted(name)}" if name else "a function"
                raise FaaSConfigurationError(f"{called} must be a callable that takes the input, not {code!r}")
            chosen = name or str(getattr(code, "__name__", type(code).__name__))
            function = DeployedFunction(
                code,
                uuid=self.functions.uuid_of(chosen) if uuid is None else _checked_uuid(uuid),
                name=chosen,
                event_id=event_id and str(event_id),
                skills=tuple(skills),
                state=state,
                description=description,
                created_at=self.now(),
                environment=environment or {},
                is_comp_v1=is_comp_v1,
                sample_payload=sample_payload,
            )
            self.functions.add(function)
            return function

        return deploy


def _checked_uuid(uuid: UUID | str) -> str:
    try:
        UUID(str(uuid))
    except ValueError:
        raise FaaSConfigurationError(f"the uuid of a function must be a UUID, not {quoted(uuid)}") from None
    return str(uuid)


def _check_name(name: object) -> None:
    if callable(name):
        called = quoted(getattr(name, "__name__", type(name).__name__))
        raise FaaSConfigurationError(
            f"function() was given {called} as the name of a function: write @platform.function(), with parentheses"
        )
    if name is not None and not isinstance(name, str):
        raise FaaSConfigurationError(f"the name of a function must be text, not {name!r}")
