"""Each part is held to its contract, and all of them work together. Run it with: pytest examples/own_adapters"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

import pytest
from adapters import CountingTransport, HostsFile, StoppableClock, TokenFile, Totals

from lpfunctions import Client, RetryPolicy
from lpfunctions.adapters.blocking.requests_transport import RequestsTransport
from lpfunctions.testing.contracts import (
    AuthStrategyContract,
    ClockContract,
    DomainResolverContract,
    MetricCollectorContract,
    TransportContract,
)

if TYPE_CHECKING:
    from lpfunctions.testing import Emulator
    from lpfunctions.testing.contracts import TransportOptions

HOSTS = {"faasGW": "gw.example.test", "faasUI": "ui.example.test"}


@pytest.fixture(autouse=True)
def _folder(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if request.instance is not None:
        request.instance.folder = tmp_path


class InFolder:
    """A suite whose adapter reads files."""

    folder: Path

    def file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path


class TestCountingTransport(TransportContract):
    def build(self, **options: Unpack[TransportOptions]) -> CountingTransport:
        return CountingTransport(RequestsTransport(**options))


class TestTokenFile(InFolder, AuthStrategyContract):
    secrets = ("s3cret",)

    def build(self) -> TokenFile:
        return TokenFile(self.file("token", "s3cret\n"))

    def build_failing(self) -> TokenFile:
        return TokenFile(self.folder / "missing")


class TestHostsFile(InFolder, DomainResolverContract):
    def build(self) -> HostsFile:
        return HostsFile(self.file("hosts.json", json.dumps(HOSTS)))

    def build_failing(self) -> HostsFile:
        return HostsFile(self.file("broken.json", "{"))


class TestStoppableClock(ClockContract):
    def build(self) -> StoppableClock:
        return StoppableClock()


class TestTotals(MetricCollectorContract):
    def collector(self) -> Totals:
        return Totals()


@pytest.mark.lp_platform(account_id="12345678", platform_version="v2")
def test_one_client_works_with_all_of_them(lp_emulator: Emulator, tmp_path: Path) -> None:
    platform = lp_emulator.platform
    echo = platform.function("echo")(lambda given: given.payload)
    token = tmp_path / "token"
    token.write_text(platform.issue_token(account_id="somebody else's"))
    hosts = tmp_path / "hosts.json"
    hosts.write_text(json.dumps(dict.fromkeys(HOSTS, lp_emulator.host)))
    transport, totals = CountingTransport(RequestsTransport()), Totals()
    options: dict[str, Any] = {"protocol": "http", "platform_version": "v2", "retry": RetryPolicy.none()}

    with Client(
        account_id="12345678",
        auth_strategy=TokenFile(token),
        transport=transport,
        domain_resolver=HostsFile(hosts),
        clock=StoppableClock(),
        metric_collector=totals,
        **options,
    ) as client:
        assert client.invoke(lambda_uuid=echo.uuid, payload=1).status == 403
        token.write_text(platform.issue_token(lifetime_seconds=-1))
        platform.revoke_tokens()
        assert client.invoke(lambda_uuid=echo.uuid, payload=2).status == 401  # the new token has expired, too
        token.write_text(platform.issue_token())
        assert client.invoke(lambda_uuid=echo.uuid, payload=3).body == 3

    assert transport.answers == {403: 1, 401: 3, 200: 1}
    assert totals.calls == {"invoke": 3}
    platform.requests.assert_invoked(echo, payload=3, times=2)
