"""The contract of the port `DomainResolver`, as tests. A subclass implements `build`."""

from __future__ import annotations

from typing import Any, Final

import pytest

from lpfunctions.core.errors import CSDSDomainNotFound, CSDSFailure, FaaSTimeoutError
from lpfunctions.core.platform.hosts import GATEWAY_SERVICE, is_host
from lpfunctions.testing.contracts.support.assertions import assert_told
from lpfunctions.testing.contracts.support.both_modes import BothModes

_AMPLE_SECONDS: Final = 5.0


class DomainResolverContract(BothModes):
    """What a resolver must do.

    Attributes:
        service: the name of a service that exists.
        missing: the name of a service that does not exist.
    """

    service = GATEWAY_SERVICE
    missing = "noSuchService"

    def build(self) -> Any:
        """Return a resolver that knows `service`, and does not know `missing`."""
        raise NotImplementedError

    def build_failing(self) -> Any:
        """Return a resolver whose source fails, or None if there is no such thing."""

    def test_it_answers_a_bare_host(self) -> None:
        """The result is ``host`` or ``host:port``, without scheme, path or user."""
        assert is_host(self._resolve(self.build(), self.service))

    def test_asked_again_it_answers_the_same(self) -> None:
        """Repeated calls return the same host: clients resolve before every call."""
        resolver = self.build()
        assert len({self._resolve(resolver, self.service) for _ in range(3)}) == 1

    def test_a_service_that_does_not_exist_is_named(self) -> None:
        """`CSDSDomainNotFound` names the missing service and the known ones."""
        with pytest.raises(CSDSDomainNotFound, match=self.missing) as caught:
            self._resolve(self.build(), self.missing)
        assert caught.value.service == self.missing
        assert self.service in caught.value.known

    def test_names_are_case_sensitive(self) -> None:
        """A name in another case is unknown, as at the Domain API."""
        with pytest.raises(CSDSDomainNotFound):
            self._resolve(self.build(), self.service.swapcase())

    def test_a_failing_source_is_a_discovery_failure(self) -> None:
        """The error says that nothing was sent to the service."""
        resolver = self.build_failing()
        if resolver is None:
            return
        with pytest.raises((CSDSFailure, FaaSTimeoutError)) as caught:
            self._resolve(resolver, self.service)
        assert_told(caught.value, delivered="no", because="no host was found, so that no request was sent")

    def _resolve(self, resolver: Any, service: str) -> str:
        host: str = self.settle(resolver.resolve(service, timeout_seconds=_AMPLE_SECONDS))
        return host
