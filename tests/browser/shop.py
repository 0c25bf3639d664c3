"""A platform with something to see: functions of each kind, some calls."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from lpfunctions.testing import FakePlatform, FunctionInput

if TYPE_CHECKING:
    from lpfunctions.testing import Emulator

_log = logging.getLogger("shop")
_log.setLevel(logging.INFO)
_log.addHandler(logging.NullHandler())  # with none, Python prints warnings


def shop() -> FakePlatform:
    platform = FakePlatform()

    @platform.function(
        "greet",
        event_id="conversational_command",
        description="Greets customers by name",
        sample_payload={"name": "Ada", "language": "en"},
    )
    def greet(given: FunctionInput) -> dict[str, str]:
        language = given.header("language", "en")
        _log.info("greeting %s in %s", given.payload["name"], language)
        return {"message": f"Hello {given.payload['name']}", "language": str(language)}

    @platform.function(
        "order-status",
        event_id="controllerbot_messaging_new_conversation",
        skills=("sales", "returns"),
        description="Looks an order up",
        sample_payload={"order": {"id": 4711, "items": ["cup", "saucer"]}},
    )
    def order_status(given: FunctionInput) -> dict[str, Any]:
        order = given.payload["order"]
        _log.warning("order %s has no customer", order["id"])
        return {"id": order["id"], "state": "shipped", "items": order.get("items", [])}

    @platform.function("crm-sync", state="Draft", description="Not deployed yet")
    def crm_sync(_: FunctionInput) -> None:
        return None

    return platform


def call_it(emulator: Emulator) -> None:
    """Let a client call: what works, and what fails."""
    greet, order_status = emulator.platform.functions[:2]
    with emulator.client() as client:
        client.is_implemented(event_id="conversational_command")
        client.invoke(lambda_uuid=greet.uuid, payload={"name": "Grace"})
        client.invoke(event_id="conversational_command", payload={"name": "Ada"}, headers={"language": "fr"})
        client.invoke(lambda_uuid=order_status.uuid, payload={"order": {"id": 4711}})
        client.invoke(lambda_uuid=order_status.uuid, payload={"number": 4711})
