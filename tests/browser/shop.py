"""A platform with something to see: two accounts, functions of each kind, some calls, a fault."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lpfunctions.testing import FakePlatform, FunctionInput

if TYPE_CHECKING:
    from lpfunctions.testing import Emulator


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
        print("greeting", given.payload["name"], "in", language)  # noqa: T201 (to be seen in its log)
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
        return {"id": order["id"], "state": "shipped"}

    @platform.function("crm-sync", state="Draft", description="Not deployed yet")
    def crm_sync(_: FunctionInput) -> None:
        return None

    return platform


def call_it(emulator: Emulator) -> None:
    """Let a client call: what works, what fails, what meets a fault."""
    platform = emulator.platform
    greet, order_status, _ = platform.functions
    with emulator.client() as client:
        client.is_implemented(event_id="conversational_command")
        client.invoke(lambda_uuid=greet.uuid, payload={"name": "Grace"})
        client.invoke(event_id="conversational_command", payload={"name": "Ada"}, headers={"language": "fr"})
        client.invoke(lambda_uuid=order_status.uuid, payload={"order": {"id": 4711}})
        client.invoke(lambda_uuid=order_status.uuid, payload={"number": 4711})
    platform.fail_next(status=503, headers={"Retry-After": "2"}, kind="invoke", times=2)
    platform.fail_next(latency_seconds=1.5, kind="token", times=None)
