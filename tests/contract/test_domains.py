"""Every resolver is held to the contract of the port."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from lpfunctions import FaaSConfigurationError, FaaSTimeoutError, RetryPolicy, StaticDomainResolver
from lpfunctions.core.errors import CSDSDomainNotFound, CSDSFailure
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.contracts.domains import DomainResolverContract
from tests.support.wiring import aio_state, blocking_state

if TYPE_CHECKING:
    from lpfunctions.wiring.build import AccountState

HOSTS = {"faasGW": "va.faasgw.liveperson.net"}


def out_of_order() -> FakePlatform:
    platform = FakePlatform()
    platform.fail_next(drop_connection=True, kind="discovery", times=None)
    return platform


class TestDiscovery(DomainResolverContract):
    def build(self) -> Any:
        return blocking_state(FakePlatform()).domains

    def build_failing(self) -> Any:
        return blocking_state(out_of_order(), retry=RetryPolicy.none()).domains


class TestDiscoveryAwaited(DomainResolverContract):
    def build(self) -> Any:
        return aio_state(FakePlatform()).domains

    def build_failing(self) -> Any:
        return aio_state(out_of_order(), retry=RetryPolicy.none()).domains


class TestStaticDomainResolver(DomainResolverContract):
    def build(self) -> Any:
        return StaticDomainResolver(HOSTS)


class Plain:
    """A user's own, with a plain method."""

    def __init__(self, hosts: dict[str, str]) -> None:
        self._hosts = hosts

    def resolve(self, service: str, *, timeout_seconds: float) -> str:
        if service in self._hosts:
            return self._hosts[service]
        raise CSDSDomainNotFound(f"no {service}", service=service, known=tuple(self._hosts))


class AsyncPlain(Plain):
    """The same, spelled async."""

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:  # type: ignore[override]
        return super().resolve(service, timeout_seconds=timeout_seconds)


class TestAUsersResolver(DomainResolverContract):
    def build(self) -> Any:
        return blocking_state(FakePlatform(), domain_resolver=Plain(HOSTS)).domains

    def build_failing(self) -> Any:
        return blocking_state(FakePlatform(), domain_resolver=Plain({"faasGW": "https://no.host/"})).domains


class TestAUsersResolverAwaited(DomainResolverContract):
    def build(self) -> Any:
        return aio_state(FakePlatform(), domain_resolver=AsyncPlain(HOSTS)).domains

    def build_failing(self) -> Any:
        return aio_state(FakePlatform(), domain_resolver=AsyncPlain({"faasGW": "no host"})).domains


class Raising(Plain):
    """A user's own, whose source is out of order."""

    def __init__(self, failure: Exception) -> None:
        self._failure = failure

    def resolve(self, service: str, *, timeout_seconds: float) -> str:
        raise self._failure


class AsyncRaising(Raising):
    """The same, spelled async."""

    async def resolve(self, service: str, *, timeout_seconds: float) -> str:  # type: ignore[override]
        return super().resolve(service, timeout_seconds=timeout_seconds)


class TestAUsersRaisingResolver(DomainResolverContract):
    def build(self) -> Any:
        return blocking_state(FakePlatform(), domain_resolver=Plain(HOSTS)).domains

    def build_failing(self) -> Any:
        return blocking_state(FakePlatform(), domain_resolver=Raising(KeyError("faasGW"))).domains


class TestAUsersRaisingResolverAwaited(DomainResolverContract):
    def build(self) -> Any:
        return aio_state(FakePlatform(), domain_resolver=AsyncPlain(HOSTS)).domains

    def build_failing(self) -> Any:
        return aio_state(FakePlatform(), domain_resolver=AsyncRaising(OSError("no file"))).domains


def resolved(state: AccountState) -> str:
    return asyncio.run(state.domains.resolve("faasGW", timeout_seconds=5.0))


@pytest.mark.parametrize("state_of", [blocking_state, aio_state])
@pytest.mark.parametrize("kind", [Raising, AsyncRaising])
def test_what_a_users_resolver_raises_becomes_a_discovery_failure_that_names_it(state_of: Any, kind: Any) -> None:
    failure = KeyError("canary-7f3a")
    with pytest.raises(CSDSFailure, match=rf"^{kind.__name__}\.resolve raised KeyError$") as caught:
        resolved(state_of(FakePlatform(), domain_resolver=kind(failure)))
    assert caught.value.__cause__ is failure


def test_an_error_of_ours_passes_a_users_resolver_as_it_is() -> None:
    late = FaaSTimeoutError("late", phase="discovery", delivered="no")
    with pytest.raises(FaaSTimeoutError) as caught:
        resolved(blocking_state(FakePlatform(), domain_resolver=Raising(late)))
    assert caught.value is late


@pytest.mark.parametrize("host", [["a.net"], {"host": "a.net"}, b"a.net", None, 3, "a.net/x"], ids=repr)
@pytest.mark.parametrize("state_of", [blocking_state, aio_state])
def test_what_a_users_resolver_answers_must_be_a_host(state_of: Any, host: Any) -> None:
    with pytest.raises(CSDSFailure, match=r"^Plain\.resolve must return 'host' or 'host:port', not "):
        resolved(state_of(FakePlatform(), domain_resolver=Plain({"faasGW": host})))


@pytest.mark.parametrize("host", ["", "https://a.net", "a.net/x", "user@a.net", "a.net:0", "a b", 3, None, ["a.net"]])
def test_a_static_resolver_refuses_what_is_no_host(host: Any) -> None:
    with pytest.raises(FaaSConfigurationError, match="'faasGW' needs 'host' or 'host:port'"):
        StaticDomainResolver({"faasGW": host})
