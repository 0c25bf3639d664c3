"""Every strategy is held to the contract of `AuthStrategy`."""

from __future__ import annotations

from typing import Any

from lpfunctions import BearerToken, ClientCredentials, DpopCredentials, OAuth1Credentials, RetryPolicy
from lpfunctions.testing import FakePlatform
from lpfunctions.testing.contracts.auth import AuthStrategyContract
from tests.support.signatures import Prover
from tests.support.wiring import aio_state, blocking_state

SECRET = "canary-s3cret"


def bearer(*, url: str, method: str) -> str:
    return f"Bearer {SECRET}"


def with_newline(*, url: str, method: str) -> str:
    return f"Bearer {SECRET}\n"


class Wired(AuthStrategyContract):
    """Strategies as a client gets them."""

    secrets = (SECRET,)

    def wired(self, given: object) -> Any:
        platform = FakePlatform(client_secret=SECRET)
        return blocking_state(platform, retry=RetryPolicy.none()).strategy(given)


class Awaited(Wired):
    """The same for an async client."""

    def wired(self, given: object) -> Any:
        platform = FakePlatform(client_secret=SECRET)
        return aio_state(platform, retry=RetryPolicy.none()).strategy(given)


class TestClientCredentials(Wired):
    def build(self) -> Any:
        return self.wired(ClientCredentials(client_id="client-id", client_secret=SECRET))

    def build_failing(self) -> Any:
        return self.wired(ClientCredentials(client_id="client-id", client_secret=f"{SECRET}-wrong"))


class TestClientCredentialsAwaited(Awaited, TestClientCredentials):
    pass


class TestBearerToken(Wired):
    def build(self) -> Any:
        return self.wired(BearerToken(SECRET))


class TestCallable(Wired):
    def build(self) -> Any:
        return self.wired(bearer)

    def build_failing(self) -> Any:
        return self.wired(with_newline)


class TestCallableAwaited(Awaited, TestCallable):
    def build(self) -> Any:
        async def header(*, url: str, method: str) -> str:
            return f"Bearer {SECRET}"

        return self.wired(header)


class TestDpopCredentials(Wired):
    proves_each_attempt = True

    def build(self) -> Any:
        return self.wired(DpopCredentials(lambda _domain: SECRET, Prover().prove))

    def build_failing(self) -> Any:
        return self.wired(DpopCredentials(lambda _domain: f"{SECRET}\n", Prover().prove))


class TestDpopCredentialsAwaited(Awaited, TestDpopCredentials):
    pass


class TestOAuth1Credentials(Wired):
    proves_each_attempt = True

    def build(self) -> Any:
        return self.wired(
            OAuth1Credentials(consumer_key="k", consumer_secret=SECRET, token=SECRET, token_secret=SECRET)
        )


class Plain:
    """A user's own, with plain methods."""

    def __init__(self, value: object = f"Bearer {SECRET}") -> None:
        self._value = value

    def authorize(self, request: object) -> object:
        return {"Authorization": self._value}

    def rejected(self, request: object, response: object) -> bool:
        return False


class TestAUsersStrategyAsItIs(AuthStrategyContract):
    def build(self) -> Any:
        return Plain()


class TestAUsersStrategy(Wired):
    def build(self) -> Any:
        return self.wired(Plain())

    def build_failing(self) -> Any:
        return self.wired(Plain(f"{SECRET}\n"))


class TestAUsersStrategyAwaited(Awaited, TestAUsersStrategy):
    pass
