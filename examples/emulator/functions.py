"""Functions of the emulator in the container; with `--reload`, `deploy` is called after each change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lpfunctions.testing import FakePlatform, FunctionInput


def order_status(given: FunctionInput) -> dict[str, Any]:
    """Say where an order is."""
    return {"order": given.payload["order"], "status": "shipped"}


def greet(given: FunctionInput) -> str:
    """Greet whoever begins a conversation."""
    return f"Hello {given.payload['name']}"


def deploy(platform: FakePlatform) -> None:
    """Deploy them."""
    platform.function(name="order-status")(order_status)
    platform.function(name="greet", event_id="conversational_command")(greet)
