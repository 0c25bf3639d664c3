"""What the programs of the documents call: a platform behind HTTP, in their environment."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from cryptography.fernet import Fernet

from lpfunctions.testing import Emulator, FakePlatform

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from lpfunctions.testing import FunctionInput

ORDERS = {"A-1001": "shipped", "A-1002": "packed"}


@pytest.fixture
def shop() -> FakePlatform:
    """A platform with the status of an order, by UUID and by event, and a greeting."""
    platform = FakePlatform()

    def order_status(given: FunctionInput) -> dict[str, Any]:
        order = given.payload.get("order", "A-1001")
        return {"order": order, "status": ORDERS[order]}

    platform.function(name="order-status", uuid="5f2b7f0c-6a9e-4b53-9a37-0d5c1c1f6a11")(order_status)
    platform.function(name="confirm", event_id="order_placed")(order_status)
    platform.function(name="greet", event_id="messaging_new_conversation")(lambda _given: "Hello")
    platform.add_bearer("token-of-a-user")
    return platform


@pytest.fixture
def values_of_a_reader(shop: FakePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What a reader puts in place of the placeholders, in a folder and an environment that lead to the shop."""
    uuid, account = "5f2b7f0c-6a9e-4b53-9a37-0d5c1c1f6a11", shop.account
    (tmp_path / "orders.jsonl").write_text('{"order": "A-1001"}\n{"order": "A-1002"}\n')
    monkeypatch.chdir(tmp_path)
    with Emulator(shop) as emulator:
        variables = {"ORDER_STATUS": uuid, "USER_TOKEN": "token-of-a-user"}
        variables["LPFUNCTIONS_STORE_KEY"] = Fernet.generate_key().decode()
        for name, value in (emulator.environment() | variables).items():
            monkeypatch.setenv(name, value)
        there = ", ".join(f"{name}={value!r}" for name, value in emulator.client_options().items())
        yield {
            'account_id="12345678",': f'account_id="{account.account_id}", {there},',
            'client_id="…"': f'client_id="{account.client_id}"',
            'client_secret="…"': f'client_secret="{account.client_secret}"',
            "8b6f…": uuid,
            "/run/shop": str(tmp_path / "store"),
        }
