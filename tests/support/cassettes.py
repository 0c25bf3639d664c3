"""A short conversation with a platform, recorded and replayed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lpfunctions import Client, ClientCredentials, RetryPolicy
from lpfunctions.testing import FakePlatform, RecordingTransport

if TYPE_CHECKING:
    from pathlib import Path

    from lpfunctions.testing import ReplayTransport

SECRET = "the-secret-of-the-app"
URL = "https://va.fninvocations.liveperson.net/api/account/1/lambdas/f/invoke?v=1"


def greeting_platform() -> FakePlatform:
    platform = FakePlatform(client_secret=SECRET)

    @platform.function("greet", event_id="greeting")
    def greet(given: Any) -> Any:
        return f"Hello {given.payload['name']}"

    return platform


def greeting(client: Client, name: str = "Ada") -> Any:
    return client.invoke(event_id="greeting", payload={"name": name}).parse(list[dict[str, Any]])[0]["result"]


def recorded(platform: FakePlatform, cassette: Path, *, retry: RetryPolicy | None = None, **options: Any) -> str:
    with (
        RecordingTransport(cassette, platform.transport(), **options) as transport,
        platform.client(transport=transport, retry=retry or RetryPolicy.none()) as client,
    ):
        assert greeting(client) == "Hello Ada"
    return cassette.read_text(encoding="utf-8")


def replaying(transport: ReplayTransport, **options: Any) -> Client:
    """A client of the account that was recorded, which knows no secret."""
    app = ClientCredentials(client_id="client-id", client_secret="not-the-secret")
    usual: dict[str, Any] = {"csds_domain": "in-memory-platform.invalid", "retry": RetryPolicy.none()}
    return Client(account_id="12345678", auth_strategy=app, transport=transport, **usual | options)
