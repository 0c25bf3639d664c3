"""Every resolver is held to the contract of the port."""

from __future__ import annotations

from typing import Any

import pytest

from lpfunctions import FaaSConfigurationError, RetryPolicy, StaticDomainResolver
from lpfunctions.core.errors import CSDSDomainNotFound
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.contracts.domains import DomainResolverContract
from tests.foundations import aio_foundation, blocking_foundation

HOSTS = {"faasGW": "va.faasgw.liveperson.net"}


def out_of_order() -> FakePlatform:
    platform = FakePlatform()
    platform.fail_next(drop_connection=True, kind="discovery", times=None)
    return platform


class TestDiscovery(DomainResolverContract):
    def build(self) -> Any:
        return blocking_foundation(FakePlatform()).domains

    def build_failing(self) -> Any:
        return blocking_foundation(out_of_order(), retry=RetryPolicy.none()).domains


class TestDiscoveryAwaited(DomainResolverContract):
    def build(self) -> Any:
        return aio_foundation(FakePlatform()).domains

    def build_failing(self) -> Any:
        return aio_foundation(out_of_order(), retry=RetryPolicy.none()).domains


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
        return blocking_foundation(FakePlatform(), domain_resolver=Plain(HOSTS)).domains

    def build_failing(self) -> Any:
        return blocking_foundation(FakePlatform(), domain_resolver=Plain({"faasGW": "https://no.host/"})).domains


class TestAUsersResolverAwaited(DomainResolverContract):
    def build(self) -> Any:
        return aio_foundation(FakePlatform(), domain_resolver=AsyncPlain(HOSTS)).domains

    def build_failing(self) -> Any:
        return aio_foundation(FakePlatform(), domain_resolver=AsyncPlain({"faasGW": "no host"})).domains


@pytest.mark.parametrize("host", ["", "https://a.net", "a.net/x", "user@a.net", "a.net:0", "a b"])
def test_a_static_resolver_refuses_what_is_no_host(host: str) -> None:
    with pytest.raises(FaaSConfigurationError, match="'faasGW' needs 'host' or 'host:port'"):
        StaticDomainResolver({"faasGW": host})
